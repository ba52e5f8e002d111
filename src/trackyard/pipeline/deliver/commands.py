"""What people may ask of a running deliver process, and how it obeys. Doing any of it twice does no harm."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from trackyard.pipeline.deliver.lane import Lane, Surroundings
from trackyard.store.deliveries import DEAD_LETTERS_MAX, Dead, Deliveries, Parked, Settlement
from trackyard.store.inbox import Inbox


class Which(msgspec.Struct, kw_only=True):
    """Dead letters: of a connection, all or only some message ids."""

    connection: str
    message_ids: list[str] = []


class RetryDead(Which, tag="retry"):
    """Send them again, by the subscription as it is now."""


class DiscardDead(Which, tag="discard"):
    """Forget them."""


class AdoptDead(msgspec.Struct, tag="adopt"):
    """Dead letters of a replay that has ended."""

    connection: str
    dead: list[Dead]


class Obeyed(msgspec.Struct):
    """What came of a command."""

    rows: int
    problem: str = ""


Command = RetryDead | DiscardDead | AdoptDead
Offload = Callable[[Callable[[], Any]], Awaitable[Any]]


async def obey(
    inbox: Inbox, lanes: Mapping[str, Lane], deliveries: Deliveries, around: Surroundings, offload: Offload
) -> None:
    """Obey what waits; each is answered once its effect is on disk."""
    for name, data in inbox.waiting():
        try:
            command = msgspec.json.decode(data, type=Command)
        except msgspec.DecodeError:
            inbox.answer(name, msgspec.json.encode(Obeyed(0, "not a command this version knows")))
            continue
        done = await _obeyed(command, lanes, deliveries, around, offload)
        inbox.answer(name, msgspec.json.encode(done))


async def _obeyed(
    command: Command, lanes: Mapping[str, Lane], deliveries: Deliveries, around: Surroundings, offload: Offload
) -> Obeyed:
    lane = lanes.get(command.connection)
    if isinstance(command, AdoptDead):
        return await _settled(command.connection, deliveries, offload, dead=command.dead)
    letters: Sequence[Dead] = await offload(lambda: deliveries.dead(command.connection, DEAD_LETTERS_MAX))
    wanted = [dead for dead in letters if not command.message_ids or dead.message_id in command.message_ids]
    if isinstance(command, DiscardDead):
        keys = [(dead.offset, dead.subscription) for dead in wanted]
        return await _settled(command.connection, deliveries, offload, revive=keys)
    if lane is None:
        return Obeyed(0, f"connection {command.connection} is no more; discard its dead letters")
    revived = [(dead, parked) for dead in wanted if (parked := _revived(dead, lane, around)) is not None]
    lane.revive(revived)
    await around.settler.written()
    lost = len(wanted) - len(revived)
    return Obeyed(len(revived), f"{lost} have no subscription any more; discard them" if lost else "")


def _revived(dead: Dead, lane: Lane, around: Surroundings) -> Parked | None:
    """The row to try at once, under the current revision's subscription of the same name."""
    current = around.config.current
    if current is None or any(around.config.fault(number, lane.name) for number in (dead.revision, current.number)):
        return None
    before, now = around.config.plan(dead.revision, lane.name), around.config.plan(current.number, lane.name)
    name = next((s.name for s in before.subscriptions if s.index == dead.subscription), None) if before else None
    same = next((s for s in now.subscriptions if s.name == name), None) if now else None
    if same is None:
        return None
    at = int(around.clock.now() * 1000)
    return Parked(
        connection=lane.name,
        offset=dead.offset,
        subscription=same.index,
        revision=current.number,
        message_id=dead.message_id,
        person=dead.person,
        attempts=0,
        first_at=at,
        next_at=at,
        reason=f"asked for; was: {dead.reason}",
    )


async def _settled(connection: str, deliveries: Deliveries, offload: Offload, **what: Any) -> Obeyed:
    """Written past the lane, whose position it does not touch; also for connections that have none any more."""

    def write() -> int:
        lane = next((lane for lane in deliveries.lanes() if lane.connection == connection), None)
        if lane is None:
            return 0
        deliveries.settle([Settlement(lane=lane, **what)])
        return sum(len(rows) for rows in what.values())

    return Obeyed(await offload(write))
