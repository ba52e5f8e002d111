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


def run_demo(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    command = [sys.executable, "-m", "demo", *options]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=DEMO_SECONDS_MAX
    )


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
    ran = run_demo(tmp_path, "--events", "400", "--port", str(free_port()), "--sandbox-port", str(free_port()))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "All 400 events are accounted for." in ran.stdout
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize(("busy", "free"), [("--port", "--sandbox-port"), ("--sandbox-port", "--port")])
def test_demo_names_a_port_that_is_busy(tmp_path: Path, busy: str, free: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = run_demo(tmp_path, busy, port, free, str(free_port()))
    assert ran.returncode == 1 and f"port {port} is busy" in ran.stderr
