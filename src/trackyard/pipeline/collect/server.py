"""The collect role: serves the door, makes events durable, follows revisions, until it is told to stop."""

import asyncio
import contextlib
import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

import structlog
import uvicorn

from trackyard.log.doorbell import Doorbell
from trackyard.log.protocol import Log
from trackyard.model.errors import StorageError
from trackyard.pipeline.collect.admission import Admission
from trackyard.pipeline.collect.appender import Appender
from trackyard.pipeline.collect.browser import BrowserSide
from trackyard.pipeline.collect.connection import Connection
from trackyard.pipeline.collect.door import Door, Page
from trackyard.pipeline.collect.facts import HeaderReader
from trackyard.pipeline.collect.housekeeping import Housekeeping
from trackyard.pipeline.collect.intake import Intake
from trackyard.pipeline.collect.keys import Keys
from trackyard.pipeline.collect.listening import BACKLOG
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.pipeline.collect.tokens import Tokens
from trackyard.store.revisions import Revisions
from trackyard.store.space import DiskSpace

REVISION_POLL_SECONDS = 0.5
SWEEP_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 75  # longer than load balancers keep theirs (60 s), so that they are the ones to close
STOP_SECONDS = 10  # what requests in flight get to finish
# The thread that commits gets the interpreter back this fast after an fsync. With Python's own 5 ms the p99 of single
# posts was 34 ms instead of 10, and a sixth fewer were answered.
SWITCH_SECONDS = 0.0002

log = structlog.get_logger()


async def serve(
    sockets: Sequence[socket.socket],
    received: Log,
    revisions: Revisions,
    settings: CollectSettings,
    *,
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    doorbell: Doorbell | None = None,
    pages: Mapping[str, Page] | None = None,
    space: DiskSpace | None = None,
    decided: Callable[[], int] = lambda: 0,
) -> None:
    """Serve on `sockets` until `stop` is set; then finish what is in flight and return.

    `ready` is called once events are accepted. Every commit rings `doorbell`. `pages` are further documents by path.
    Nothing is accepted while `space` is short; records up to offset `decided` are given up past retention.
    The caller opens and closes `received`, of which this is the one writer.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    headers = HeaderReader(settings)
    keys = await asyncio.to_thread(_current_keys, revisions)
    appender = Appender(received, doorbell.ring if doorbell else lambda: None, stop.set)
    tokens = Tokens(settings.token_secret or secrets.token_bytes())
    intake = Intake(keys, headers, appender, Admission(tokens))
    door = Door(intake, headers, BrowserSide(settings, headers), tokens, pages or {})
    server = _Server(_config(door, settings), ready)
    follower = asyncio.create_task(_follow(revisions, intake))
    sweeper = asyncio.create_task(_sweep(server, door))
    stopper = asyncio.create_task(_stop(server, stop))
    tasks = [follower, sweeper, stopper]
    if space is not None:
        tasks.append(asyncio.create_task(Housekeeping(appender, revisions, space, decided).run()))
    try:
        await server.serve(list(sockets))
    finally:
        for task in tasks:
            task.cancel()
        await appender.close()
        door.report()


class _Server(uvicorn.Server):
    """uvicorn's server, with signals left to the composition root."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(door: Door, settings: CollectSettings) -> uvicorn.Config:
    config = uvicorn.Config(
        door,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    config.connections_max = settings.connections_max  # type: ignore[attr-defined]
    return config


def _current_keys(revisions: Revisions) -> Keys:
    return Keys(revisions.current())


async def _follow(revisions: Revisions, intake: Intake) -> None:
    """Take over each new revision within a second. One that cannot be read changes nothing."""
    while True:
        await asyncio.sleep(REVISION_POLL_SECONDS)
        try:
            if await asyncio.to_thread(revisions.current_number) != intake.keys.number:
                intake.keys = await asyncio.to_thread(_current_keys, revisions)
        except (StorageError, OSError, ValueError) as error:
            log.error("collect.revision_unreadable", error=str(error), in_force=intake.keys.number)


async def _sweep(server: _Server, door: Door) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        door.report()
        now = loop.time()
        for connection in list(server.server_state.connections):
            if isinstance(connection, Connection):
                connection.close_if_late(now)


async def _stop(server: _Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
