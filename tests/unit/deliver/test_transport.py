"""The transport against a real server on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from trackyard.kit.request import Response
from trackyard.pipeline.deliver.transport import HttpTransport, NoResponse, Wire

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOCAL = frozenset({"127.0.0.1"})


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def post(url: str, body: bytes = b"{}") -> Wire:
    return Wire("POST", url, {"content-type": "application/json"}, body)


async def sent(wire: Wire, hosts: frozenset[str] = LOCAL, seconds: float = 5) -> Response | NoResponse:
    transport = HttpTransport(hosts)
    try:
        return await transport.send(wire, seconds)
    finally:
        await transport.close()


def answer_of(handler: Handler, seconds: float = 5) -> Response | NoResponse:
    async def story() -> Response | NoResponse:
        async with serving(handler) as url:
            return await sent(post(f"{url}/in?token=secret-in-query"), seconds=seconds)

    return asyncio.run(story())


async def fine(request: web.Request) -> web.StreamResponse:
    return web.json_response({"got": (await request.read()).decode()}, headers={"X-Odd": "1"})


def test_a_request_arrives_and_its_answer_comes_back() -> None:
    answer = answer_of(fine)
    assert isinstance(answer, Response)
    assert (answer.status, answer.json(), answer.headers["x-odd"]) == (200, {"got": "{}"}, "1")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def away(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/elsewhere")

    answer = answer_of(away)
    assert isinstance(answer, Response)
    assert answer.status == 302


def test_a_body_that_breaks_off_is_no_answer_and_names_no_path() -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return response

    answer = answer_of(half)
    assert isinstance(answer, NoResponse)
    assert answer.may_have_arrived
    assert "secret-in-query" not in answer.reason


def test_silence_is_no_answer_after_the_timeout() -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    answer = answer_of(silent, seconds=0.2)
    assert answer == NoResponse("no answer from 127.0.0.1 in time", may_have_arrived=True)


def test_an_endless_answer_is_cut() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    answer = answer_of(endless)
    assert isinstance(answer, Response)
    assert len(answer.body) == 1_000_000


def test_nobody_listening_means_it_has_not_arrived() -> None:
    answer = asyncio.run(sent(post("http://127.0.0.1:9/in")))
    assert isinstance(answer, NoResponse)
    assert not answer.may_have_arrived


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://0.0.0.0/",
        "http://[fd00:ec2::254]/",
        "http://127.1/",
        "http://2130706433/",
        "http://localhost/",
        "file:///etc/passwd",
        "http://user:pass@example.com/",
    ],
)
def test_addresses_that_are_not_public_are_refused(url: str) -> None:
    answer = asyncio.run(sent(post(url), hosts=frozenset()))
    assert isinstance(answer, NoResponse)
    assert not answer.may_have_arrived
    assert "not a public address" in answer.reason or "URL" in answer.reason


class Lying(AbstractResolver):
    """A name that leads to a private address."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [{"hostname": host, "host": "10.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        pass


def test_a_public_name_that_leads_to_a_private_address_is_refused() -> None:
    async def story() -> Response | NoResponse:
        transport = HttpTransport(resolver=Lying())
        try:
            return await transport.send(post("http://innocent.example/"), 5)
        finally:
            await transport.close()

    answer = asyncio.run(story())
    assert isinstance(answer, NoResponse)
    assert "not a public address" in answer.reason


def test_a_host_that_is_no_longer_allowed_is_refused_although_its_connection_is_open() -> None:
    async def story() -> tuple[Response | NoResponse, Response | NoResponse]:
        async with serving(fine) as url:
            transport = HttpTransport(LOCAL)
            first = await transport.send(post(url), 5)
            await transport.allow(frozenset())
            second = await transport.send(post(url), 5)
            await transport.close()
            return first, second

    first, second = asyncio.run(story())
    assert isinstance(first, Response)
    assert isinstance(second, NoResponse)


def test_in_a_rehearsal_nothing_leaves_but_to_the_sandbox() -> None:
    asked: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        asked.append(request.raw_path)
        return web.json_response({})

    class Nowhere(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
            raise AssertionError(f"{host} was looked up")

        async def close(self) -> None: ...

    async def story() -> None:
        async with serving(note) as url:
            transport = HttpTransport(LOCAL, Nowhere(), rehearse_at=url)
            for address in ("https://graph.facebook.com/v26.0/1/events", "http://shop.example:8443/in?a=b%20c"):
                answer = await transport.send(post(address), 5)
                assert isinstance(answer, Response) and answer.status == 200
            await transport.close()

    asyncio.run(story())
    assert asked == ["/graph.facebook.com/v26.0/1/events", "/shop.example:8443/in?a=b%20c"]


def test_a_rehearsal_reaches_a_sandbox_by_name_and_no_host_that_the_workspace_allows() -> None:
    looked_up: list[str] = []

    class Local(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
            looked_up.append(host)
            return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

        async def close(self) -> None: ...

    async def story() -> Response | NoResponse:
        async with serving(fine) as url:
            at = url.replace("127.0.0.1", "sandbox.internal")
            transport = HttpTransport(frozenset({"inside.example"}), Local(), rehearse_at=at)
            try:
                return await transport.send(post("https://inside.example/in"), 5)
            finally:
                await transport.close()

    answer = asyncio.run(story())
    assert isinstance(answer, Response) and looked_up == ["sandbox.internal"]
