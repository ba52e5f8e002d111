"""A lane's books: which rows are open, which are done, and what of that is not yet on disk."""

from collections.abc import Collection, Iterable, Sequence

from trackyard.pipeline.deliver.chunks import ChunkView, id_of
from trackyard.pipeline.deliver.delivered import DeliveredIds
from trackyard.pipeline.deliver.ledger import Refused, refusal_line
from trackyard.pipeline.deliver.row import Row
from trackyard.store.deliveries import Dead, Lane, LaneState, Parked, RowKey, Settlement

AHEAD_ROWS_MAX = 20_000  # rows done beyond the oldest open one; at the bound the lane reads no further


class Books:
    """Plain book-keeping in memory: no clock, no task, no disk."""

    def __init__(self, lane: Lane, delivered: DeliveredIds | None = None) -> None:
        self.lane = lane
        self.delivered = delivered or DeliveredIds()
        self.scanned = lane.position  # events up to here have been looked at
        self._skip = set(lane.ahead)  # done before a restart, beyond the position
        self._ahead = set(lane.ahead)
        self._open: dict[int, int] = {}  # offset -> open rows
        self._views: dict[int, ChunkView] = {}  # the chunks that open rows are of
        self._fresh()

    def _fresh(self) -> None:
        self.lines: list[bytes] = []
        self.in_doubt = 0  # rows sent or being sent whose outcome this settlement makes durable
        self._ids: list[bytes] = []
        self._park: list[Parked] = []
        self._unpark: list[RowKey] = []
        self._dead: list[Dead] = []
        self._revive: list[RowKey] = []
        self._refused: dict[tuple[str, str, int, str, str], list[Refused]] = {}

    def already_done(self, offset: int, subscription: int) -> bool:
        """Whether the row was settled before the position got there."""
        return bool(self._skip) and (offset, subscription) in self._skip

    def open(self, row: Row) -> None:
        """`row` is on its way: the position stays below it until it is closed."""
        self._views[row.view.first] = row.view
        self._open[row.offset] = self._open.get(row.offset, 0) + 1

    def close(self, rows: Iterable[Row]) -> None:
        """These rows need nothing more from the log."""
        for row in rows:
            if row.parked is not None:
                self._unpark.append(row.key)
                continue
            left = self._open[row.offset] - 1
            if left:
                self._open[row.offset] = left
            else:
                del self._open[row.offset]
            self._ahead.add(row.key)

    def on_its_way(self, id_: bytes) -> bool:
        """Whether a row of this message id is open."""
        return any(
            view.first + index in self._open
            for view in self._views.values()
            if (index := view.index_of(id_)) is not None
        )

    def sent(self, rows: Sequence[Row]) -> None:
        """The destination has these rows: no twin of theirs is to be sent again."""
        ids = b"".join([row.view.id(row.index) for row in rows])
        self._ids.append(ids)
        self.delivered.add(ids)
        self.close(rows)

    def park(self, row: Row, parked: Parked) -> None:
        """`row` waits elsewhere from now on."""
        self.close([row])
        if row.parked is not None:
            self._unpark.pop()  # it is replaced, not removed
        self._park.append(parked)

    def bury(self, row: Row, dead: Dead) -> None:
        """`row` is a dead letter."""
        self.close([row])
        self._dead.append(dead)

    def bury_unmade(self, dead: Dead) -> None:
        """An event that gave no row at all."""
        self._dead.append(dead)

    def revive(self, dead: Dead, parked: Parked) -> None:
        """A dead letter is tried again."""
        self._revive.append((dead.offset, dead.subscription))
        self._park.append(parked)

    def record(self, line: bytes) -> None:
        """A line for the ledger."""
        self.lines.append(line)

    def refuse(self, why: tuple[str, str, int, str, str], view: ChunkView, index: int) -> None:
        """An event that gives no row: (subscription, action, revision, outcome, reason)."""
        decided = view.chunk.events[index]
        refused = (
            decided.message_id,
            view.first + index,
            view.decided_at,
            view.decided_at - decided.received_at,
        )
        self._refused.setdefault(why, []).append(refused)

    def look_at(self, offset: int) -> None:
        """Every event up to `offset` has been looked at and its rows opened."""
        self.scanned = offset

    def state(self, state: LaneState, now: float, reason: str = "", next_try: float = 0) -> bool:
        """How the lane is now; True where that is news, to be written with the next settlement."""
        lane, next_ms = self.lane, int(next_try * 1000)
        if (lane.state, lane.reason, lane.next_try) == (state, reason, next_ms):
            return False
        if lane.state != state:
            lane.since = int(now * 1000)
        lane.state, lane.reason, lane.next_try = state, reason, next_ms
        return True

    def confirm(self, rows: Collection[Parked]) -> None:
        """The destination has processed these accepted rows."""
        ids = b"".join([id_of(parked.message_id) for parked in rows])
        self._ids.append(ids)
        self.delivered.add(ids)
        self._unpark += [parked.key for parked in rows]

    def park_again(self, parked: Parked) -> None:
        """A parked row waits for something else now."""
        self._park.append(parked)

    def unpark(self, parked: Parked, dead: Dead | None) -> None:
        """A waiting row from which nothing can be made any more."""
        self._unpark.append(parked.key)
        if dead is not None:
            self._dead.append(dead)

    @property
    def position(self) -> int:
        """Every event up to here is settled."""
        return min(self._open) - 1 if self._open else self.scanned

    @property
    def refused(self) -> int:
        """How many events gave no row, of those not taken yet."""
        return sum(len(events) for events in self._refused.values())

    @property
    def full(self) -> bool:
        """Whether too much is done beyond the oldest open row to go on."""
        return len(self._ahead) > AHEAD_ROWS_MAX and bool(self._open)

    def take(self) -> tuple[Settlement, list[bytes], int]:
        """All that is finished and not on disk yet: the settlement, its ledger lines, and how many rows it covers."""
        position = self.position
        self._views = {first: view for first, view in self._views.items() if view.last > position}
        self._ahead = {key for key in self._ahead if key[0] > position} if self._open else set()
        lane = Lane(
            connection=self.lane.connection,
            position=position,
            ahead=sorted(self._ahead),
            state=self.lane.state,
            since=self.lane.since,
            reason=self.lane.reason,
            next_try=self.lane.next_try,
        )
        settlement = Settlement(
            lane=lane,
            settled_ids=b"".join(self._ids),
            park=self._park,
            unpark=self._unpark,
            dead=self._dead,
            revive=self._revive,
        )
        taken = settlement, self.lines + self._refused_lines(), self.in_doubt
        self._fresh()
        return taken

    def _refused_lines(self) -> list[bytes]:
        return [refusal_line(self.lane.connection, why, refused) for why, refused in self._refused.items()]
