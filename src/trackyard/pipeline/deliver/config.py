"""What lanes know of the workspace: the revision stamped on an event for what to send, the current one for whether."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

import msgspec
import structlog

from trackyard.kit.action import Destination
from trackyard.kit.fields import fields_of
from trackyard.kit.mapping import MappingError
from trackyard.kit.own.faults import NotADestination
from trackyard.kit.own.load import destination_of
from trackyard.kit.payload import PayloadError
from trackyard.kit.trigger import TriggerError
from trackyard.model.errors import MissingSecret, StorageError
from trackyard.model.workspace import Connection, Revision
from trackyard.people.gate import Gate
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.routing import Route
from trackyard.pipeline.deliver.subscription import Compiled, compile_subscriptions
from trackyard.store.secrets import Secrets, has_reference, resolve, texts

UNUSABLE = (StorageError, TriggerError, MappingError, PayloadError, NotADestination)
log = structlog.get_logger()
TOKENS_UNTOLD = 8  # of a connection; answers may still quote those before the newest
LOOK_SECONDS = 0.05  # how often a lane asks for a newer revision; a change counts for every request after that


class RevisionStore(Protocol):
    """The applied revisions, as read."""

    def current_number(self) -> int: ...

    def get(self, number: int) -> Revision: ...


class Plan(msgspec.Struct, frozen=True):
    """A connection as one revision has it."""

    revision: int
    connection: Connection
    destination: Destination
    route: Route
    subscriptions: list[Compiled]


class Configuration:
    """The current revision, noticed within `LOOK_SECONDS`, and compiled plans of the revisions in use."""

    def __init__(
        self,
        revisions: RevisionStore,
        catalogue: Mapping[str, Destination],
        secrets: Secrets,
        clock: Clock,
        *,
        always_current: bool = False,
    ) -> None:
        self._always_current = always_current  # a replay sends by what holds now
        self._revisions, self._catalogue, self._secrets, self._clock = revisions, catalogue, secrets, clock
        self._looked_at = 0.0
        self._current: Revision | None = None
        self._unusable = 0  # a revision that cannot be read; the one before stays in force
        self._gates: dict[str, tuple[int, Gate]] = {}
        self._plans: dict[tuple[int, str], Plan | None] = {}
        self._untold: dict[str, deque[str]] = {}

    @property
    def current(self) -> Revision | None:
        """The revision in force."""
        now = self._clock.now()
        if abs(now - self._looked_at) >= LOOK_SECONDS:
            self._looked_at = now
            number = self._revisions.current_number()
            if number and number not in (self._unusable, self._current.number if self._current else 0):
                self._take_over(number)
        return self._current

    def _take_over(self, number: int) -> None:
        try:
            self._current = self._revisions.get(number)
        except StorageError as error:
            self._unusable = number
            log.error("revision_not_used", revision=number, problem=str(error))

    @property
    def private_hosts(self) -> frozenset[str]:
        """Hosts that deliveries may reach although they are not public."""
        return (
            frozenset(host.lower() for host in self.current.workspace.allowed_private_hosts)
            if self.current
            else frozenset()
        )

    def connection(self, name: str) -> Connection | None:
        """Connection `name` as it is now; None where it is no more."""
        return self.current.workspace.connections.get(name) if self.current else None

    def plan(self, revision: int, name: str) -> Plan | None:
        """Connection `name` as `revision` had it; None where it had none, or one of an unknown destination.

        Where that revision cannot be used, as the current one has it: what a bad revision has stamped is not lost.
        Raises one of `UNUSABLE` where that cannot be used either.
        """
        newest = self.current.number if self.current else revision
        key = (newest if self._always_current else revision, name)
        if key not in self._plans:
            try:
                self._plans[key] = self._compiled(*key)
            except UNUSABLE:
                if newest <= key[0]:
                    raise
                return self.plan(newest, name)
        return self._plans[key]

    def destination(self, name: str) -> Destination | None:
        """The catalogue's entry for connection `name` as it is now; None where it has none that can be used."""
        try:
            return self._destination(self.current, name)
        except NotADestination:
            return None  # `fault` says it

    def fault(self, revision: int, name: str) -> str:
        """Why nothing can be made of events of `revision` for connection `name`; empty where all is well."""
        try:
            self.plan(revision, name)
        except UNUSABLE as error:
            return f"revision {revision} cannot be used here: {error}"
        return ""

    def gate(self, name: str) -> Gate:
        """The gate before connection `name` by the rules that hold now."""
        current = self.current
        number = current.number if current else 0
        known = self._gates.get(name)
        if known is None or known[0] != number:
            workspace = current.workspace if current else None
            gate = Gate(workspace.connections.get(name) if workspace else None, workspace.sources if workspace else {})
            known = self._gates[name] = (number, gate)
        return known[1]

    def settings(self, name: str, revision: int = 0) -> Any:
        """The settings of `name` with its secrets, as of now, for the destination as `revision` has it (0: as now).

        Raises `MissingSecret` and `msgspec.ValidationError`.
        """
        connection = self.connection(name)
        if connection is None:
            raise MissingSecret("the connection is no more")
        plan = self.plan(revision, name) if revision else None
        destination = plan.destination if plan else self.destination(name)
        if destination is None:
            raise MissingSecret("the destination is no more")
        return msgspec.convert(resolve(connection.settings, self._secrets), destination.settings)

    def fingerprint(self, name: str) -> int | None:
        """Changes when the settings or secrets of `name` do; None while a secret is missing."""
        connection = self.connection(name)
        try:
            return hash(repr(resolve(connection.settings, self._secrets))) if connection else None
        except MissingSecret:
            return None

    def secrets_of(self, name: str) -> Collection[str]:
        """Every value among the settings of `name` that must not be told."""
        connection = self.connection(name)
        if connection is None:
            return ()
        try:
            settings = resolve(connection.settings, self._secrets)
        except MissingSecret:
            return list(self._untold.get(name, ()))
        destination = self.destination(name)
        fields = fields_of(destination.settings) if destination else {}
        told = {key for key, field in fields.items() if not field.get("secret")}
        return [
            *self._untold.get(name, ()),
            *(
                text
                for key, value in settings.items()
                if key not in told or has_reference(connection.settings[key])
                for text in texts(value)
            ),
        ]

    def keep_untold(self, name: str, values: Iterable[str]) -> None:
        """From now on these are among the secrets of `name`: access tokens, which are no settings."""
        untold = self._untold.setdefault(name, deque(maxlen=TOKENS_UNTOLD))
        untold.extend(value for value in values if value and value not in untold)

    def introduced_in(self, name: str) -> int:
        """The first of the revisions without a gap up to now that has connection `name`."""
        number = self._revisions.current_number()
        while number > 1 and name in self._revisions.get(number - 1).workspace.connections:
            number -= 1
        return number

    def _compiled(self, revision: int, name: str) -> Plan | None:
        found = self._revisions.get(revision)
        connection, destination = found.workspace.connections.get(name), self._destination(found, name)
        if connection is None or destination is None:
            return None
        route = Route(name, connection, destination)
        return Plan(
            revision, connection, destination, route, compile_subscriptions(connection.subscriptions, destination)
        )

    def _destination(self, revision: Revision | None, name: str) -> Destination | None:
        """What connection `name` of `revision` sends with. Raises `NotADestination`."""
        connection = revision.workspace.connections.get(name) if revision else None
        if revision is None or connection is None:
            return None
        return destination_of(connection.destination, revision.workspace.destinations, self._catalogue)
