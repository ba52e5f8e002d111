"""What is to be decided again: immutable job files, written by the command, carried out by process in their order."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from trackyard.model.errors import StorageError
from trackyard.store.durable import sync_directory


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Decide the received records from `first` to `last`, both included, again; only events for which `where` holds."""

    number: int  # also the version of the events it decides
    first: int
    last: int
    where: str  # FQL over the event; "" for every event
    who: str
    why: str
    at: int

    @property
    def mark(self) -> str:
        """The mark in the state that tells how far the job has come: the last record dealt with, 0 before it began."""
        return f"reprocess:{self.number}"


class ReprocessJobs:
    """All jobs of a data directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def all(self) -> list[Job]:
        """Every job, oldest first. Raises `StorageError` naming a file that is damaged."""
        return list(self._read(0))

    def after(self, number: int) -> Job | None:
        """The first job with a higher number."""
        return next(self._read(number), None)

    def add(self, first: int, last: int, where: str, who: str, why: str, at: int) -> Job:
        """Store a job; on return a power cut keeps it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        jobs = self.all()
        number = jobs[-1].number + 1 if jobs else 1
        job = Job(number=number, first=first, last=last, where=where, who=who, why=why, at=at)
        fresh = self._directory / f".{number:06d}.{os.getpid()}.new"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(job))
            file.flush()
            os.fsync(file.fileno())
        try:
            (self._directory / f"{number:06d}.json").hardlink_to(fresh)  # two commands never share a number
        except FileExistsError:
            raise StorageError(f"another command has just asked for reprocess {number}; ask again") from None
        finally:
            fresh.unlink()
        sync_directory(self._directory)
        return job

    def _read(self, after: int) -> Iterator[Job]:
        for path in sorted(self._directory.glob("[0-9]*.json")):
            if int(path.stem) > after:
                try:
                    yield msgspec.json.decode(path.read_bytes(), type=Job)
                except msgspec.MsgspecError as error:
                    raise StorageError(f"{path} is damaged: {error}; remove it and ask again") from None
