"""What clients rely on at the door: statuses, bodies, headers, and what is durable when."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest

from tests.integration.collect_support import (
    RunningDoor,
    read_reply,
    revision,
    running_door,
    source,
)
from trackyard.log.memory import MemoryLog
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import StorageError
from trackyard.model.event import Received
from trackyard.pipeline.collect.answers import Answer, json_document
from trackyard.pipeline.collect.settings import CollectSettings

KEY = ("Authorization", "Basic V0s6")  # WK:
TRACK = b'{"type":"track","event":"Order Completed","userId":"u1"}'
BATCH = b'{"batch":[' + TRACK + b"," + TRACK + b"]}"
ORIGIN = ("Origin", "https://shop.example")
SUCCESS = b'{"success":true}'
GIF_BYTES = 43


async def health() -> Answer:
    return json_document({"state": "ready"})


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDoor]:
    first = revision(
        1,
        shop=source("WK"),
        other=source("WK_OTHER"),
        off=source("WK_OFF", enabled=False),
        closed=source("WK_CLOSED", allowed_origins=["https://shop.example"]),
        slow=source("WK_SLOW", events_per_second_max=1),
    )
    with running_door(tmp_path_factory.mktemp("door"), first, pages={"/health": health}) as running:
        yield running


def test_success_is_exactly_what_every_sdk_takes_for_success(door: RunningDoor) -> None:
    reply = door.post("/v1/batch", BATCH, KEY)
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, SUCCESS, "application/json")


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "application/json; charset=utf-8")],
        [],
    ],
)
@pytest.mark.parametrize("compressed", [True, False])
def test_the_content_type_does_not_matter(door: RunningDoor, headers: list[tuple[str, str]], compressed: bool) -> None:
    before = door.log.bounds()[1]
    assert door.post("/v1/batch", gzip.compress(BATCH) if compressed else BATCH, KEY, *headers).body == SUCCESS
    assert [received.body for received in door.received(before)] == [BATCH]


def test_chunked_bodies_are_taken(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    packed = gzip.compress(BATCH)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:7], packed[7:])) + b"0\r\n\r\n"
    reply = door.post("/v1/b", chunks, KEY, ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    assert (reply.status, [received.body for received in door.received(before)]) == (200, [BATCH])


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/v1/track", [("Authorization", "Basic V0s=")], TRACK),  # no colon
        ("/v1/track", [("Authorization", "Basic: V0s=")], TRACK),  # Roku
        ("/v1/track", [("Authorization", "Bearer WK")], TRACK),
        ("/v1/track", [("X-Write-Key", "WK:secret")], TRACK[:-1] + b',"writeKey":"WK:***"}'),  # Jitsu
        ("/v1/track", [], TRACK[:-1] + b',"writeKey":"WK"}'),
        ("/v1/batch", [], b'{"writeKey":"WK","batch":[' + TRACK + b"]}"),
        ("/v1/b", [], b'{"batch":[' + TRACK[:-1] + b',"writeKey":"WK"}]}'),
        ("/beacon/v1/batch?writeKey=WK", [], BATCH),
        ("/v1/track", [("Authorization", "Basic dW5rbm93bjo=")], TRACK[:-1] + b',"writeKey":"WK"}'),
    ],
)
def test_the_write_key_is_found_wherever_clients_put_it(
    door: RunningDoor, path: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    before = door.log.bounds()[1]
    assert door.post(path, body, *headers).body == SUCCESS
    assert [received.source for received in door.received(before)] == ["shop"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ([], BATCH, 401, "no_write_key"),
        ([("Authorization", "Basic dW5rbm93bjo=")], BATCH, 401, "unknown_source"),
        ([], b'{"writeKey":"unknown","batch":[' + TRACK + b"]}", 401, "unknown_source"),
        ([("Authorization", "Bearer WK_OFF")], BATCH, 401, "source_disabled"),
        ([], b'{"writeKey":"WK_OFF","batch":[' + TRACK + b"]}", 401, "source_disabled"),
        ([KEY], b"", 400, "bad_request"),
        ([KEY], b"hello", 400, "bad_request"),
        ([KEY], b'{"batch":[]}', 400, "empty_batch"),
        ([KEY], b'{"batch":[{"type":"track","userId":"u"}]}', 400, "event_not_defined"),
        ([KEY, ("Content-Encoding", "br")], b"xx", 400, "bad_request"),
    ],
)
def test_refusals_are_json_with_success_code_and_message(
    door: RunningDoor, headers: list[tuple[str, str]], body: bytes, status: int, code: str
) -> None:
    reply = door.post("/v1/batch", body, *headers)
    assert (reply.status, reply.json["success"], reply.json["code"]) == (status, False, code)
    assert reply.json["message"]
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/", "/nothing", "/v1/track", "/v1/projects/unknown/settings", "/%ff%00"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_every_other_request_gets_json_and_no_redirect(door: RunningDoor, path: str, method: str) -> None:
    reply = door.request(method, path, b"")
    assert reply.status in (404, 405)
    if method != "HEAD":
        assert (reply.json["success"], bool(reply.json["code"]), bool(reply.json["message"])) == (False, True, True)


def test_what_is_not_http_gets_json(door: RunningDoor) -> None:
    reply = door.send(b"HELLO\r\n\r\n")
    assert (reply.status, reply.json["code"]) == (400, "bad_request")


def test_good_events_are_accepted_and_bad_ones_kept_with_their_reason(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    deep = b'{"type":"track","event":"e","userId":"u","properties":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001
    events = [
        TRACK,
        b'{"type":"track","event":"\\ud800","userId":"u"}',
        b'{"type":"track","event":"\xff"}',
        deep,
        TRACK,
    ]
    body = b'{"batch":[' + b",".join(events) + b"]}"
    assert door.post("/v1/batch", body, KEY).body == SUCCESS
    (received,) = door.received(before)
    assert received.body == body
    assert [(one.index, one.code) for one in received.rejected] == [
        (1, "bad_request"),
        (2, "bad_request"),
        (3, "bad_request"),
    ]


def test_a_request_of_bad_events_only_is_refused_yet_kept(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    reply = door.post("/v1/track", b'{"event":"e"}', KEY)
    assert (reply.status, reply.json["code"]) == (400, "no_user_anon_id")
    (received,) = door.received(before)
    assert (received.body, received.rejected[0].code) == (b'{"event":"e"}', "no_user_anon_id")


def test_an_event_over_a_megabyte_loses_itself_only(door: RunningDoor) -> None:
    large = b'{"type":"track","event":"e","userId":"u","properties":{"a":"' + b"x" * (1 << 20) + b'"}}'
    before = door.log.bounds()[1]
    assert door.post("/v1/batch", b'{"batch":[' + TRACK + b"," + large + b"]}", KEY).body == SUCCESS
    assert [one.code for one in door.received(before)[0].rejected] == ["payload_too_large"]
    assert door.post("/v1/track", large, KEY).status == 413


def test_a_real_sdks_oversized_batch_is_taken(door: RunningDoor) -> None:
    event = TRACK[:-1] + b',"properties":{"a":"' + b"x" * 3300 + b'"}}'
    assert door.post("/v1/batch", b'{"batch":[' + b",".join([event] * 1000) + b"]}", KEY).body == SUCCESS


def test_a_body_over_eight_megabytes_is_refused_with_json(door: RunningDoor) -> None:
    reply = door.post("/v1/batch", b"", KEY, ("Content-Length", str(9 << 20)))
    assert (reply.status, reply.json["code"]) == (413, "payload_too_large")


def test_a_mixed_batch_is_divided_among_its_sources(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    keyed = [TRACK[:-1] + b',"writeKey":"%s"}' % key for key in (b"WK", b"WK_OTHER", b"unknown", b"WK")]
    body = b'{"batch":[' + b",".join(keyed) + b'],"sentAt":"now"}'
    assert door.post("/v1/b", body).body == SUCCESS
    shop, other = door.received(before)
    assert (shop.source, other.source) == ("shop", "other")
    assert msgspec.json.decode(shop.body) == {
        "batch": [msgspec.json.decode(keyed[index]) for index in (0, 2, 3)],
        "sentAt": "now",
    }
    assert [(one.index, one.code) for one in shop.rejected] == [(1, "unknown_source")]
    assert msgspec.json.decode(other.body) == {"batch": [msgspec.json.decode(keyed[1])], "sentAt": "now"}


def test_a_source_that_refuses_loses_its_own_events_of_a_mixed_batch_only(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    keyed = [TRACK[:-1] + b',"writeKey":"%s"}' % key for key in (b"WK_OFF", b"WK")]
    assert door.post("/v1/b", b'{"batch":[' + b",".join(keyed) + b"]}").body == SUCCESS
    (received,) = door.received(before)
    assert [(one.index, one.code) for one in received.rejected] == [(0, "source_disabled")]
    reply = door.post("/v1/b", b'{"batch":[' + keyed[0] + b"]}")
    assert (reply.status, reply.json["code"]) == (401, "source_disabled")


def test_a_damaged_event_is_kept_for_the_source_it_names(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    body = b'{"writeKey":"WK","event":"\\ud83d","userId":"u"}'
    assert door.post("/v1/t", body).json["code"] == "bad_request"
    (received,) = door.received(before)
    assert (received.source, received.body) == ("shop", body)


def test_a_preflight_is_answered_on_every_path(door: RunningDoor) -> None:
    asked = ("Access-Control-Request-Headers", "authorization,x-retry-count")
    for path in ("/v1/t", "/v1/m", "/token", "/v1/projects/WK/settings", "/nothing"):
        reply = door.request("OPTIONS", path, b"", ORIGIN, asked)
        assert reply.status == 204
        assert reply.headers["access-control-allow-origin"] == "https://shop.example"
        assert reply.headers["access-control-allow-headers"] == "authorization,x-retry-count"
        assert reply.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
        assert reply.headers["access-control-allow-credentials"] == "true"
        assert reply.headers["access-control-max-age"] == "7200"


@pytest.mark.parametrize(("path", "body"), [("/v1/t", TRACK), ("/v1/t", b"{}"), ("/nothing", b""), ("/v1/m", b"{}")])
def test_a_page_can_read_every_answer(door: RunningDoor, path: str, body: bytes) -> None:
    headers = door.post(path, body, KEY, ORIGIN).headers
    assert headers["access-control-allow-origin"] == "https://shop.example"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-expose-headers"] == "Retry-After, X-RateLimit-Reset"
    assert headers["vary"] == "Origin"


def test_a_page_that_is_not_allowed_is_told_so_in_a_readable_way(door: RunningDoor) -> None:
    evil = ("Origin", "https://evil.test")
    for headers, body in (([("X-Write-Key", "WK_CLOSED")], TRACK), ([], TRACK[:-1] + b',"writeKey":"WK_CLOSED"}')):
        reply = door.post("/v1/t", body, evil, *headers)
        assert (reply.status, reply.json["code"]) == (403, "origin_not_allowed")
        assert reply.headers["access-control-allow-origin"] == "https://evil.test"
    assert door.post("/v1/t", TRACK, ORIGIN, ("X-Write-Key", "WK_CLOSED")).status == 200


def test_a_quota_is_told_in_whole_seconds(door: RunningDoor) -> None:
    key = ("X-Write-Key", "WK_SLOW")
    assert door.post("/v1/batch", b'{"batch":[' + b",".join([TRACK] * 5) + b"]}", key).status == 200
    reply = door.post("/v1/track", TRACK, key)
    assert (reply.status, reply.json["code"]) == (429, "rate_limited")
    assert reply.headers["retry-after"] == reply.headers["x-ratelimit-reset"] in ("3", "4", "5")


def test_the_clients_own_metrics_are_thrown_away(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    assert door.post("/v1/m", b'{"series":[]}', ("Content-Type", "text/plain")).body == SUCCESS
    assert door.log.bounds()[1] == before


def test_the_record_says_what_only_the_request_knew(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    headers = [("User-Agent", "Mozilla/5.0"), ("Sec-GPC", "1"), ("AnonymousId", "YQ=="), ("SentAt", "now"), ORIGIN]
    started = time.time_ns() // 1_000_000
    door.post("/v1/track", TRACK, KEY, *headers)
    (received,) = door.received(before)
    assert started <= received.received_at <= time.time_ns() // 1_000_000
    assert received == Received(
        source="shop",
        environment="production",
        received_at=received.received_at,
        endpoint="track",
        client_side=True,  # a browser SDK that uses the servers' path
        body=TRACK,
        ip="127.0.0.1",
        user_agent="Mozilla/5.0",
        origin="https://shop.example",
        gpc=True,
        facts={"AnonymousId": "YQ==", "SentAt": "now"},
    )


def test_a_pixel_is_always_an_image_and_keeps_what_is_sound(door: RunningDoor) -> None:
    before = door.log.bounds()[1]
    for query in ("writeKey=WK&userId=u&event=Email+Opened", "data=!!!", "writeKey=unknown&userId=u&event=e", ""):
        reply = door.get(f"/v1/pixel/track?{query}")
        assert (reply.status, reply.headers["content-type"], len(reply.body)) == (200, "image/gif", GIF_BYTES)
        assert reply.headers["cache-control"].startswith("no-store")
    (received,) = door.received(before)
    assert (received.endpoint, received.client_side) == ("pixel", True)
    assert msgspec.json.decode(received.body)["event"] == "Email Opened"


def test_settings_point_clients_back_here(door: RunningDoor) -> None:
    reply = door.get("/v1/projects/WK/settings", ("Host", "events.example:8443"), ORIGIN)
    assert reply.json["integrations"] == {
        "Segment.io": {"apiKey": "WK", "apiHost": "events.example:8443/v1", "protocol": "http"}
    }
    assert reply.json["metrics"] == {"sampleRate": 0}
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    customerio = door.get("/customerio/v1/projects/WK/settings").json["integrations"]
    assert list(customerio) == ["Customer.io Data Pipelines"]
    assert door.get("/v1/projects/WK_OFF/settings").status == 404


def test_rudderstacks_configuration_points_its_clients_here(door: RunningDoor) -> None:
    config = door.get("/sourceConfig/?writeKey=WK", ("Host", "events.example")).json
    assert (config["source"]["enabled"], config["dataPlaneUrl"]) == (True, "http://events.example")


def test_a_host_header_that_is_no_host_is_refused(door: RunningDoor) -> None:
    assert door.get("/v1/projects/WK/settings", ("Host", '"><script>')).status == 400


def test_pages_of_the_composition_root_are_served(door: RunningDoor) -> None:
    assert door.get("/health").json == {"state": "ready"}


def test_requests_on_one_connection_are_answered_in_order(door: RunningDoor) -> None:
    one = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: Basic V0s6\r\nContent-Length: %d\r\n\r\n%s"
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as connection:
        connection.sendall(one % (len(TRACK), TRACK) + one % (2, b"{}"))
        data = b""
        while data.count(b"HTTP/1.1") < 2 or not data.endswith(b"}"):
            data += connection.recv(65536)
    assert data.index(b"200 OK") < data.index(b"400 Bad Request")


def test_a_new_revision_is_taken_over_without_a_restart(tmp_path: Path) -> None:
    with running_door(tmp_path, revision(1, shop=source("OLD"))) as door:
        assert door.post("/v1/track", TRACK, ("X-Write-Key", "NEW")).status == 401
        door.revisions.put(revision(2, shop=source("NEW")))
        deadline = time.monotonic() + 5
        while door.post("/v1/track", TRACK, ("X-Write-Key", "NEW")).status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert door.post("/v1/track", TRACK, ("X-Write-Key", "OLD")).status == 401


class BrokenLog(MemoryLog):
    def append(self, batch: Sequence[bytes], at: int) -> int:
        raise StorageError("no space left on device")


def test_a_log_that_cannot_be_written_is_a_503_and_nothing_is_claimed(tmp_path: Path) -> None:
    with running_door(tmp_path, revision(1, shop=source("WK")), log=BrokenLog()) as door:
        reply = door.post("/v1/batch", BATCH, KEY)
        assert (reply.status, reply.json["code"]) == (503, "storage")
        assert door.received() == []
        pixel = door.get("/v1/pixel/track?writeKey=WK&userId=u&event=e")
        assert (pixel.status, len(pixel.body)) == (200, GIF_BYTES)


def test_stopping_answers_what_is_in_flight(tmp_path: Path) -> None:
    class SlowLog(MemoryLog):
        entered, gate = threading.Event(), threading.Event()

        def append(self, batch: Sequence[bytes], at: int) -> int:
            self.entered.set()
            assert self.gate.wait(10)
            return super().append(batch, at)

    log, replies = SlowLog(), []
    with running_door(tmp_path, revision(1, shop=source("WK")), log=log) as door:
        client = threading.Thread(target=lambda: replies.append(door.post("/v1/batch", BATCH, KEY)))
        client.start()
        assert log.entered.wait(10)
        threading.Timer(0.2, log.gate.set).start()
    client.join()
    assert [reply.body for reply in replies] == [SUCCESS]
    assert log.bounds() == (1, 1)


def test_acknowledged_events_are_in_the_file(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "received.db", writer=True)
    with running_door(tmp_path, revision(1, shop=source("WK")), log=log) as door:
        assert door.post("/v1/batch", BATCH, KEY).body == SUCCESS
        reader = SqliteLog(tmp_path / "received.db", writer=False)
        assert msgspec.msgpack.decode(reader.read(0, 1)[0].data, type=Received).body == BATCH
        reader.close()
    log.close()


def test_behind_a_trusted_proxy_the_clients_own_facts_count(tmp_path: Path) -> None:
    settings = CollectSettings(trusted_proxies=(ip_network("127.0.0.0/8"),), country_header="cf-ipcountry")
    proxied = [
        ("X-Forwarded-For", "6.6.6.6, 198.51.100.7"),
        ("X-Forwarded-Host", "events.example"),
        ("X-Forwarded-Proto", "https"),
        ("CF-IPCountry", "DE"),
    ]
    with running_door(tmp_path, revision(1, shop=source("WK")), settings=settings) as door:
        door.post("/v1/track", TRACK, KEY, *proxied)
        (received,) = door.received()
        assert (received.ip, received.country) == ("198.51.100.7", "DE")
        entry = door.get("/v1/projects/WK/settings", *proxied).json["integrations"]["Segment.io"]
        assert (entry["apiHost"], entry["protocol"]) == ("events.example/v1", "https")


def test_a_configured_address_is_told_whatever_the_host_header_says(tmp_path: Path) -> None:
    settings = CollectSettings(public_url="https://events.example")
    with running_door(tmp_path, revision(1, shop=source("WK")), settings=settings) as door:
        entry = door.get("/v1/projects/WK/settings", ("Host", "evil.test")).json["integrations"]["Segment.io"]
        assert (entry["apiHost"], entry["protocol"]) == ("events.example/v1", "https")


def test_headers_without_end_are_refused(door: RunningDoor) -> None:
    reply = door.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000)
    assert (reply.status, reply.json["code"]) == (431, "headers_too_large")


def test_too_many_connections_are_refused_with_json(tmp_path: Path) -> None:
    settings = CollectSettings(connections_max=2)
    with running_door(tmp_path, revision(1, shop=source("WK")), settings=settings) as door:
        held = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(2)]
        for connection in held:  # the server has them once it has answered on them
            connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_reply(connection).status == 404
        with socket.create_connection(("127.0.0.1", door.port), timeout=10) as third:
            reply = read_reply(third)
        assert (reply.status, reply.json["code"]) == (503, "overloaded")
        for connection in held:
            connection.close()


@pytest.mark.parametrize("origin", ["null", "https://x\x01y", "\x7f", "https://" + "x" * 3000])
def test_an_odd_origin_is_reflected_only_where_a_header_can_hold_it(door: RunningDoor, origin: str) -> None:
    reply = door.post("/v1/t", TRACK, KEY, ("Origin", origin))
    assert reply.status in (200, 400)  # the parser refuses control characters by itself
    assert reply.headers.get("access-control-allow-origin") == (origin if origin == "null" else None)


def test_a_client_that_says_goodbye_is_let_go(door: RunningDoor) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as connection:
        request = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic V0s6\r\n"
        connection.sendall(request + b"Content-Length: %d\r\n\r\n%s" % (len(TRACK), TRACK))
        reply = read_reply(connection)
        assert (reply.body, reply.headers["connection"]) == (SUCCESS, "close")
        assert connection.recv(1) == b""


def test_an_old_protocol_is_answered_and_closed(door: RunningDoor) -> None:
    reply = door.send(b"GET /health HTTP/1.0\r\n\r\n")
    assert (reply.status, reply.json) == (200, {"state": "ready"})


def test_a_client_that_asks_first_is_told_to_go_on(door: RunningDoor) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as connection:
        head = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nAuthorization: Basic V0s6\r\n"
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(TRACK))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(TRACK)
        assert read_reply(connection).body == SUCCESS
