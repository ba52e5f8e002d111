"""The reckoning: what had to happen against what did, id by id."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from demo.expected import Expected, expected_audit
from trackyard.sandbox.traffic import Item


class Account(msgspec.Struct, frozen=True):
    """One connection: what was expected, how often each id arrived, what the ledger says of it, rows sent again."""

    connection: str
    expected: Expected
    arrived: Mapping[str, int]
    ledger: Mapping[str, Sequence[str]]
    retried: int

    @property
    def repeated(self) -> int:
        """Rows that the sandbox took more than once."""
        return sum(self.arrived.values()) - len(self.arrived)

    def count(self, outcome: str) -> int:
        """How often the ledger names an outcome."""
        return len(self.ledger.get(outcome, ()))

    def problems(self) -> Iterator[str]:
        """What does not add up: at the sandbox, and between sandbox and ledger."""
        arrived = set(self.arrived)
        yield from self._named("missing", self.expected.arriving - arrived)
        yield from self._named("arrived though not expected", arrived - self.expected.arriving)
        yield from self._named("arrived and not in the ledger", arrived - set(self.ledger.get("delivered", ())))
        yield from self._named("not held back by the gate", self.expected.denied ^ set(self.ledger.get("denied", ())))
        yield from self._named("given up", self.ledger.get("dead", ()))

    def _named(self, what: str, ids: Collection[str]) -> Iterator[str]:
        if ids:
            yield f"{self.connection}: {len(ids)} {what}, such as {', '.join(sorted(ids)[:3])}"


def problems_in(items: Sequence[Item], sent: Mapping[str, int], audited: Mapping[str, int]) -> Iterator[str]:
    """What does not add up between what was sent and what Trackyard's audit says."""
    if sum(sent.values()) != len(items):
        yield f"{sum(sent.values())} of {len(items)} events were sent"
    for name, number in expected_audit(items).items():
        if audited[name] != number:
            yield f"{name}: {audited[name]}, expected {number}"
