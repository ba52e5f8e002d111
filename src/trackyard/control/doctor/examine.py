"""`trackyard doctor`: every check on one installation."""

from collections.abc import Callable, Iterator

from trackyard.control.doctor.configuration import (
    configuration_differs,
    missing_secrets,
    revisions,
    secret_files,
)
from trackyard.control.doctor.diagnosis import Diagnosis, Installation, error
from trackyard.control.doctor.engine import processes_and_lanes
from trackyard.control.doctor.machine import clock, file_descriptors, listening_address, python_version, sqlite_version
from trackyard.control.doctor.storage import (
    damaged_archive,
    damaged_contents,
    damaged_databases,
    data_directory,
    free_space,
    holders,
)
from trackyard.control.doctor.tokens import access_tokens
from trackyard.model.errors import TrackyardError

Check = Callable[[Installation], Iterator[Diagnosis]]
CHECKS: tuple[Check, ...] = (
    python_version,
    sqlite_version,
    file_descriptors,
    data_directory,
    free_space,
    holders,
    listening_address,
    clock,
    damaged_databases,
    damaged_contents,
    damaged_archive,
    revisions,
    configuration_differs,
    missing_secrets,
    secret_files,
    access_tokens,
    processes_and_lanes,
)


def examine(installation: Installation) -> Iterator[Diagnosis]:
    """What every check finds. A check that cannot be made is itself a finding, and the others go on."""
    for check in CHECKS:
        try:
            yield from check(installation)
        except (TrackyardError, OSError) as failure:
            name = check.__name__.replace("_", " ")
            yield error(name, f"could not be looked at: {failure}", "put right what it says, then run doctor again")
