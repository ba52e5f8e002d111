"""The deliver role: one lane per connection. The one writer of deliveries and ledger."""

import asyncio
import os
from typing import Any

import structlog
import uvloop

from trackyard.app.role import Surroundings, as_asyncio, patiently, report
from trackyard.destinations import catalogue
from trackyard.log.doorbell import Listener
from trackyard.pipeline.deliver.engine import Deliverer
from trackyard.pipeline.deliver.ledger import SegmentLedger
from trackyard.pipeline.deliver.shadow import ShadowFiles
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.inbox import Inbox
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.sqlite_state import SqliteState
from trackyard.store.tokens import TokenFiles


def run(around: Surroundings) -> None:
    """Deliver until told to stop."""
    uvloop.run(_deliver(around))


async def _deliver(around: Surroundings) -> None:
    directory = around.directory
    if around.rehearse_at:
        structlog.get_logger().warning("rehearsing", every_delivery_goes_to=around.rehearse_at)
    deliveries = await asyncio.to_thread(patiently, lambda: SqliteDeliveries(directory.deliveries, writer=True))
    events = await asyncio.to_thread(patiently, lambda: SqliteState(directory.state, writer=False))
    listener = Listener(directory.doorbell("deliver"))
    deliverer = Deliverer(
        events.events,
        deliveries,
        SegmentLedger(directory.ledger),
        Revisions(directory.revisions),
        catalogue(),
        HttpTransport(rehearse_at=around.rehearse_at),
        ShadowFiles(directory.shadow),
        Secrets(directory.secrets, os.environ),
        inbox=Inbox(directory.inbox("deliver")),
        tokens=TokenFiles(directory.tokens, directory.tokens_key),
    )
    report(around, lambda: ("delivering", {"lanes": _lanes(deliverer)}))
    await deliverer.run(as_asyncio(around.stop), listener)
    listener.close()
    events.close()
    deliveries.close()


def _lanes(deliverer: Deliverer) -> list[dict[str, Any]]:
    """Each lane in a few words."""
    return [
        {
            "connection": name,
            "position": lane.books.position,
            "state": lane.breaker.state,
            "reason": lane.breaker.reason,
        }
        for name, lane in deliverer.lanes.items()
    ]
