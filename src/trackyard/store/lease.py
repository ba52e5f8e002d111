"""One writer per file: an operating-system lock that dies with its holder, and an epoch inside the file.

The lock refuses a second engine on the same machine and names the first. Where a lock does not reach (a volume shared
between machines), the epoch does: each new writer raises it, and an older one finds that out inside its next
transaction, before anything is written.
"""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import msgspec

from trackyard.model.errors import Fenced, Held, StorageError
from trackyard.store.database import open_database, rows, storage_errors

HOLDER_SCHEMA = """
CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, who TEXT NOT NULL);
INSERT OR IGNORE INTO holder VALUES (1, 0, '');
"""


class Holder(msgspec.Struct, frozen=True):
    """Who holds a lease."""

    pid: int
    host: str
    since: float  # seconds since 1970

    def __str__(self) -> str:
        return (
            f"pid {self.pid} on {self.host} (since {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(self.since))} UTC)"
        )


class Lease:
    """A lock on `path` held by this process until `close` or until it dies; children do not inherit it.

    Raises `Held` naming the holder while another one is alive.
    """

    def __init__(self, path: Path) -> None:
        self.holder = Holder(os.getpid(), socket.gethostname(), time.time())
        self._file = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            _held.add(self._file)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, msgspec.json.encode(self.holder), 0)
        except BlockingIOError:
            self.close()
            raise Held(f"{path} is held by {holder_of(path)}; stop it or use another data directory") from None
        except OSError as error:
            self.close()
            raise StorageError(f"{path} cannot be locked: {error.strerror}; is the directory writable?") from error

    def close(self) -> None:
        """Give the lease up; a second call does nothing."""
        if self._file in _held:
            _held.discard(self._file)
            os.close(self._file)
        self._file = -1


_held: set[int] = set()


def _forget_in_child() -> None:
    # A forked child shares the lock: were it to outlive us, nobody could take over.
    for file in _held:
        os.close(file)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


def holder_of(path: Path) -> Holder | str:
    """Who wrote itself into the lease file last; it may have ended since."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return "an unknown process"


def lease_path(database: Path) -> Path:
    """Where the lease on `database` lies."""
    return database.parent / "run" / f"{database.name}.lease"


class Writer:
    """The only connection that writes the database at `path`; `close` lets the next one in.

    Raises `Held` naming the holder where another engine is alive.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self.path = path
        self._lease = Lease(lease_path(path))
        try:
            self.connection = open_database(path, migrations, writer=True)
            with storage_errors(path):
                self.epoch = _next_epoch(self.connection, self._lease.holder)
        except BaseException:
            self._lease.close()
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """All of what is written inside or none; durable on return. Raises `Fenced` where a newer engine has the file.

        What the caller keeps in memory about the transaction must be dropped when this raises.
        """
        with storage_errors(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_epoch()
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                roll_back(self.connection)
                raise

    def _check_epoch(self) -> None:
        ((found,),) = rows(self.connection, "SELECT epoch FROM holder")
        if found != self.epoch:
            raise self.fenced()

    def fenced(self) -> Fenced:
        """The error that says who has taken over."""
        ((epoch, who),) = rows(self.connection, "SELECT epoch, who FROM holder")
        return Fenced(f"{self.path} was taken over by {who} (epoch {epoch}, ours was {self.epoch}); this engine stops")

    def close(self) -> None:
        try:
            self.connection.close()
        finally:
            self._lease.close()


def roll_back(connection: apsw.Connection) -> None:
    """End the transaction without a trace; SQLite has already done so after some errors."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _next_epoch(connection: apsw.Connection, holder: Holder) -> int:
    connection.execute(HOLDER_SCHEMA)
    raised = "UPDATE holder SET epoch = epoch + 1, who = ? RETURNING epoch"
    return int(rows(connection, raised, (str(holder),))[0][0])
