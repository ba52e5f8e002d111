"""The gate: the only way to make what mapping accepts. What the person did not allow is not in it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from trackyard.model.event import Decided
from trackyard.model.workspace import Connection, Source


class Permitted(msgspec.Struct, frozen=True):
    """An event that may go to one connection, holding only what may go. Made by `gate` and nowhere else."""

    event: Mapping[str, Any]
    purposes: tuple[str, ...]
    basis: str  # what the decision rests on: "consent" or "no_decision:<region>"


class Denied(msgspec.Struct, frozen=True):
    """The event may not go to this connection, and why."""

    reason: str


def gate(decided: Decided, event: Mapping[str, Any], connection: Connection, source: Source) -> Permitted | Denied:
    """Permit `event` on `connection` if every purpose it declares is allowed; undeclared purposes mean no.

    `connection` and `source` are those of the current revision: a narrower rule holds for the very next send.
    """
    if connection.purposes is None:
        return Denied("no purposes declared on the connection")
    if decided.consent is None:
        region = decided.region if decided.region in source.no_decision else "default"
        allowed = source.no_decision.get(region, [])
        missing = [purpose for purpose in connection.purposes if purpose not in allowed]
        basis = f"no_decision:{region}"
    else:
        consent = decided.consent
        missing = [purpose for purpose in connection.purposes if purpose != "necessary" and not consent.get(purpose)]
        basis = "consent"
    if missing:
        return Denied(f"{', '.join(missing)} not allowed ({basis})")
    return Permitted(event, tuple(connection.purposes), basis)
