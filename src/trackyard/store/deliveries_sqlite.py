"""Deliver's state in SQLite: deliveries.db, one writer, every commit synced."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from trackyard.store.database import open_database
from trackyard.store.deliveries import DEAD_LETTERS_MAX, SETTLED_IDS_MAX, Dead, Lane, Parked, RowKey, Settlement
from trackyard.store.lease import Writer

MIGRATIONS = [
    """
    CREATE TABLE lane (
        connection TEXT PRIMARY KEY, position INTEGER NOT NULL, ahead BLOB NOT NULL, state TEXT NOT NULL,
        since INTEGER NOT NULL, reason TEXT NOT NULL, next_try INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE parked (
        connection TEXT NOT NULL, offset INTEGER NOT NULL, subscription INTEGER NOT NULL, revision INTEGER NOT NULL,
        message_id TEXT NOT NULL, person TEXT NOT NULL, attempts INTEGER NOT NULL, first_at INTEGER NOT NULL,
        next_at INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (connection, offset, subscription)
    ) WITHOUT ROWID;
    CREATE TABLE dead (
        number INTEGER PRIMARY KEY, connection TEXT NOT NULL, offset INTEGER NOT NULL, subscription INTEGER NOT NULL,
        revision INTEGER NOT NULL, message_id TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL,
        attempts INTEGER NOT NULL, reason TEXT NOT NULL, fix TEXT NOT NULL, digest TEXT NOT NULL,
        UNIQUE (connection, offset, subscription)
    );
    CREATE TABLE settled (
        number INTEGER PRIMARY KEY, connection TEXT NOT NULL, total INTEGER NOT NULL, ids BLOB NOT NULL
    );
    CREATE INDEX settled_connection ON settled (connection, number);
    CREATE TABLE forgotten (connection TEXT PRIMARY KEY) WITHOUT ROWID;
    """,
    """
    ALTER TABLE parked ADD COLUMN ticket TEXT NOT NULL DEFAULT '';
    ALTER TABLE parked ADD COLUMN accepted_at INTEGER NOT NULL DEFAULT 0;
    """,
]
LANE = (
    "INSERT INTO lane VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connection) DO UPDATE SET position = excluded.position,"
    " ahead = excluded.ahead, state = excluded.state, since = excluded.since, reason = excluded.reason,"
    " next_try = excluded.next_try"
)
PARK = "INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
UNPARK = "DELETE FROM parked WHERE connection = ? AND offset = ? AND subscription = ?"
BURY = (
    "INSERT OR REPLACE INTO dead (connection, offset, subscription, revision, message_id, person, at, attempts, reason,"
    " fix, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
REVIVE = "DELETE FROM dead WHERE connection = ? AND offset = ? AND subscription = ?"
BOUND_DEAD = (
    "DELETE FROM dead WHERE connection = ? AND number <="
    " (SELECT number FROM dead WHERE connection = ? ORDER BY number DESC LIMIT 1 OFFSET ?)"
)
# `total` counts the ids of a connection ever remembered, so that the oldest rows beyond the bound are a range.
REMEMBER = (
    "INSERT INTO settled (connection, total, ids) SELECT ?1, ?2 + coalesce((SELECT total FROM settled"
    " WHERE connection = ?1 ORDER BY number DESC LIMIT 1), 0), ?3"
)
FORGET = (
    "DELETE FROM settled WHERE connection = ?1 AND total <="
    " (SELECT total FROM settled WHERE connection = ?1 ORDER BY number DESC LIMIT 1) - ?2"
)


class SqliteDeliveries:
    """Opens (and makes) the file as its one writer, or read-only beside it. Raises `Held` where there is a writer."""

    def __init__(
        self, path: Path, *, writer: bool, ids_max: int = SETTLED_IDS_MAX, dead_max: int = DEAD_LETTERS_MAX
    ) -> None:
        self._ids_max, self._dead_max = ids_max, dead_max
        self._writer = Writer(path, MIGRATIONS) if writer else None
        self._db = self._writer.connection if self._writer else open_database(path, MIGRATIONS, writer=False)

    def lanes(self) -> Sequence[Lane]:
        rows = self._db.execute("SELECT * FROM lane ORDER BY connection")
        return [
            Lane(
                connection=connection,
                position=position,
                ahead=msgspec.msgpack.decode(ahead, type=list[RowKey]),
                state=state,
                since=since,
                reason=reason,
                next_try=next_try,
            )
            for connection, position, ahead, state, since, reason, next_try in rows
        ]

    def settle(self, settlements: Sequence[Settlement]) -> None:
        assert self._writer is not None, "opened for reading"
        with self._writer.transaction():
            for settlement in settlements:
                self._settle(settlement)

    def parked(self, connection: str) -> Sequence[Parked]:
        rows = self._db.execute(
            "SELECT * FROM parked WHERE connection = ? ORDER BY offset, subscription", (connection,)
        )
        return [_struct(Parked, row) for row in rows]

    def dead(self, connection: str | None = None, limit: int = 1000) -> Sequence[Dead]:
        columns = ", ".join(Dead.__struct_fields__)
        rows = self._db.execute(
            f"SELECT {columns} FROM dead WHERE ?1 IS NULL OR connection = ?1 ORDER BY number DESC LIMIT ?2",
            (connection, limit),
        )
        return [_struct(Dead, row) for row in rows]

    def dead_count(self, connection: str) -> int:
        query = "SELECT count(*) FROM dead WHERE connection = ?"
        return int(self._db.execute(query, (connection,)).get)

    def settled_ids(self, connection: str) -> tuple[bytes, bool]:
        rows = self._db.execute("SELECT ids FROM settled WHERE connection = ? ORDER BY number", (connection,))
        ids = b"".join(row[0] for row in rows)
        forgotten = self._db.execute("SELECT 1 FROM forgotten WHERE connection = ?", (connection,)).get
        return ids[-self._ids_max * 8 :], forgotten is not None

    def close(self) -> None:
        (self._writer or self._db).close()

    def _settle(self, settlement: Settlement) -> None:
        lane, run = settlement.lane, self._db.executemany
        name = lane.connection
        ahead = msgspec.msgpack.encode(lane.ahead)
        row = (name, lane.position, ahead, lane.state, lane.since, lane.reason, lane.next_try)
        self._db.execute(LANE, row)
        run(UNPARK, [(name, *key) for key in settlement.unpark])
        run(REVIVE, [(name, *key) for key in settlement.revive])
        run(PARK, [msgspec.structs.astuple(parked) for parked in settlement.park])
        if settlement.dead:
            run(BURY, [msgspec.structs.astuple(dead) for dead in settlement.dead])
            self._db.execute(BOUND_DEAD, (name, name, self._dead_max))
        if settlement.settled_ids:
            self._remember(name, settlement.settled_ids)

    def _remember(self, connection: str, ids: bytes) -> None:
        self._db.execute(REMEMBER, (connection, len(ids) // 8, ids))
        self._db.execute(FORGET, (connection, self._ids_max))
        if self._db.changes():
            self._db.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (connection,))


def _struct(kind: type[Any], row: tuple[Any, ...]) -> Any:
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
