"""A connection whose client does not get on is closed; one that waits for us is not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from uvicorn.server import ServerState

from trackyard.pipeline.collect.connection import BODY_SECONDS, HEAD_SECONDS, REQUEST_BYTES_MAX, Connection

HEAD = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


class Wire(asyncio.Transport):
    """A transport that only notes whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: object) -> None:
        if self.closed:
            raise RuntimeError("unable to perform operation: the handler is closed")  # as uvloop does

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default


def closed_after(seconds: float, send: Callable[[Connection], None]) -> bool:
    async def run() -> bool:
        async def never(scope: object, receive: object, send: object) -> None:
            await asyncio.Event().wait()

        config = uvicorn.Config(never, lifespan="off", log_config=None)  # type: ignore[arg-type]
        config.connections_max = 10  # type: ignore[attr-defined]
        connection = Connection(config, ServerState(), {})
        wire = Wire()
        connection.connection_made(wire)
        send(connection)
        connection.close_if_late(asyncio.get_running_loop().time() + seconds)
        for task in connection.tasks:
            task.cancel()
        return wire.closed

    return asyncio.run(run())


def test_a_client_that_says_nothing_is_closed() -> None:
    assert closed_after(HEAD_SECONDS + 1, lambda connection: None)
    assert not closed_after(HEAD_SECONDS - 1, lambda connection: None)


def test_a_client_that_drips_its_headers_is_closed() -> None:
    assert closed_after(HEAD_SECONDS + 1, lambda connection: connection.data_received(HEAD[:30]))


def test_a_client_that_drips_its_body_is_closed_later() -> None:
    assert not closed_after(HEAD_SECONDS + 1, lambda connection: connection.data_received(HEAD + b"ab"))
    assert closed_after(BODY_SECONDS + 1, lambda connection: connection.data_received(HEAD + b"ab"))


def test_a_request_without_end_is_cut() -> None:
    def flood(connection: Connection) -> None:
        connection.data_received(HEAD.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"0\r\n")
        trailer = b"X: %s\r\n" % (b"x" * 100_000)
        for _ in range(REQUEST_BYTES_MAX // len(trailer) + 1):
            assert connection.headers == []
            connection.data_received(trailer)

    assert closed_after(0, flood)


def test_many_requests_in_one_piece_are_no_large_head() -> None:
    assert not closed_after(0, lambda connection: connection.data_received((HEAD + b"abcd") * 1500 + HEAD[:30]))


def test_a_head_without_end_is_cut() -> None:
    def flood(connection: Connection) -> None:
        connection.data_received(HEAD[:25])
        for _ in range(3):
            connection.data_received(b"X: %s\r\n" % (b"x" * 30_000))

    assert closed_after(0, flood)


def test_an_answer_to_a_client_that_has_gone_is_dropped_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        gone = asyncio.Event()

        async def late(scope: object, receive: object, send: Callable[[object], Awaitable[None]]) -> None:
            await gone.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

        config = uvicorn.Config(late, lifespan="off", log_config=None)  # type: ignore[arg-type]
        config.connections_max = 10  # type: ignore[attr-defined]
        connection, wire = Connection(config, ServerState(), {}), Wire()
        connection.connection_made(wire)
        connection.data_received(HEAD + b"abcd")
        wire.close()
        gone.set()
        await asyncio.gather(*connection.tasks)

    asyncio.run(run())
    assert caplog.records == []


def test_an_offer_of_http_2_costs_no_body() -> None:
    async def run() -> list[bytes]:
        bodies = []

        async def app(
            scope: object,
            receive: Callable[[], Awaitable[dict[str, bytes]]],
            send: Callable[[object], Awaitable[None]],
        ) -> None:
            bodies.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})

        config = uvicorn.Config(app, lifespan="off", log_config=None)  # type: ignore[arg-type]
        config.connections_max = 10  # type: ignore[attr-defined]
        connection = Connection(config, ServerState(), {})
        connection.connection_made(Wire())
        offer = b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAE\r\n\r\n"
        for _ in range(2):
            connection.data_received(HEAD.replace(b"\r\n\r\n", offer) + b"abcd")
            await asyncio.gather(*connection.tasks)
        return bodies

    assert asyncio.run(run()) == [b"abcd", b"abcd"]


def test_a_client_that_waits_for_our_answer_is_left_alone() -> None:
    assert not closed_after(BODY_SECONDS * 10, lambda connection: connection.data_received(HEAD + b"abcd"))
