"""The sandbox's server over real sockets: keep-alive, order, latency and broken answers."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from click.testing import CliRunner

from trackyard.cli.commands.sandbox import command
from trackyard.sandbox.book import Book
from trackyard.sandbox.partners import find_partners
from trackyard.sandbox.script import Rule, Script, When
from trackyard.sandbox.server import Sandbox, address, start

Talk = Callable[[aiohttp.ClientSession, str], Awaitable[None]]


def run(talk: Talk, *rules: Rule) -> Sandbox:
    box = Sandbox(find_partners(), Book(), Script(rules))

    async def serve_and_talk() -> None:
        server = await start(box, "127.0.0.1", 0)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            await talk(session, address(server))
        server.close()

    asyncio.run(serve_and_talk())
    return box


def test_requests_on_one_connection_are_answered_in_order() -> None:
    async def talk(session: aiohttp.ClientSession, url: str) -> None:
        reader, writer = await asyncio.open_connection(url[7:].split(":")[0], int(url.rsplit(":", 1)[1]))
        one = b"POST /webhook/x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
        two = b"POST /slack/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{}  \r\n0\r\n\r\n"
        writer.write(one + two)
        answer = await reader.readuntil(b"no_text")
        assert answer.index(b"200 OK") < answer.index(b"400 Bad Request")
        writer.close()

    run(talk, Rule(When(destination="webhook"), latency_seconds=0.05))


@pytest.mark.parametrize("fault", ["refuse", "reset", "garbage", "half_body"])
def test_a_fault_breaks_the_answer_and_the_next_request_works(fault: str) -> None:
    async def talk(session: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(aiohttp.ClientError):
            async with session.post(f"{url}/webhook/x", json={"messageId": "1"}) as response:
                await response.read()
        async with session.post(f"{url}/webhook/x", json={"messageId": "1"}) as response:
            assert response.status == 200

    box = run(talk, Rule(When(requests=(1, 1)), fault=fault))  # type: ignore[arg-type]
    assert box.book.summary()["rows"] == 1


def test_a_hanging_request_is_left_without_an_answer() -> None:
    async def talk(session: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await session.post(f"{url}/webhook/x", data=b"{}", timeout=aiohttp.ClientTimeout(total=0.2))

    run(talk, Rule(fault="hang"))


def test_latency_is_waited_out_before_the_answer() -> None:
    async def talk(session: aiohttp.ClientSession, url: str) -> None:
        started = asyncio.get_running_loop().time()
        await session.post(f"{url}/webhook/x", data=b"{}")
        assert asyncio.get_running_loop().time() - started >= 0.1

    run(talk, Rule(latency_seconds=0.1))


def test_a_busy_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = CliRunner().invoke(command, ["--port", str(taken.getsockname()[1])])
    assert ran.exit_code == 1 and "choose another --port" in ran.output
