"""A real engine under test: started, killed without warning, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from trackyard.control.status import StatusFile

ROLES = ("collect", "process", "deliver")
START_SECONDS = 30.0


class Engine:
    """`trackyard up` as a process group of its own on a fixed port, so that clients find it again after a kill."""

    def __init__(self, workspace: Path, data: Path, port: int, log: Path) -> None:
        self._command = [sys.executable, "-m", "trackyard", "up", "--workspace", str(workspace), "--data", str(data)]
        self._command += ["--host", "127.0.0.1", "--port", str(port)]
        self.data = data
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and return once it accepts events."""
        with self._log.open("ab") as errors:
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=errors)
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith("ready http://"), f"the engine did not start: {line!r}\n{self._log.read_text()[-4000:]}"

    def kill(self, role: str) -> None:
        """SIGKILL one process: a role, or `supervisor`, which is then started again as an operator's init would."""
        assert self._process is not None
        if role == "supervisor":
            self._process.kill()
            self._process.wait()
            self.start()
            return
        pid = self.pid_of(role)
        if pid is not None:
            kill_if_running(pid)

    def pid_of(self, role: str) -> int | None:
        """The process id a role last reported, None while it has not."""
        status = StatusFile(self.data / "run", role).read()
        return status.pid if status else None

    def errors(self) -> str:
        """What the engine has logged."""
        return self._log.read_text()

    def stop(self) -> None:
        """SIGTERM, as an operator would; the engine finishes what it holds."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)


def kill_if_running(pid: int) -> None:
    """SIGKILL `pid` if it still runs."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    """`engine`, started now and stopped at the end."""
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll `condition`; fail naming `what` when it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
