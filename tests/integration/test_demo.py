"""`make demo` accounts for every event, and says what is wrong where it cannot run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.engine import free_port

ROOT = Path(__file__).parents[2]
DEMO_SECONDS_MAX = 150


def start_demo(directory: Path, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    command = [sys.executable, "-m", "demo", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=directory, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def run_demo(directory: Path, *options: str) -> tuple[int, str]:
    """How the demo ended, and all that it printed."""
    demo = start_demo(directory, *options)
    printed, _ = demo.communicate(timeout=DEMO_SECONDS_MAX)
    return demo.returncode, printed


def free_ports() -> tuple[str, ...]:
    return "--port", str(free_port()), "--sandbox-port", str(free_port())


def processes_of(directory: Path) -> list[str]:
    """The command lines of all processes that work in `directory`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == directory.resolve():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended in the meantime
            continue
    return found


def test_demo_accounts_for_every_event_and_leaves_no_process_behind(tmp_path: Path) -> None:
    code, printed = run_demo(tmp_path, "--events", "400", *free_ports())
    assert code == 0 and "All 400 events are accounted for." in printed, printed
    assert processes_of(tmp_path) == []


def test_demo_that_is_stopped_leaves_no_process_behind(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, *free_ports())
    assert demo.stdout is not None
    first = demo.stdout.readline()
    assert first.startswith("Trackyard accepts events"), first
    demo.terminate()
    demo.communicate(timeout=DEMO_SECONDS_MAX)
    assert demo.returncode == 1 and processes_of(tmp_path) == []


@pytest.mark.parametrize(("busy", "free"), [("--port", "--sandbox-port"), ("--sandbox-port", "--port")])
def test_demo_names_a_port_that_is_busy(tmp_path: Path, busy: str, free: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, printed = run_demo(tmp_path, busy, port, free, str(free_port()))
    assert code == 1 and f"port {port} is busy" in printed
