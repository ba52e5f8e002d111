"""Users' functions: what they may do, and what becomes of events when they fail."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.process.small_engine import Engine, track, workspace

from trackyard.pipeline.process import transforms
from trackyard.pipeline.process.transforms import Fixture, TransformWorker, run_fixtures

FUNCTIONS = {
    "stamp": "def transform(event):\n    event.setdefault('properties', {})['stamped'] = True\n    return event",
    "rename": "def transform(event):\n    return {**event, 'event': 'Renamed', 'messageId': 'forged'}",
    "drop": "def transform(event):\n    return None",
    "fail": "def transform(event):\n    return event['no such member']",
    "text": "def transform(event):\n    return 'not an event'",
    "loop": "def transform(event):\n    while True: pass",
    "swallow": "def transform(event):\n    while True:\n        try: 1 / 0\n        except Exception: pass",
    "sleep": "import time\ndef transform(event):\n    time.sleep(60)",
    "die": "import os\ndef transform(event):\n    os._exit(1)",
    "socket": "import socket\ndef transform(event):\n    socket.create_connection(('127.0.0.1', 9))",
    "program": "import subprocess\ndef transform(event):\n    subprocess.run(['/bin/true'])",
    "memory": "def transform(event):\n    event['much'] = ['x' * 10] * 10**9\n    return event",
    "secrets": "import os\ndef transform(event):\n    event['properties'] = dict(os.environ)\n    return event",
    "broken": "def transform(event) return event",
    "nothing": "x = 1",
}


@pytest.fixture
def worker() -> Iterator[TransformWorker]:
    worker = TransformWorker(FUNCTIONS)
    yield worker
    worker.close()


def one(worker: TransformWorker, name: str) -> transforms.Answered:
    (answer,) = worker.apply([name], [b'{"type":"track"}'])
    return answer


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fail", "KeyError"),
        ("text", "returned str"),
        ("loop", "used more than"),
        ("swallow", "used more than"),
        ("die", "has ended"),
        ("socket", "not permitted"),
        ("program", "not permitted"),
        ("memory", "MemoryError"),
        ("broken", "did not load: SyntaxError"),
        ("nothing", "found no function"),
    ],
)
def test_a_failing_function_is_stopped_and_named(worker: TransformWorker, name: str, reason: str) -> None:
    answer = one(worker, name)

    assert answer.function == name and reason in answer.content
    assert one(worker, "drop").status == 1, "the next function runs as if nothing had been"


def test_a_function_that_hangs_is_ended(worker: TransformWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transforms, "ANSWER_SECONDS_MAX", 0.3)

    assert "no answer within" in one(worker, "sleep").content
    assert one(worker, "drop").status == 1


def test_functions_that_hang_again_and_again_rest(worker: TransformWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transforms, "ANSWER_SECONDS_MAX", 0.1)
    answers = worker.apply(["sleep"], [b"{}"] * 20)

    assert [("rests" in answer.content) for answer in answers] == [False] * 3 + [True] * 17


def test_a_function_sees_nothing_of_the_environment(worker: TransformWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_TOKEN", "planted-secret")

    assert b"planted" not in one(worker, "secrets").content


@pytest.mark.parametrize("means", ["unshare", "no descriptors"])
def test_without_seccomp_the_network_is_taken_away_otherwise(means: str) -> None:
    script = f"""
import ctypes, socket, sys
sys.path.insert(0, {str(Path(transforms.__file__).parent)!r})
import transform_worker as worker
worker._forbid_by_seccomp = lambda libc: False
if {means == "no descriptors"}:
    worker.OWN_NETWORK = 0x7
print(worker.isolate(), flush=True)
try:
    socket.create_connection(("127.0.0.1", {{port}}), timeout=1)
    print("connected")
except OSError as error:
    print("refused")
"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = [sys.executable, "-c", script.replace("{port}", str(port))]
        found = subprocess.run(run, capture_output=True, text=True, check=False).stdout.split("\n")

    assert found[1] == "refused"
    assert found[0] == means or found[0] == "no descriptors"  # not every kernel lets a user make namespaces


def with_functions(make_engine: Callable[..., Engine], *names: str) -> Engine:
    space = workspace(transforms={name: FUNCTIONS[name] for name in names})
    space.sources["shop"].transforms = list(names)
    return make_engine(space)


def test_a_transform_changes_the_event_but_never_its_message_id(make_engine: Callable[..., Engine]) -> None:
    engine = with_functions(make_engine, "stamp", "rename")
    engine.receive(track(1, properties={"a": 1}), context={"library": {"name": "analytics-go"}})

    ((header, _),) = engine.decided()
    (event,) = engine.events()
    engine.processor.close()

    assert (header.name, header.message_id) == ("Renamed", "m-1")
    assert event["properties"] == {"a": 1, "stamped": True}
    assert event["context"] == {"library": {"name": "analytics-go"}} and event["messageId"] == "m-1"


def test_a_transform_may_drop_an_event(make_engine: Callable[..., Engine]) -> None:
    engine = with_functions(make_engine, "drop")
    engine.receive(track(1))

    assert engine.counts() == {"raw": 1, "blocked": 1}
    assert [aside.code for aside in engine.asides("blocked")] == ["transform_dropped"]
    engine.processor.close()


def test_a_failing_transform_keeps_the_event_and_names_the_function(make_engine: Callable[..., Engine]) -> None:
    engine = with_functions(make_engine, "fail")
    engine.receive(track(1, properties={"a": 1}))

    assert engine.events()[0]["properties"] == {"a": 1}
    assert engine.headers()[0].flags == ("transform_failed:fail",)
    assert [(aside.kind, aside.message) for aside in engine.asides("failed")] == [
        ("failed", "fail: KeyError: 'no such member'")
    ]
    engine.processor.close()


def test_fixtures_say_what_came_out_otherwise() -> None:
    fixtures = [
        Fixture({"type": "track"}, {"type": "track", "properties": {"stamped": True}}),
        Fixture({"type": "track"}, {"type": "track"}, title="left alone"),
        Fixture({"type": "track"}, None, title="dropped"),
    ]

    assert run_fixtures("stamp", FUNCTIONS["stamp"], fixtures) == [
        'left alone: found {"properties":{"stamped":true},"type":"track"}, expected {"type":"track"}',
        'dropped: found {"properties":{"stamped":true},"type":"track"}, expected it to be dropped',
    ]
    assert run_fixtures("drop", FUNCTIONS["drop"], [Fixture({"type": "track"}, None)]) == []
    assert "SyntaxError" in run_fixtures("broken", FUNCTIONS["broken"], [])[0]
