"""Room on the disk: intake stops before it is full, so that what is there can still be decided and sent."""

import os
from collections.abc import Callable
from pathlib import Path

STOP_BELOW_BYTES = 256_000_000  # room for process and deliver to finish what was acked
RESUME_ABOVE_BYTES = 384_000_000


class DiskSpace:
    """Room on the disk of `directory`. Once it was too little, it must grow by half before it is enough again."""

    def __init__(self, directory: Path, free_bytes: Callable[[Path], int] | None = None) -> None:
        self._directory = directory
        self._free_bytes = free_bytes or _free_bytes
        self._short = False

    def refusal(self) -> str | None:
        """Why nothing should be accepted now; None while there is room. Cheap enough for every group commit."""
        free = self._free_bytes(self._directory)
        self._short = free < (RESUME_ABOVE_BYTES if self._short else STOP_BELOW_BYTES)
        if not self._short:
            return None
        return f"{self._directory} has {free // 1_000_000} MB left, intake resumes at {RESUME_ABOVE_BYTES // 1_000_000}"


def _free_bytes(directory: Path) -> int:
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize
