"""docs/start.md, followed word for word."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo.services import write_key

from tests.crash.engine import free_port
from tests.docs.pages import shell_lines

ROOT = Path(__file__).parents[2]
INSTALLS = ("python3 -m venv", "pip install")  # this environment is installed
STAY = ("trackyard sandbox", "trackyard up")


class Terminal:
    """Runs lines as a reader would type them: what an `export` sets holds for the lines after it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self.running: list[subprocess.Popen[str]] = []

    def type(self, line: str) -> str:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self.environment[name] = value
            return ""
        return self._stay(line) if line.startswith(STAY) else self._end(line)

    def _end(self, line: str) -> str:
        command = ["bash", "-ec", f'trackyard() {{ "{sys.executable}" -m trackyard "$@"; }}\n{line}']
        ran = subprocess.run(
            command, cwd=self.directory, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def _stay(self, line: str) -> str:
        command = [sys.executable, "-m", *line.split()]
        process = subprocess.Popen(
            command, cwd=self.directory, env=self.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.running.append(process)
        assert process.stdout is not None
        return process.stdout.readline()

    def close(self) -> None:
        for process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_start_page_ends_with_an_event_delivered(terminal: Terminal) -> None:
    door, sandbox = str(free_port()), str(free_port())
    said: dict[str, str] = {}
    for line in shell_lines((ROOT / "docs" / "start.md").read_text()):
        if line.startswith(INSTALLS) or not line:
            continue
        line = line.replace("8080", door).replace("8081", sandbox).replace("WRITE_KEY", key_of(terminal))
        if line.startswith("trackyard up"):
            line += f" --port {door}"
        if "_sandbox/received" in line:
            line = f"until {line} | grep -q sequence; do sleep 0.1; done; {line}"
        said[line.split(" --")[0]] = terminal.type(line)
    assert said["trackyard up"] == f"ready http://127.0.0.1:{door}\n"
    assert any('"success":true' in text for text in said.values())
    assert any('"event":"Order Completed"' in text for text in said.values())
    assert "revision 2 is in force" in said["trackyard apply"]


def key_of(terminal: Terminal) -> str:
    """The key of the server source, once `trackyard init` has made it."""
    workspace = terminal.directory / "workspace"
    return write_key(workspace, "server") if workspace.exists() else ""
