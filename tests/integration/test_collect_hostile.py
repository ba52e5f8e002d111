"""Whatever is sent, the door answers in JSON or closes the connection, and goes on serving others."""

import gzip
import socket
from collections.abc import Iterator
from http.client import BadStatusLine

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.collect_support import Reply, RunningDoor, read_reply, revision, running_door, source

TRACK = b'{"type":"track","event":"Order Completed","userId":"u1"}'
SOUND = b'{"batch":[%s,%s],"sentAt":"2026-11-21T19:32:05.132Z","context":{"ip":"198.51.100.7"}}' % (TRACK, TRACK)
PATHS = st.sampled_from(["/v1/batch", "/v1/b", "/v1/track", "/v1/t", "/v1/m", "/token", "/v1/pixel/track?data="])
PIECES = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\xff", b"\\ud800", b"null", b"1e999", b"-"]
)
unhurried = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDoor]:
    with running_door(tmp_path_factory.mktemp("hostile"), revision(1, shop=source("WK"))) as running:
        yield running


def told_or_closed(door: RunningDoor, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        try:
            reply = read_reply(connection)
        except (BadStatusLine, ConnectionResetError):
            return  # the request never ended; there was nothing to answer
    understood(reply)


def understood(reply: Reply) -> None:
    if reply.status == 200 and reply.headers["content-type"] == "image/gif":
        return
    said = reply.json
    assert isinstance(said, dict)
    assert reply.status == 200 or {"success", "code", "message"} <= said.keys()
    assert reply.status < 500, said


@unhurried
@given(st.binary(max_size=300))
def test_bytes_that_are_no_request(door: RunningDoor, raw: bytes) -> None:
    told_or_closed(door, raw)


@unhurried
@given(PATHS, st.lists(st.tuples(st.integers(0, len(SOUND)), PIECES), max_size=6), st.booleans(), st.booleans())
def test_bodies_that_were_damaged_on_the_way(
    door: RunningDoor, path: str, damage: list[tuple[int, bytes]], compressed: bool, keyed: bool
) -> None:
    body = SOUND
    for at, piece in damage:
        body = body[:at] + piece + body[at + len(piece) :]
    headers = [("X-Write-Key", "WK")] if keyed else []
    understood(door.post(path, gzip.compress(body) if compressed else body, *headers))


@unhurried
@given(PATHS, st.lists(st.tuples(st.sampled_from(["Authorization", "X-Write-Key", "Origin", "Host"]), st.text())))
def test_headers_that_say_anything(door: RunningDoor, path: str, headers: list[tuple[str, str]]) -> None:
    lines = [f"{name}: {value}" for name, value in headers]
    raw = "\r\n".join([f"POST {path} HTTP/1.1", *lines, f"Content-Length: {len(SOUND)}", "", ""]).encode()
    told_or_closed(door, raw + SOUND)


def test_it_still_takes_events_after_all_that(door: RunningDoor) -> None:
    assert door.post("/v1/track", TRACK, ("X-Write-Key", "WK")).status == 200
