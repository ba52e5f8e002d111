"""A disk that loses what was not synced: SQLite's file layer with a power switch.

Writes stay in memory until the file is synced. When the power is cut, each sector that was not synced is, by chance,
there, not there, or garbage; afterwards every operation fails, as it does for a machine without power.
"""

import contextlib
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

SECTOR_BYTES = 512
NAME = "lossy"
REAL = apsw.vfs_names()[0]  # the default one


class PowerCut(Exception):
    """The machine has no power any more."""


class Disk:
    """All files below one directory. The power goes at operation number `cut_at`, or with `cut`."""

    def __init__(self, rng: random.Random, cut_at: int | None = None) -> None:
        self._rng, self._cut_at = rng, cut_at
        self._contents: dict[str, bytearray] = {}
        self._unsynced: dict[str, list[tuple[int, bytes]]] = {}  # (start, data); a cut to `start` has no data
        self.operations = 0
        self.room_bytes: int | None = None  # how much more may be written; None: no end of it
        self.dead = False

    def open(self, path: str) -> None:
        if path not in self._contents:
            self._contents[path] = bytearray(Path(path).read_bytes())
            self._unsynced[path] = []

    def forget(self, path: str) -> None:
        self._contents.pop(path, None)
        self._unsynced.pop(path, None)

    def content(self, path: str) -> bytearray:
        return self._contents[path]

    def write(self, path: str, data: bytes, start: int) -> None:
        if self.room_bytes is not None:
            self.room_bytes -= len(data)
            if self.room_bytes < 0:
                raise apsw.FullError("no room")
        content = self._contents[path]
        content.extend(bytes(max(0, start + len(data) - len(content))))
        content[start : start + len(data)] = data
        self._unsynced[path].append((start, data))
        self.operate()

    def cut_to(self, path: str, size: int) -> None:
        del self._contents[path][size:]
        self._unsynced[path].append((size, b""))
        self.operate()

    def sync(self, path: str) -> None:
        self.operate()
        with Path(path).open("r+b") as platter:
            for start, data in self._unsynced[path]:
                platter.seek(start)
                platter.write(data)
                if not data:
                    platter.truncate()
        self._unsynced[path].clear()

    def operate(self) -> None:
        """Count one operation; the one at which the power goes fails with all that follow."""
        if self.dead:
            raise PowerCut
        self.operations += 1
        if self.operations == self._cut_at:
            self.cut()
            raise PowerCut

    def cut(self) -> None:
        """Cut the power: what remains on each file is what was synced and a chance part of the rest."""
        self.dead = True
        for path, writes in self._unsynced.items():
            if writes and Path(path).exists():
                Path(path).write_bytes(self._remains(Path(path).read_bytes(), writes))

    def _remains(self, synced: bytes, writes: list[tuple[int, bytes]]) -> bytes:
        content = bytearray(synced)
        kept = self._rng.choice([0.0, 0.5, 0.9, 1.0])
        for start, data in writes:
            if not data:
                if self._rng.random() < kept:
                    del content[start:]
                continue
            for offset in range(0, len(data), SECTOR_BYTES):
                self._sector(content, start + offset, data[offset : offset + SECTOR_BYTES], kept)
        return bytes(content)

    def _sector(self, content: bytearray, start: int, data: bytes, kept: float) -> None:
        chance = self._rng.random()
        if chance >= kept:
            if chance < 0.95:
                return
            data = self._rng.randbytes(len(data))
        content.extend(bytes(max(0, start + len(data) - len(content))))
        content[start : start + len(data)] = data


class LossyVFS(apsw.VFS):
    """The default file layer with `disk` in place of the platters."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        super().__init__(NAME, REAL, makedefault=True)

    def xOpen(self, name: "str | apsw.URIFilename | None", flags: list[int]) -> "LossyFile":
        if self.disk.dead:
            raise apsw.CantOpenError("no power")
        return LossyFile(self.disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        with no_power_is_an_io_error():
            self.disk.operate()
        self.disk.forget(filename)
        super().xDelete(filename, syncdir)


class LossyFile(apsw.VFSFile):
    """One open file; locks and shared memory are the real ones."""

    def __init__(self, disk: Disk, name: "str | apsw.URIFilename | None", flags: list[int]) -> None:
        super().__init__(REAL, name, flags)
        self._disk = disk
        self._path = name if isinstance(name, str) else name.filename() if name else ""
        disk.open(self._path)

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._disk.content(self._path)[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        with no_power_is_an_io_error():
            self._disk.write(self._path, bytes(data), offset)

    def xTruncate(self, newsize: int) -> None:
        with no_power_is_an_io_error():
            self._disk.cut_to(self._path, newsize)

    def xSync(self, flags: int) -> None:
        with no_power_is_an_io_error():
            self._disk.sync(self._path)

    def xFileSize(self) -> int:
        return len(self._disk.content(self._path))


@contextlib.contextmanager
def no_power_is_an_io_error() -> Iterator[None]:
    """SQLite knows errors, not power cuts."""
    try:
        yield
    except PowerCut:
        raise apsw.IOError("no power") from None


def _ignore_no_power(hook: Callable[["sys.UnraisableHookArgs"], object]) -> Callable[["sys.UnraisableHookArgs"], None]:
    # SQLite goes on without some operations (a checkpoint, a delete): what fails there has nobody to be raised to.
    def ignore(raised: "sys.UnraisableHookArgs") -> None:
        if not isinstance(raised.exc_value, apsw.IOError | apsw.FullError):
            hook(raised)

    return ignore


@contextlib.contextmanager
def lossy_disk(directory: Path, rng: random.Random, cut_at: int | None = None) -> Iterator[Disk]:
    """Every database opened inside lies on a lossy disk. On leaving, its power is cut if that has not happened."""
    disk = Disk(rng, cut_at)
    vfs = LossyVFS(disk)
    unraisable, sys.unraisablehook = sys.unraisablehook, _ignore_no_power(sys.unraisablehook)
    try:
        yield disk
    finally:
        sys.unraisablehook = unraisable
        vfs.unregister()
        if not disk.dead:
            disk.cut()
        for path in directory.glob("*-shm"):  # memory, gone with the power
            path.unlink()
