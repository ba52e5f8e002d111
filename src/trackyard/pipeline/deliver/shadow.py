"""Shadow mode: the exact requests that would have been sent, kept for comparison, secrets masked, bounded in bytes."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from trackyard.pipeline.deliver.redaction import without_secrets
from trackyard.pipeline.deliver.transport import Wire

SEGMENT_BYTES_MAX = 16_000_000
SHADOW_BYTES_MAX = 256_000_000  # per connection; beyond it the oldest segments go


class Recorded(msgspec.Struct, kw_only=True):
    """One request that was not sent."""

    at: int
    message_ids: Sequence[str]
    method: str
    url: str
    headers: dict[str, str]
    body: str
    digest: str  # of the body as built, before masking


def recorded(at: int, message_ids: Sequence[str], wire: Wire, secrets: Collection[str]) -> Recorded:
    """`wire` as it may be kept."""
    return Recorded(
        at=at,
        message_ids=message_ids,
        method=wire.method,
        url=without_secrets(wire.url, secrets),
        headers={name: without_secrets(value, secrets) for name, value in wire.headers.items()},
        body=without_secrets(wire.body.decode("utf-8", "replace"), secrets),
        digest=wire.digest,
    )


class ShadowFiles:
    """One folder of JSON lines per connection."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting: list[tuple[str, bytes]] = []

    def record(
        self, connection: str, at: int, message_ids: Sequence[str], wire: Wire, secrets: Collection[str]
    ) -> None:
        """Keep the request at the next `flush`."""
        self._waiting.append((connection, msgspec.json.encode(recorded(at, message_ids, wire, secrets))))

    def flush(self) -> None:
        """Write what was recorded; on return a power cut loses none of it."""
        waiting, self._waiting = self._waiting, []
        try:
            for connection in dict.fromkeys(name for name, _ in waiting):
                self._append(connection, [line for name, line in waiting if name == connection])
        except OSError:
            self._waiting[:0] = waiting
            raise

    def _append(self, connection: str, lines: list[bytes]) -> None:
        folder = self._directory / connection
        folder.mkdir(parents=True, exist_ok=True)
        segments = sorted(folder.glob("*.jsonl"))
        number = int(segments[-1].stem) if segments else 1
        if segments and segments[-1].stat().st_size >= SEGMENT_BYTES_MAX:
            number += 1
            _bound(segments)
        with (folder / f"{number:08d}.jsonl").open("ab") as file:
            file.write(b"\n".join(lines) + b"\n")
            file.flush()
            os.fdatasync(file.fileno())


def _bound(segments: list[Path]) -> None:
    while sum(segment.stat().st_size for segment in segments) > SHADOW_BYTES_MAX:
        segments.pop(0).unlink()


class ShadowList:
    """The same in a list, for tests and trials."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, Recorded]] = []

    def record(
        self, connection: str, at: int, message_ids: Sequence[str], wire: Wire, secrets: Collection[str]
    ) -> None:
        self.recorded.append((connection, recorded(at, message_ids, wire, secrets)))

    def flush(self) -> None:
        pass
