"""Faults of the machine, on a real engine: a full disk, a second server, a destination that is slow or gone."""

import contextlib
import http.client
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.clients import Sender, Sink
from tests.crash.engine import Engine, free_port, running, wait_until
from tests.crash.workspace import WRITE_KEY, write_workspace
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState

SMALL_DISK_MEGABYTES = 520  # intake stops below 256 MB of free space and goes on above 384


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MEGABYTES}M", "none", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("cannot mount a small disk here: needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_answers_503_loses_nothing_and_recovers_without_restart(
    tmp_path: Path, small_disk: Path, sink: Sink
) -> None:
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["hook"])
    engine = Engine(workspace, small_disk / "data", free_port(), tmp_path / "engine.log")
    with running(engine):
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * (200 << 20))
        acked, refused = [], 0
        for number in range(2_000):
            status, body = post_track(engine, f"full-{number}", padding=400_000)
            assert body["success"] is (status == 200)
            if status == 200:
                acked.append(f"full-{number}")
                refused = 0
            else:
                assert status == 503, body
                refused += 1
                if refused == 20:
                    break
        assert refused, "the disk never filled up"
        wait_until(lambda: json.loads(health(engine))["state"] == "refusing", 10, "health says that it refuses")
        fill(small_disk / "more ballast")  # now not even what was accepted can be decided or settled
        assert post_track(engine, "no-room")[0] == 503
        time.sleep(2)  # nothing signals that every process has met the full disk
        (small_disk / "more ballast").unlink()
        ballast.unlink()
        wait_until(lambda: post_track(engine, "after")[0] == 200, 20, "events accepted again")
        wanted = {*acked, "after"}
        wait_until(lambda: wanted <= sink.events.keys(), 60, "every acknowledged event at the sink")
        wait_until(lambda: json.loads(health(engine))["state"] == "ok", 20, "health is as before")


def test_second_server_on_the_same_directory_is_refused(tmp_path: Path, sink: Sink) -> None:
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["hook"])
    with running(Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")) as engine:
        command = [sys.executable, "-m", "trackyard", "up", "--workspace", str(workspace)]
        command += ["--data", str(tmp_path / "data"), "--port", str(free_port())]
        second = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert second.returncode == 3, second.stderr
        assert "held by pid" in second.stderr
        assert post_track(engine, "still-served")[0] == 200


def test_engine_whose_state_was_taken_over_stops_and_writes_nothing_more(tmp_path: Path, sink: Sink) -> None:
    """A lock does not reach across machines; the epoch in the file does."""
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["hook"])
    engine = Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")
    with running(engine):
        assert post_track(engine, "before")[0] == 200
        wait_until(lambda: "before" in sink.events, 20, "the first event")
        directory = DataDirectory(tmp_path / "data")
        (directory.run / "state.db.lease").unlink()  # as if the lock had not reached the other machine
        usurper = SqliteState(directory.state, writer=True)
        position = usurper.position()
        post_track(engine, "while-usurped")
        wait_until(lambda: "taken over" in engine.errors(), 20, "the fenced engine says so")
        assert usurper.position() == position
        usurper.close()


def test_slow_sink_does_not_delay_a_fast_one(tmp_path: Path, sink: Sink) -> None:
    slow = Sink(delay_seconds=1.0)
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["fast"])
    write_workspace(workspace, slow.port, ["slow"])
    try:
        with running(Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")) as engine:
            for number in range(200):
                post_track(engine, f"m-{number}")
            wait_until(lambda: len(sink.events) == 200, 5, "all 200 events at the fast sink")
            assert len(slow.events) < 200 or slow.delay_seconds == 0
            wait_until(lambda: len(slow.events) == 200, 60, "all 200 events at the slow sink")
    finally:
        slow.close()


def test_sink_that_was_down_gets_everything_when_it_is_back(tmp_path: Path, sink: Sink) -> None:
    port = free_port()
    workspace = write_workspace(tmp_path / "workspace", port, ["hook"])
    engine = Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")
    with running(engine):
        for number in range(100):
            assert post_track(engine, f"down-{number}")[0] == 200
        wait_until(lambda: "lane_open" in health(engine), 20, "health names the open lane")
        back = Sink(port=port)
        try:
            wait_until(lambda: len(back.events) == 100, 60, "all events at the sink that came back")
        finally:
            back.close()


def test_broken_revision_never_replaces_the_working_one(tmp_path: Path, sink: Sink) -> None:
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["hook"])
    engine = Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")
    with running(engine):
        file = workspace / "destinations" / "hook.yaml"
        good = file.read_text()
        file.write_text(good.replace('type = "track"', 'type = = "track"'))
        apply = [sys.executable, "-m", "trackyard", "apply", "--workspace", str(workspace), "--data", str(engine.data)]
        refused = subprocess.run(apply, capture_output=True, text=True)
        assert refused.returncode == 1
        assert "hook.yaml:" in refused.stderr
        assert post_track(engine, "after-broken")[0] == 200
        wait_until(lambda: "after-broken" in sink.events, 20, "delivery under the working revision")
        file.write_text(good.replace('type = "track"', 'event = "Never"'))
        subprocess.run(apply, check=True, capture_output=True)
        wait_until(lambda: json.loads(health(engine))["roles"]["process"]["revision"] == 2, 10, "revision 2 in force")
        assert post_track(engine, "not-wanted")[0] == 200
        file.write_text(good)
        subprocess.run(apply, check=True, capture_output=True)
        wait_until(lambda: json.loads(health(engine))["roles"]["process"]["revision"] == 3, 10, "revision 3 in force")
        assert post_track(engine, "wanted-again")[0] == 200
        wait_until(lambda: "wanted-again" in sink.events, 20, "delivery under revision 3")
        assert "not-wanted" not in sink.events


def test_restarted_door_refuses_no_connection(tmp_path: Path, sink: Sink) -> None:
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["hook"])
    engine = Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")
    with running(engine):
        port = int(engine.url.rsplit(":", 1)[1])
        senders = [Sender(port, WRITE_KEY, f"steady{i}", 0.005) for i in range(2)]
        refusals = Refusals(port)
        for thread in (*senders, refusals):
            thread.start()
        for _ in range(3):
            engine.kill("collect")
            time.sleep(1.5)
        for thread in (*senders, refusals):
            thread.finish()
        assert refusals.refused == 0
        assert not [reason for sender in senders for reason in sender.refused]


class Refusals(threading.Thread):
    """Opens a connection every few milliseconds and counts those that are refused."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port, self._ending = port, threading.Event()
        self.refused = 0

    def run(self) -> None:
        while not self._ending.wait(0.005):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.connect()
            except ConnectionRefusedError:
                self.refused += 1
            finally:
                connection.close()

    def finish(self) -> None:
        self._ending.set()
        self.join(20)


def fill(file: Path) -> None:
    """Write until nothing more fits."""
    with file.open("wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while ballast.write(b"x" * size) == size:
                    pass


def post_track(engine: Engine, message_id: str, padding: int = 0) -> tuple[int, dict[str, object]]:
    """The status and body of one track call."""
    event = {"type": "track", "event": "Order Completed", "userId": "u", "messageId": message_id, "writeKey": WRITE_KEY}
    event |= {"properties": {"padding": secrets.token_hex(padding // 2)}}
    event |= {"context": {"consent": {"categoryPreferences": {"Functional": True}}}}
    request = urllib.request.Request(f"{engine.url}/v1/track", json.dumps(event).encode())
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def health(engine: Engine) -> str:
    """The text of GET /health."""
    try:
        with urllib.request.urlopen(f"{engine.url}/health", timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())
