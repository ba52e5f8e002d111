"""The processes of the demo: started, found ready, and stopped again whatever happens."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent
TRACKYARD = (sys.executable, "-m", "trackyard")
READY_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15


class CannotStart(Exception):
    """The demo cannot run here; the message says what to do."""


class Service:
    """One long-running command that prints `ready URL`. Its group of processes is gone when the `with` ends."""

    def __init__(self, name: str, command: list[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name, self._log = name, log
        self._log_file: IO[bytes] = log.open("wb")
        self._process = subprocess.Popen(
            [*TRACKYARD, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log_file,
            env={**os.environ, **environment},
            start_new_session=True,
        )

    def __enter__(self) -> str:
        """The URL that the service is reached at, once it is ready."""
        assert self._process.stdout is not None
        kill_late = signal.signal(signal.SIGALRM, lambda *_: self._kill())
        signal.alarm(READY_SECONDS_MAX)
        try:
            line = self._process.stdout.readline().decode().strip()
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, kill_late)
        if not line.startswith("ready "):
            self.__exit__(None, None, None)
            raise CannotStart(f"{self.name} did not become ready; the end of {self._log}:\n{self.end_of_log()}")
        return line.removeprefix("ready ")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS_MAX)
        self._kill()
        self._process.wait()
        self._log_file.close()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end_of_log(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def new_directory(directory: Path) -> Path:
    """An empty directory; what an earlier demo left there goes."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def make_workspace(directory: Path) -> Path:
    """The store's starter workspace, its connections replaced by the demo's."""
    workspace = directory / "workspace"
    run("init", str(workspace), "--template", "store")
    shutil.rmtree(workspace / "destinations")
    shutil.copytree(HERE / "workspace", workspace, dirs_exist_ok=True)
    with (workspace / "trackyard.yaml").open("a") as file:
        file.write("\n# The sandbox is on this machine; deliveries to private addresses are refused elsewhere.\n")
        file.write('allowed_private_hosts: ["127.0.0.1"]\n')
    return workspace


def write_key(workspace: Path, source: str) -> str:
    """The production key that `trackyard init` has made for a source."""
    keys = YAML(typ="safe").load(workspace / "sources" / f"{source}.yaml")["write_keys"]
    return str(keys["production"][0])


def run(*command: str) -> str:
    """What a `trackyard` command that ends by itself has printed."""
    done = subprocess.run([*TRACKYARD, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise CannotStart(f"trackyard {' '.join(command)} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def must_be_free(*ports: int) -> None:
    """Raise CannotStart where another program listens on one of the ports."""
    for port in ports:
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError as error:
                raise CannotStart(
                    f"port {port} is busy: another program listens there. Stop it, or choose others: "
                    "make demo PORT=18090 SANDBOX_PORT=18091"
                ) from error


def get_json(url: str) -> Any:
    return json.loads(get_text(url))


def get_text(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as response:
        return str(response.read(), "utf-8")
