"""A Trackyard started for a benchmark: workspace written, processes found, memory and CPU read from /proc."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self
from urllib.request import Request, urlopen

WRITE_KEY = "bench-key"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

WORKSPACE = """\
name: Benchmark
allowed_private_hosts: ["127.0.0.1"]
"""
SOURCE = f"""\
kind: server
name: Benchmark
write_keys:
  production: [{WRITE_KEY}]
no_decision:
  default: [necessary]
"""
CONNECTION = """\
destination: webhook
purposes: [necessary]
subscriptions:
  - action: send
    trigger: type = "track"
    mapping:
      url: http://127.0.0.1:{port}/{name}
      data: {{"@path": "$."}}
      enable_batching: true
"""


def write_workspace(directory: Path, sink_port: int, connections: int) -> None:
    """A workspace with one server source and `connections` batched webhooks to the sink."""
    files = {"trackyard.yaml": WORKSPACE, "sources/bench.yaml": SOURCE}
    for number in range(1, connections + 1):
        name = f"hook{number}"
        files[f"destinations/{name}.yaml"] = CONNECTION.format(port=sink_port, name=name)
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Engine:
    """`trackyard up`, whole or one role, on a free port."""

    def __init__(self, workspace: Path, data: Path, role: str = "all", rehearse_at: str = "") -> None:
        subprocess.run(
            [sys.executable, "-m", "trackyard", "apply", "--workspace", workspace, "--data", data],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        command = [sys.executable, "-m", "trackyard", "up", "--workspace", str(workspace), "--data", str(data)]
        command += ["--rehearse-at", rehearse_at] if rehearse_at else []
        started = time.perf_counter()
        self._process = subprocess.Popen([*command, "--port", "0", "--role", role], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode().strip()
        self.start_seconds = time.perf_counter() - started
        if not line.startswith("ready "):
            raise SystemExit(f"the engine did not start: {line!r}")
        self.url = line.removeprefix("ready ")

    def pids(self) -> list[int]:
        """The engine's processes: the one started and all below it."""
        found = [self._process.pid]
        for pid in found:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += [int(child) for child in children]
        return found

    def rss_bytes(self) -> dict[str, int]:
        """Resident memory by process."""
        return {_name(pid): int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES for pid in self.pids()}

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time so far by process."""
        return {_name(pid): cpu_seconds(pid) for pid in self.pids()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)


class Sink:
    """`bench.sink` in a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port)], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def stats(self) -> dict[str, dict[str, float]]:
        with urlopen(f"http://127.0.0.1:{self.port}/stats") as answer:
            return dict(json.load(answer))

    def rows(self) -> int:
        """Rows received by all paths together."""
        return int(sum(self.stats()["rows"].values()))

    def reset(self) -> None:
        urlopen(Request(f"http://127.0.0.1:{self.port}/reset", data=b"")).close()

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    role = words[words.index("--role") + 1] if "--role" in words else "all"
    return f"{'supervisor' if role == 'all' else role}:{pid}"
