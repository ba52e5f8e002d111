"""Lanes as a whole: what is sent, what is not, and what is kept about it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from tests.unit.deliver.world import World, webhook, workspace


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_every_event_reaches_the_webhook_once_and_in_batches() -> None:
    async def story() -> None:
        world = World(workspace(hook=webhook(100)))
        ids = world.track(250) + world.track(30)
        world.start()
        await world.clock.run_until(lambda: len(world.sink.taken) == 280)
        await world.end()
        assert sorted(world.sink.ids) == sorted(ids)
        assert max(len(entry.message_id) for entry in world.ledger.entries) == 100
        assert world.deliveries.lanes()[0].position == 280

    run(story())
