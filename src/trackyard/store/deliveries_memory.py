"""Deliver's state in memory, for tests and trials: the same promises but durability."""

from collections.abc import Sequence
from copy import deepcopy

from trackyard.store.deliveries import DEAD_LETTERS_MAX, SETTLED_IDS_MAX, Dead, Lane, Parked, RowKey, Settlement


class MemoryDeliveries:
    """Forgets everything with the process."""

    def __init__(self, *, ids_max: int = SETTLED_IDS_MAX, dead_max: int = DEAD_LETTERS_MAX) -> None:
        self._ids_max, self._dead_max = ids_max, dead_max
        self._lanes: dict[str, Lane] = {}
        self._parked: dict[tuple[str, RowKey], Parked] = {}
        self._dead: dict[tuple[str, RowKey], Dead] = {}
        self._ids: dict[str, bytes] = {}
        self._forgotten: set[str] = set()

    def lanes(self) -> Sequence[Lane]:
        return [deepcopy(lane) for _, lane in sorted(self._lanes.items())]

    def settle(self, settlements: Sequence[Settlement]) -> None:
        for settlement in settlements:
            self._settle(settlement)

    def parked(self, connection: str) -> Sequence[Parked]:
        rows = [deepcopy(row) for (owner, _), row in self._parked.items() if owner == connection]
        return sorted(rows, key=lambda row: row.key)

    def dead(self, connection: str | None = None, limit: int = 1000) -> Sequence[Dead]:
        rows = [deepcopy(row) for row in self._dead.values() if connection in (None, row.connection)]
        return rows[::-1][:limit]

    def dead_count(self, connection: str) -> int:
        return sum(owner == connection for owner, _ in self._dead)

    def settled_ids(self, connection: str) -> tuple[bytes, bool]:
        return self._ids.get(connection, b""), connection in self._forgotten

    def close(self) -> None:
        pass

    def _settle(self, settlement: Settlement) -> None:
        connection = settlement.lane.connection
        self._lanes[connection] = deepcopy(settlement.lane)
        for key in settlement.unpark:
            self._parked.pop((connection, key), None)
        for key in settlement.revive:
            self._dead.pop((connection, key), None)
        for row in settlement.park:
            self._parked[connection, row.key] = deepcopy(row)
        for dead in settlement.dead:
            self._dead[connection, (dead.offset, dead.subscription)] = deepcopy(dead)
        self._bound_dead(connection)
        self._remember(connection, settlement.settled_ids)

    def _bound_dead(self, connection: str) -> None:
        own = [key for key in self._dead if key[0] == connection]
        for key in own[: max(0, len(own) - self._dead_max)]:
            del self._dead[key]

    def _remember(self, connection: str, ids: bytes) -> None:
        known = self._ids.get(connection, b"") + ids
        if len(known) > self._ids_max * 8:
            self._forgotten.add(connection)
        self._ids[connection] = known[-self._ids_max * 8 :]
