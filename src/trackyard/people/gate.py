"""The gate: the only way to make what mapping accepts. What the person did not allow is not in it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from trackyard.model.event import Decided
from trackyard.model.workspace import Connection, Source

# What `Sec-GPC: 1` refuses whatever else was said: it opts out of sale, of sharing and of advertising across sites.
REFUSED_BY_GPC = frozenset(("sale_share", "ads_personalization"))


class Permitted(msgspec.Struct, frozen=True, gc=False):
    """An event that may go to one connection, holding only what may go. Made by a gate and nowhere else."""

    event: Mapping[str, Any]
    purposes: tuple[str, ...]
    basis: str  # what the decision rests on: "consent" or "no_decision:<region>"


class Denied(msgspec.Struct, frozen=True):
    """The event may not go to this connection, and why."""

    reason: str


class Gate:
    """The gate before one connection, by the rules of the current revision."""

    def __init__(self, connection: Connection | None, sources: Mapping[str, Source]) -> None:
        self._connection, self._sources = connection, sources
        self._without_decision: dict[tuple[str, str, tuple[str, ...] | None], Denied | tuple[tuple[str, ...], str]] = {}

    def ask(self, decided: Decided, event: Mapping[str, Any]) -> Permitted | Denied:
        """Permit `event` if every purpose the connection declares is allowed; undeclared purposes mean no."""
        connection = self._connection
        if connection is None:
            return Denied("the connection is no more")
        if connection.environment != decided.environment:
            return Denied(f"an event of {decided.environment} never reaches a connection of {connection.environment}")
        refused = REFUSED_BY_GPC.intersection(connection.purposes or ()) if decided.gpc else ()
        if refused:
            return Denied(f"{', '.join(sorted(refused))} not allowed (Sec-GPC)")
        if decided.consent is not None:
            allowed = [purpose for purpose, allows in decided.consent.items() if allows]
            answer = _answer(connection, ("necessary", *allowed), "consent")
        else:
            answer = self._by_rule(connection, decided.source, decided.region, decided.without_decision)
        return answer if isinstance(answer, Denied) else Permitted(event, *answer)

    def _by_rule(
        self, connection: Connection, source: str, region: str, then: tuple[str, ...] | None
    ) -> Denied | tuple[tuple[str, ...], str]:
        """What holds where no decision was ever seen: what the rules allowed `then` and allow now.

        The same for every such event of a source and region. A rule that became wider releases no older event.
        """
        known = self._without_decision.get((source, region, then))
        if known is None:
            place, allowed = rule_of(self._sources.get(source), region)
            both = [purpose for purpose in allowed if then is None or purpose in then]
            known = _answer(connection, both, f"no_decision:{place}")
            self._without_decision[source, region, then] = known
        return known


def rule_of(source: Source | None, region: str) -> tuple[str, Sequence[str]]:
    """The `no_decision` rule for `region`: under which name it stands, and the purposes it allows."""
    rules = source.no_decision if source is not None else {}
    place = region if region in rules else "default"
    return place, rules.get(place, [])


def _answer(connection: Connection, allowed: Iterable[str], basis: str) -> Denied | tuple[tuple[str, ...], str]:
    if connection.purposes is None:
        return Denied("no purposes declared on the connection")
    missing = set(connection.purposes).difference(allowed)
    if missing:
        return Denied(f"{', '.join(sorted(missing))} not allowed ({basis})")
    return tuple(connection.purposes), basis
