"""A small engine on memory, and events as clients send them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from trackyard.log.memory import MemoryLog
from trackyard.model.event import Decided, Received, Rejection, full_event
from trackyard.model.workspace import Consent, Revision, Source, Workspace
from trackyard.pipeline.process.engine import Processor
from trackyard.store.memory_state import MemoryState
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.revisions import Revisions
from trackyard.store.state import Aside, State

NOON = 1_768_478_400_000  # 2026-01-15T12:00:00.000Z


def workspace(**members: Any) -> Workspace:
    """A store with a website, a server, a phone app, and the two kinds of copies."""
    kinds = {"web": "website", "shop": "server", "app": "mobile", "old": "mirror", "history": "import"}
    sources = {
        slug: Source(name=slug, kind=kind, write_keys={"production": [slug]}, no_decision={})
        for slug, kind in kinds.items()
    }
    consent = Consent(categories={"Advertising": ["ads_storage", "ads_user_data"], "Analytics": ["analytics"]})
    return Workspace(**{"name": "store", "sources": sources, "consent": consent, **members})


class Engine:
    """A processor over a memory log and state, with the clock in the test's hand."""

    def __init__(self, directory: Path, space: Workspace | None = None, state: State | None = None) -> None:
        self.now = NOON
        self.log, self.state, self.revisions = MemoryLog(), state or MemoryState(), Revisions(directory / "revisions")
        self.jobs = ReprocessJobs(directory / "reprocess")
        self.apply(space or workspace())
        self.processor = self.start()

    def start(self) -> Processor:
        """A new engine on the same log and state, as after a crash."""
        self.processor = Processor(self.log, self.state, self.revisions, self.jobs, clock=lambda: self.now)
        return self.processor

    def apply(self, space: Workspace) -> None:
        number = self.revisions.current_number() + 1
        self.revisions.put(Revision(number=number, workspace=space, who="test", at=self.now, why=""))

    def receive(self, *events: Any, source: str = "shop", endpoint: str = "batch", **facts: Any) -> None:
        """Append one request with `events`, or with one body of bytes, as `collect` does."""
        wrapper = {key: facts.pop(key) for key in ("sentAt", "context", "integrations") if key in facts}
        single = endpoint not in ("batch", "import", "b") or isinstance(events[0], bytes)
        body = events[0] if single else {"batch": list(events), **wrapper}
        received = Received(
            source=source,
            environment=facts.pop("environment", "production"),
            received_at=facts.pop("received_at", self.now),
            endpoint=endpoint,
            client_side=facts.pop("client_side", False),
            body=body if isinstance(body, bytes) else msgspec.json.encode(body),
            rejected=tuple(Rejection(*rejection) for rejection in facts.pop("rejected", ())),
            **facts,
        )
        self.log.append([msgspec.msgpack.encode(received)], self.now)

    def run(self) -> None:
        """Decide all there is."""
        while self.processor.step():
            pass

    def decided(self) -> list[tuple[Decided, bytes]]:
        self.run()
        return [(event, body) for chunk in self.state.events.read(0, 10_000) for _, event, body in chunk]

    def headers(self) -> list[Decided]:
        return [event for event, _ in self.decided()]

    def events(self) -> list[Mapping[str, Any]]:
        """The decided events as destinations see them."""
        return [full_event(event, body) for event, body in self.decided()]

    def asides(self, *kinds: str) -> Sequence[Aside]:
        self.run()
        return list(reversed(self.state.aside(kinds, 10_000)))

    def counts(self) -> dict[str, int]:
        """What happened to how many, over all sources, names and days."""
        self.run()
        totals: dict[str, int] = {}
        for _, _, _, what, count in self.state.counts_since(0):
            totals[what] = totals.get(what, 0) + count
        return totals


def track(number: int = 1, **members: Any) -> dict[str, Any]:
    """A track call as a server SDK sends it."""
    return {"type": "track", "event": "Order Completed", "messageId": f"m-{number}", "userId": "u1", **members}
