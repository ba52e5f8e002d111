"""Users' functions over events, run in a process of their own: no network, bounded time and memory, killed if it hangs.

A file `transforms/NAME.py` holds `def transform(event): ...`, which returns the event, changed or not, or None to drop
it. A function that fails keeps the event as it was; the failure is kept with the event and names the function.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from trackyard.model.event import full_event
from trackyard.model.workspace import Workspace
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope
from trackyard.pipeline.process.parse import name_and_ids
from trackyard.pipeline.process.transform_worker import CHANGED, DROPPED

ANSWER_SECONDS_MAX = 2.0  # by the clock; a function that uses the processor is stopped sooner, by the worker itself
START_SECONDS_MAX = 10.0
HANGS_MAX = 3  # in a row; then the functions rest, because each hang costs everybody two seconds
REST_SECONDS = 60.0
READ_BYTES = 65_536
WORKER = Path(__file__).with_name("transform_worker.py")

log = structlog.get_logger()


class Failed(Exception):
    """The worker died or did not answer in time."""


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """What the functions made of one event."""

    status: int
    function: str
    content: Any  # the new event as JSON (bytes), or what went wrong (str)


class TransformWorker:
    """The process with the functions of one revision; started when first needed, started again when it was lost."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        self.functions = dict(functions)
        self._process: subprocess.Popen[bytes] | None = None
        self._read_ahead = bytearray()
        self._hangs = 0
        self._rest_until = 0.0
        self.isolation = ""  # how the network was taken away
        self.errors: dict[str, str] = {}  # name -> why it did not load

    def apply(self, names: Sequence[str], bodies: Sequence[bytes]) -> list[Answered]:
        """What the functions `names`, one after the other, make of each event. Never raises for what they do."""
        answers: list[Answered] = []
        while len(answers) < len(bodies):
            if time.monotonic() < self._rest_until:
                return answers + [_failed(names, RESTING)] * (len(bodies) - len(answers))
            try:
                self._ask(names, bodies[len(answers) :], answers)
                self._hangs = 0
            except Failed as error:
                self._count_hang(names)
                if len(answers) < len(bodies):
                    answers.append(_failed(names, str(error)))
        return answers

    def _count_hang(self, names: Sequence[str]) -> None:
        self.close()
        self._hangs += 1
        if self._hangs >= HANGS_MAX:
            self._hangs, self._rest_until = 0, time.monotonic() + REST_SECONDS
            log.error("transforms_rest", functions=list(names), seconds=REST_SECONDS)

    def start(self) -> None:
        """Have the process running and its functions loaded. Raises `Failed`."""
        if self._process is not None:
            return
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},  # secrets are often in the environment
                cwd="/",
            )
        except OSError as error:  # no memory, no process left: no reason to blame the events
            raise Failed(f"the process for the function cannot be started: {error}") from error
        self._send(self.functions)
        self.errors, self.isolation = msgspec.msgpack.decode(self._frame(START_SECONDS_MAX))

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process = None
            self._read_ahead.clear()

    def _ask(self, names: Sequence[str], bodies: Sequence[bytes], answers: list[Answered]) -> None:
        self.start()
        # the worker reads the whole frame before it answers, so neither side can wait for the other
        self._send([list(names), list(bodies)])
        for _ in bodies:
            answers.append(_decode_answer(self._frame(ANSWER_SECONDS_MAX)))

    def _send(self, message: Any) -> None:
        assert self._process is not None and self._process.stdin is not None
        data = msgspec.msgpack.encode(message)
        try:
            self._process.stdin.write(len(data).to_bytes(4, "big") + data)
            self._process.stdin.flush()
        except OSError:
            raise Failed("the process that runs the function has ended") from None

    def _frame(self, seconds: float) -> bytes:
        """The next frame, which must be complete `seconds` from now."""
        deadline = time.monotonic() + seconds
        self._fill(4, deadline, seconds)
        end = 4 + int.from_bytes(self._read_ahead[:4], "big")
        self._fill(end, deadline, seconds)
        frame = bytes(self._read_ahead[4:end])
        del self._read_ahead[:end]
        return frame

    def _fill(self, size: int, deadline: float, seconds: float) -> None:
        assert self._process is not None and self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while len(self._read_ahead) < size:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Failed(f"no answer within {seconds:g} s; its process was ended")
            part = os.read(pipe, READ_BYTES)
            if not part:
                raise Failed("the process that runs the function has ended")
            self._read_ahead += part


