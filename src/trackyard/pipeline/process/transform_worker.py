"""The process in which users' functions run. A script of its own: it imports nothing of ours and has no network.

Frames on both pipes: four bytes of length, then msgpack. The first frame is {name: Python source}; its answer is
{name: error, or "" if it loaded} and how the network was taken away. Every further frame is
[[name, ...], [event, ...]], answered by one frame per event: [status, name of the function, text or event].
"""

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, BinaryIO

import msgspec

CPU_SECONDS_MAX = 0.25  # for one event, all functions together
MEMORY_BYTES_MAX = 1 << 30
OWN_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET (sched.h): a network with nobody in it
CHANGED, DROPPED, FAILED = 0, 1, 2

Function = Callable[[dict[str, Any]], Any]


def main() -> None:
    """Serve until the pipe ends."""
    requests, answers = _own_pipes()
    functions_frame = _read(requests)
    isolation = isolate()
    functions, errors = _load(msgspec.msgpack.decode(functions_frame, type=dict[str, str]))
    _write(answers, [errors, isolation])
    signal.signal(signal.SIGPROF, _out_of_time)
    while frame := _read(requests):
        names, events = msgspec.msgpack.decode(frame)
        for event in events:
            _write(answers, _answer(functions, names, event))


class OutOfTime(BaseException):
    """The function has used its time; a BaseException, so that `except Exception` in it does not go on."""


def _out_of_time(signal_number: int, frame: FrameType | None) -> None:
    raise OutOfTime


def _answer(functions: dict[str, Function], names: list[str], body: bytes) -> list[Any]:
    name = ""
    try:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS_MAX)
        event: Any = msgspec.json.decode(body)
        for name in names:
            event = functions[name](event)
            if event is None:
                return [DROPPED, name, ""]
            if not isinstance(event, dict):
                return [FAILED, name, f"returned {type(event).__name__}, expected an event (dict) or None"]
        return [CHANGED, "", msgspec.json.encode(event)]
    except OutOfTime:
        return [FAILED, name, f"used more than {CPU_SECONDS_MAX} s for one event"]
    except Exception as error:
        return [FAILED, name, f"{type(error).__name__}: {error}"[:500].encode(errors="replace").decode()]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _load(sources: dict[str, str]) -> tuple[dict[str, Function], dict[str, str]]:
    functions: dict[str, Function] = {}
    errors = dict.fromkeys(sources, "")
    for name, source in sources.items():
        try:
            functions[name] = _function(name, source)
        except BaseException as error:  # the user's module may do anything at import
            errors[name] = f"{type(error).__name__}: {error}"[:500]
            functions[name] = _refusing(errors[name])
    return functions, errors


def _function(name: str, source: str) -> Function:
    module: dict[str, Any] = {"__name__": f"transforms.{name}"}
    exec(compile(source, f"transforms/{name}.py", "exec"), module)  # noqa: S102 - the operator's own code, boxed in here
    function = module.get("transform")
    if not callable(function):
        raise TypeError("found no function `transform(event)`")
    found: Function = function
    return found


def _refusing(error: str) -> Function:
    def function(event: dict[str, Any]) -> Any:
        raise RuntimeError(f"the function did not load: {error}")

    return function


def isolate() -> str:
    """Take away the network, new processes and files to write; says by what means the network went."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: never outlive the engine
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if _forbid_by_seccomp(libc):
        return "seccomp"
    if libc.unshare(OWN_NETWORK) == 0:
        return "unshare"
    _import_what_functions_use()
    highest = max(int(entry) for entry in os.listdir("/dev/fd")) + 1  # noqa: PTH208 - names, not paths
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))  # no descriptor left for a socket
    for number in range(highest):
        with contextlib.suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDONLY)
    return "no descriptors"


# Numbers of the calls that reach the network, start programs or look into other processes.
FORBIDDEN_CALLS = {  # Linux, asm/unistd.h
    "x86_64": (0xC000003E, (41, 42, 43, 49, 50, 53, 56, 57, 58, 59, 62, 101, 200, 234, 288, 310, 311, 322, 425, 435)),
    "aarch64": (0xC00000B7, (117, 129, 130, 131, 198, 199, 200, 201, 202, 203, 220, 221, 242, 270, 271, 281, 425, 435)),
}


def _forbid_by_seccomp(libc: Any) -> bool:
    """Make those calls fail with EPERM from now on (seccomp(2)); False where the kernel does not offer it."""
    known = FORBIDDEN_CALLS.get(platform.machine())
    if known is None:
        return False
    program = _filter(*known)
    buffer = ctypes.create_string_buffer(program)
    argument = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(38, 1, 0, 0, 0):  # PR_SET_NO_NEW_PRIVS
        return False
    return bool(libc.prctl(22, 2, ctypes.create_string_buffer(argument), 0, 0) == 0)  # PR_SET_SECCOMP, FILTER


def _filter(architecture: int, forbidden: tuple[int, ...]) -> bytes:
    """A BPF program: kill on another architecture; EPERM for each forbidden call; allow the rest."""
    load, jump_equal, jump_from, answer = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
    rows = [(load, 0, 0, 4), (jump_equal, 1, 0, architecture), (answer, 0, 0, kill), (load, 0, 0, 0)]
    rows.append((jump_from, len(forbidden) + 1, 0, 0x40000000))  # x86-64's second set of numbers for the same calls
    for place, call in enumerate(forbidden):
        rows.append((jump_equal, len(forbidden) - place, 0, call))
    rows += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    return b"".join(struct.pack("HBBI", *row) for row in rows)


def _import_what_functions_use() -> None:
    """Without a free descriptor nothing more can be imported: have the usual modules ready."""
    import base64, collections, datetime, decimal, hashlib, itertools, json, math, re, urllib.parse, uuid  # noqa: E401, F401, I001


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes under new numbers, so that what a function prints or reads goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return requests, answers


def _read(pipe: BinaryIO) -> bytes:
    head = pipe.read(4)
    return pipe.read(int.from_bytes(head, "big")) if len(head) == 4 else b""


def _write(pipe: BinaryIO, answer: Any) -> None:
    data = msgspec.msgpack.encode(answer)
    pipe.write(len(data).to_bytes(4, "big") + data)
    pipe.flush()


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(__file__)]  # noqa: PTH120 - not our modules
    main()
