"""`trackyard events`: the newest events, decided or put aside."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_json, print_rows, when
from trackyard.model.event import CHUNK_EVENTS_MAX, Chunk, Decided, full_event
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState
from trackyard.store.state import Aside

POLL_SECONDS = 0.5
CHUNKS_READ_MAX = 50
EVENTS_SEARCHED_MAX = 500_000  # for those of one source
ASIDES_SEARCHED_MAX = 10_000  # for those of one source

Row = dict[str, Any]


@click.command()
@data_option
@click.option("--rejected", "kinds", flag_value="rejected", help="Those that are no valid events, with the reason.")
@click.option("--quarantined", "kinds", flag_value="quarantined", help="Those that broke a step of ours.")
@click.option("--duplicates", "kinds", flag_value="duplicate", help="Those received before on the same channel.")
@click.option("--violations", "kinds", flag_value="violation,blocked", help="Those that broke a plan or were dropped.")
@click.option("--failed", "kinds", flag_value="failed", help="Those on which a transform failed.")
@click.option("--latest", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@click.option("--source", metavar="SOURCE", help="Only of this source.")
@click.option("--follow", is_flag=True, help="Go on with new ones until interrupted; JSON is one line each then.")
@json_option
def command(data: Path, kinds: str | None, latest: int, source: str | None, follow: bool, as_json: bool) -> None:
    """List the newest decided events, oldest first; with an option, those that were put aside and why."""
    state = SqliteState(DataDirectory(data).state, writer=False)
    news: Callable[[int], Iterator[list[Row]]]
    news = _asides(state, kinds.split(","), source, as_json) if kinds else _decided(state, source, as_json)
    for batch in news(latest):
        if not follow:
            print_rows(batch, as_json, empty="no such events")
            return
        _print_lines(batch, as_json)
        time.sleep(POLL_SECONDS)


def _print_lines(rows: Sequence[Row], as_json: bool) -> None:
    for row in rows:
        if as_json:
            print_json(row)
        else:
            click.echo("  ".join(str(value) for value in row.values() if value not in ("", None, [])))


def _decided(state: SqliteState, source: str | None, as_json: bool) -> Callable[[int], Iterator[list[Row]]]:
    def news(latest: int) -> Iterator[list[Row]]:
        first, last = state.events.bounds()
        after, batch = _newest(state, first, last, latest, source, as_json)
        while True:
            yield batch
            chunks = state.events.read(after, CHUNKS_READ_MAX)
            last = chunks[-1].last if chunks else after
            batch, after = _rows(chunks, after, last, source, as_json), last

    return news


def _newest(
    state: SqliteState, first: int, last: int, latest: int, source: str | None, as_json: bool
) -> tuple[int, list[Row]]:
    """The last offset and the newest rows, looking back further while too few are of the source."""
    rows: list[Row] = []
    before, span = last, latest
    while len(rows) < latest and before >= first and last - before < EVENTS_SEARCHED_MAX:
        after = max(first - 1, before - span)
        rows = _rows(_between(state, after, before), after, before, source, as_json) + rows
        before, span = after, min(span * 2, CHUNKS_READ_MAX * CHUNK_EVENTS_MAX)
    return last, rows[-latest:]


def _between(state: SqliteState, after: int, last: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    while after < last and (found := state.events.read(after, CHUNKS_READ_MAX)):
        chunks += found
        after = found[-1].last
    return chunks


def _rows(chunks: Sequence[Chunk], after: int, last: int, source: str | None, as_json: bool) -> list[Row]:
    return [
        _decided_row(offset, chunk.revision, event, body, as_json)
        for chunk in chunks
        for offset, event, body in chunk
        if after < offset <= last and source in (None, event.source)
    ]


def _decided_row(offset: int, revision: int, event: Decided, body: bytes, as_json: bool) -> Row:
    row: Row = {
        "offset": offset,
        "received": event.received_at if as_json else when(event.received_at),
        "source": event.source,
        "channel": event.channel,
        "type": event.type,
        "name": event.name,
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
        "message_id": event.message_id,
    }
    if as_json:
        row |= {"observation": event.observation, "version": event.version, "flags": event.flags, "revision": revision}
        row |= {"consent": event.consent, "region": event.region, "gpc": event.gpc, "event": full_event(event, body)}
    return row


def _asides(
    state: SqliteState, kinds: Sequence[str], source: str | None, as_json: bool
) -> Callable[[int], Iterator[list[Row]]]:
    def news(latest: int) -> Iterator[list[Row]]:
        known: Aside | None = None
        while True:
            found = state.aside(kinds, latest if source is None else ASIDES_SEARCHED_MAX)
            fresh = found[: found.index(known)] if known in found else found
            chosen = [aside for aside in fresh if source in (None, aside.source)][:latest]
            yield [_aside_row(aside, as_json) for aside in reversed(chosen)]
            known = found[0] if found else known
            latest = ASIDES_SEARCHED_MAX

    return news


def _aside_row(aside: Aside, as_json: bool) -> Row:
    row: Row = {
        "received": aside.at if as_json else when(aside.at),
        "source": aside.source,
        "kind": aside.kind,
        "code": aside.code,
        "message": aside.message,
        "message_id": aside.message_id,
    }
    if as_json:
        body = aside.body.decode(errors="backslashreplace")
        row |= {"received_offset": aside.received_offset, "index": aside.index, "body": body}
    return row