_decode_answer = msgspec.msgpack.Decoder(Answered).decode
RESTING = f"not run: it hung {HANGS_MAX} times in a row and rests for {REST_SECONDS:g} s"


def _failed(names: Sequence[str], message: str) -> Answered:
    return Answered(2, "+".join(names), message)


def run_transforms(workspace: Workspace, worker: TransformWorker) -> Callable[[Sequence[Envelope]], Sequence[Answer]]:
    """The step that runs the functions that each event's source names."""
    names_of = {slug: source.transforms for slug, source in workspace.sources.items() if source.transforms}

    def step(envelopes: Sequence[Envelope]) -> Sequence[Answer]:
        asked: list[tuple[int, dict[str, Any], Answered]] = []
        for slug, names in names_of.items():
            places = [place for place, envelope in enumerate(envelopes) if envelope.decided.source == slug]
            events = [full_event(envelopes[place].decided, envelopes[place].body) for place in places]
            results = worker.apply(names, [msgspec.json.encode(event) for event in events])
            asked += zip(places, events, results, strict=True)
        # nothing was changed until here: a step that raises may be asked again
        answers: list[Answer] = list(envelopes)
        for place, event, result in asked:
            answers[place] = _answered(envelopes[place], event, result)
        return answers

    return step


def _answered(envelope: Envelope, before: dict[str, Any], result: Answered) -> Answer:
    if result.status == DROPPED:
        return Dropped(envelope, "blocked", "transform_dropped", f"the function {result.function} dropped it")
    if result.status != CHANGED:
        envelope.decided.flag(f"transform_failed:{result.function}")
        envelope.note("failed", "transform_failed", f"{result.function}: {_text(result.content)}")
        return envelope
    event = msgspec.json.decode(result.content)
    if event != before:
        envelope.event = event
        envelope.rewrite()
        name_and_ids(envelope)
    return envelope


def _text(content: Any) -> str:
    return content if isinstance(content, str) else ""


class Fixture(msgspec.Struct, forbid_unknown_fields=True):
    """An example beside a function: the event that goes in and the one that must come out; None: it must be dropped."""

    event: dict[str, Any]
    expect: dict[str, Any] | None
    title: str = ""


def run_fixtures(name: str, source: str, fixtures: Sequence[Fixture]) -> list[str]:
    """What is wrong with the function `name`: that it does not load, or which examples come out otherwise and how."""
    worker = TransformWorker({name: source})
    try:
        worker.start()
        if worker.errors.get(name):
            return [f"{name} does not load: {worker.errors[name]}"]
        results = worker.apply([name], [msgspec.json.encode(fixture.event) for fixture in fixtures])
        pairs = enumerate(zip(fixtures, results, strict=True), start=1)
        return [problem for number, pair in pairs if (problem := _difference(number, *pair))]
    except Failed as error:
        return [f"{name} does not load: {error}"]
    finally:
        worker.close()


def _difference(number: int, fixture: Fixture, result: Answered) -> str:
    title = fixture.title or f"fixture {number}"
    if result.status == DROPPED:
        return "" if fixture.expect is None else f"{title}: found the event dropped, expected {_json(fixture.expect)}"
    if result.status != CHANGED:
        return f"{title}: {_text(result.content)}"
    found = msgspec.json.decode(result.content)
    if fixture.expect is None:
        return f"{title}: found {_json(found)}, expected it to be dropped"
    return "" if found == fixture.expect else f"{title}: found {_json(found)}, expected {_json(fixture.expect)}"


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
