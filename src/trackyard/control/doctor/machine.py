"""The machine: versions, limits, address, clock."""

import platform
import resource
import socket
import sys
from collections.abc import Iterator

import apsw

from trackyard.control.doctor.diagnosis import Diagnosis, Installation, error, ok, warning
from trackyard.control.doctor.storage import held_leases
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import UnsafeLibrary
from trackyard.store.database import check_library

PYTHON_VERSION_MIN = (3, 11)
FILES_MIN = 4096  # each client connection takes one
CLOCK_SLACK_SECONDS = 5.0


def python_version(installation: Installation) -> Iterator[Diagnosis]:
    if sys.version_info < PYTHON_VERSION_MIN:
        wanted = ".".join(map(str, PYTHON_VERSION_MIN))
        yield error("python", platform.python_version(), f"install Python {wanted} or newer")
    else:
        yield ok("python", platform.python_version())


def sqlite_version(installation: Installation) -> Iterator[Diagnosis]:
    found = apsw.sqlitelibversion()
    try:
        check_library(found)
        yield ok("sqlite", f"{found} (apsw {apsw.apswversion()})")
    except UnsafeLibrary as unsafe:
        yield error("sqlite", str(unsafe), "pip install --upgrade apsw")


def file_descriptors(installation: Installation) -> Iterator[Diagnosis]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES_MIN:
        fix = f"raise it to {FILES_MIN} or more: `ulimit -n`, or LimitNOFILE= of the service (hard limit {hard})"
        yield warning("open files", f"at most {soft}, each client connection takes one", fix)
    else:
        yield ok("open files", f"at most {soft}")


def listening_address(installation: Installation) -> Iterator[Diagnosis]:
    place = f"{installation.host}:{installation.port}"
    try:
        family = socket.AF_INET6 if ":" in installation.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((installation.host, installation.port))
        yield ok("address", f"{place} is free")
    except OSError as refused:
        if held_leases(installation.data):
            yield ok("address", f"{place} is in use, and this installation is running")
        else:
            fix = "stop the program that listens there, or choose another --port"
            yield error("address", f"{place} cannot be listened on: {refused.strerror}", fix)


def clock(installation: Installation) -> Iterator[Diagnosis]:
    """Nothing that was stored may lie in the future: then the clock went back, or was ahead before."""
    newest = _newest_record(installation)
    ahead = newest - installation.now
    if ahead > CLOCK_SLACK_SECONDS:
        fix = "set the clock (NTP); until it catches up, events carry the time of the newest record"
        yield error("clock", f"the newest record is {ahead:.0f} s ahead of this machine's clock", fix)
    else:
        yield ok("clock", "no record is ahead of it")


def _newest_record(installation: Installation) -> float:
    path = installation.data.received
    if not path.exists():
        return 0.0
    log = SqliteLog(path, writer=False)
    try:
        first, last = log.bounds()
        records = log.read(last - 1, 1) if last >= first else ()
        return records[0].at / 1000 if records else 0.0
    finally:
        log.close()
