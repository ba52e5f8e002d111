"""Keep the engine's processes running: start them, restart one that dies, stop all in the order that loses nothing."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

log = structlog.get_logger()

RESTART_DELAY_SECONDS = 0.2
RESTART_DELAY_SECONDS_MAX = 5.0
STABLE_SECONDS = 10.0  # a process that ran this long starts again without a longer delay
STOP_SECONDS = 20.0  # for each process to finish what it holds; then it is killed, which loses nothing either


class Child:
    """One supervised process: `command` is started again whenever it ends."""

    def __init__(self, role: str, command: Sequence[str], environment: Mapping[str, str], fds: Sequence[int]) -> None:
        self.role = role
        self._command, self._environment, self._fds = list(command), dict(environment), tuple(fds)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._delay = 0.0
        self.restarts = 0

    def start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            self._command, env=self._environment, pass_fds=self._fds, stdin=subprocess.DEVNULL, start_new_session=True
        )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def ended(self) -> int | None:
        """The exit code of a process that has ended, else None."""
        return self._process.poll() if self._process else None

    def restart_delay(self) -> float:
        """How long to wait before starting again: longer each time it dies young."""
        stable = time.monotonic() - self._started > STABLE_SECONDS
        longer = min(self._delay * 2 or RESTART_DELAY_SECONDS, RESTART_DELAY_SECONDS_MAX)
        self._delay = RESTART_DELAY_SECONDS if stable else longer
        self.restarts += 1
        return self._delay

    def stop(self, seconds: float) -> None:
        """Ask the process to finish; kill it when it takes longer than `seconds`."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("process_killed", role=self.role, pid=self._process.pid, waited_seconds=seconds)
            self._process.kill()
            self._process.wait()


class Supervisor:
    """Runs children until told to stop. Children are stopped in the order given: the door first, the lanes last."""

    def __init__(self, children: Sequence[Child], on_exit: Callable[[int], None] = lambda pid: None) -> None:
        self._children = children
        self._on_exit = on_exit
        self._stop = threading.Event()
        self.failure: str | None = None

    def run(self, fatal_exit_codes: frozenset[int]) -> None:
        """Start all and keep them running until `stop`; an exit code in `fatal_exit_codes` ends everything."""
        for child in self._children:
            child.start()
        due: dict[str, float] = {}
        try:
            while not self._stop.wait(0.05):
                self._tend(due, fatal_exit_codes)
        finally:
            for child in self._children:
                child.stop(STOP_SECONDS)

    def stop(self) -> None:
        self._stop.set()

    def _tend(self, due: dict[str, float], fatal_exit_codes: frozenset[int]) -> None:
        now = time.monotonic()
        for child in self._children:
            code = child.ended()
            if code is None:
                continue
            if code in fatal_exit_codes:
                self.failure = f"{child.role} cannot run (exit code {code}); its reason is above"
                self.stop()
            elif child.role not in due:
                self._on_exit(child.pid or 0)
                due[child.role] = now + child.restart_delay()
                log.error("process_died", role=child.role, exit_code=code, pid=child.pid, restarts=child.restarts)
            elif now >= due[child.role]:
                del due[child.role]
                child.start()


class Lifeline:
    """A pipe whose write end only the supervisor holds: children stop when it closes, however the supervisor ended."""

    def __init__(self) -> None:
        self.read_fd, self._write_fd = os.pipe()

    def close(self) -> None:
        for fd in (self.read_fd, self._write_fd):
            with contextlib.suppress(OSError):
                os.close(fd)


def when_supervisor_is_gone(lifeline_fd: int, act: Callable[[], None]) -> None:
    """In a child: call `act` once when the supervisor's end of the lifeline is closed."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            os.read(lifeline_fd, 1)
        act()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
