"""Which message ids were seen within the window, on which channels, and what the person refused with them.

An id is 16 bytes: 15 of a hash and one for the channel or the refusal, so one look answers for all of them. In memory
the ids lie in buckets of a part of the window, each a few sorted runs behind a bloom filter; the state keeps the same
ids durably, and memory is built again from it at start. What a batch adds counts for the next batch only after `keep`.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import IO, get_args

import numpy as np
import numpy.typing as npt

from trackyard.model.workspace import Purpose

Words = npt.NDArray[np.uint64]

GPC = "gpc"
CHANNELS = ("browser", "server", "mobile", "mirror", "import")  # the order is stored: only ever add at the end
REFUSALS_FROM = 32
CHANNEL_BITS = (1 << REFUSALS_FROM) - 1
REFUSALS: tuple[str, ...] = (*get_args(Purpose), GPC)  # the order is stored, too
REFUSAL_BITS = {refusal: 1 << (REFUSALS_FROM + place) for place, refusal in enumerate(REFUSALS)}
BUCKETS = 24  # per window: a bucket is forgotten whole, so an id lives up to a 24th longer than the window
YOUNG_IDS_MAX = 32_768  # kept in a dictionary before they become a sorted run
MERGED_IDS_MAX = 4_000_000  # merging larger runs would hold the engine for longer than half a second
MAPPED_IDS_MIN = 1_000_000  # runs of this size lie in an unnamed temporary file, which the system may page out
BLOOM_BITS_PER_ID = 16  # with four bits in one word: about one false alarm in 100
HASH_BYTES = 15
CHANNEL_SHIFT = np.uint64(56)
HASH_MASK = np.uint64((1 << 56) - 1)


def id_of(environment: str, message_id: str, channel: str) -> bytes:
    """The 16 bytes that stand for a message id on a channel. Environments share nothing."""
    digest = hashlib.blake2b(f"{environment}\0{message_id}".encode(errors="surrogatepass"), digest_size=HASH_BYTES)
    return digest.digest() + CHANNEL_BYTES[channel]


def refusals_among(ids: bytes) -> bytes:
    """Of joined ids, those that note a refusal."""
    return b"".join(ids[at : at + 16] for at in range(0, len(ids), 16) if ids[at + HASH_BYTES] >= REFUSALS_FROM)


CHANNEL_BYTES = {channel: bytes([code]) for code, channel in enumerate(CHANNELS)}


class Seen:
    """The ids of the last `window` ms. Times given to it never go back."""

    def __init__(self, window_milliseconds: int, rows: Iterable[tuple[int, bytes]] = ()) -> None:
        self.window = window_milliseconds
        self._bucket_milliseconds = max(1, window_milliseconds // BUCKETS)
        self._buckets: dict[int, _Bucket] = {}
        self._fresh: dict[bytes, int] = {}
        self._added: list[bytes] = []
        for number, group in groupby(rows, key=lambda row: row[0] // self._bucket_milliseconds):
            self._bucket(number).load(b"".join(ids for _, ids in group))

    def channels_of(self, ids: Sequence[bytes], at: int) -> list[int]:
        """For each id, a bit per channel on which its message was seen before, also earlier in this batch.

        Above them stand the bits of `REFUSAL_BITS` that `refuse` has noted for the message. The ids count as seen in
        this batch at once, and for later batches after `keep`.
        """
        self._forget_before(at - self.window)
        before = self._known(ids)
        for place, one in enumerate(ids):
            key, bit = one[:HASH_BYTES], 1 << one[HASH_BYTES]
            known = before[place] = before[place] | self._fresh.get(key, 0)
            if not known & bit:
                self._fresh[key] = known | bit
                self._added.append(one)
        return before

    def refuse(self, one: bytes, refused: int) -> int:
        """Note bits of `REFUSAL_BITS` for the message of `one`; returns all that are noted for it in this batch."""
        key = one[:HASH_BYTES]
        known = self._fresh.get(key, 0)
        for code in _bits(refused & ~known):
            self._added.append(key + bytes([code]))
        self._fresh[key] = known | refused
        return (known | refused) & ~CHANNEL_BITS

    def added(self) -> bytes:
        """The ids that this batch has seen first, to be stored with it."""
        return b"".join(self._added)

    def keep(self, at: int) -> None:
        """The batch is durable: what it added is seen from now on."""
        if self._added:
            self._bucket(at // self._bucket_milliseconds).add(self._added)
        self.drop()

    def drop(self) -> None:
        """The batch was not stored: forget what it added."""
        self._fresh = {}
        self._added = []

    def useless_before(self, at: int) -> int:
        """Ids stored before this time no longer count at time `at`."""
        return (at - self.window) // self._bucket_milliseconds * self._bucket_milliseconds

    def __len__(self) -> int:
        return sum(len(bucket) for bucket in self._buckets.values())

    def _known(self, ids: Sequence[bytes]) -> list[int]:
        known = [0] * len(ids)
        if not ids:
            return known
        words = np.frombuffer(b"".join(ids), dtype="<u8").reshape(-1, 2)
        high, low = words[:, 0].copy(), words[:, 1].copy()
        pattern = _pattern(low)
        for bucket in self._buckets.values():
            bucket.look_up(ids, high, low, pattern, known)
        return known

    def _bucket(self, number: int) -> "_Bucket":
        if number not in self._buckets:
            for bucket in self._buckets.values():
                bucket.close()
            self._buckets[number] = _Bucket()
        return self._buckets[number]

    def _forget_before(self, at: int) -> None:
        oldest = at // self._bucket_milliseconds
        for number in [number for number in self._buckets if number < oldest]:
            del self._buckets[number]


class _Bucket:
    """The ids of one stretch of time: the youngest in a dictionary, the others in runs."""

    def __init__(self) -> None:
        self._young: dict[bytes, int] = {}
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        return len(self._young) + sum(len(run.high) for run in self._runs)

    def load(self, ids: bytes) -> None:
        """Take many ids at once."""
        if ids:
            self._runs.append(_Run(*_sorted(ids)))

    def add(self, ids: Sequence[bytes]) -> None:
        """Take the ids of one batch."""
        young = self._young
        for one in ids:
            key = one[:HASH_BYTES]
            young[key] = young.get(key, 0) | 1 << one[HASH_BYTES]
        if len(young) >= YOUNG_IDS_MAX:
            self._freeze()

    def close(self) -> None:
        """Nothing more is added here: make it quick to look up."""
        if self._young:
            self._freeze()

    def look_up(self, ids: Sequence[bytes], high: Words, low: Words, pattern: Words, known: list[int]) -> None:
        """Add the channels found here to `known`."""
        if self._young:
            young = self._young.get
            for place, one in enumerate(ids):
                found = young(one[:HASH_BYTES])
                if found:
                    known[place] |= found
        for run in self._runs:
            run.look_up(high, low, pattern, known)

    def _freeze(self) -> None:
        fresh = [key + bytes([code]) for key, bits in self._young.items() for code in _bits(bits)]
        self.load(b"".join(fresh))
        self._young = {}
        # runs double in size, so an id is copied a few times in all and few runs are looked at
        while len(self._runs) > 1 and _mergeable(self._runs[-2], self._runs[-1]):
            younger, older = self._runs.pop(), self._runs.pop()
            self.load(older.ids() + younger.ids())


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _mergeable(older: "_Run", younger: "_Run") -> bool:
    size = len(older.high) + len(younger.high)
    return len(older.high) < 2 * len(younger.high) and size <= MERGED_IDS_MAX


class _Run:
    """Ids sorted by their first eight bytes (`high`); `low` holds the rest and verifies a hit."""

    def __init__(self, high: Words, low: Words) -> None:
        self._file: IO[bytes] | None = None
        if len(high) >= MAPPED_IDS_MIN:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the run
            both = np.memmap(self._file, dtype=np.uint64, mode="w+", shape=(2, len(high)))
            both[0], both[1] = high, low
            high, low = both[0], both[1]
        self.high, self.low = high, low
        size = 1 << max(6, int(len(high) * BLOOM_BITS_PER_ID // 64 - 1).bit_length())
        self._shift = np.uint64(64 - size.bit_length() + 1)
        self._filter = np.zeros(size, dtype=np.uint64)
        np.bitwise_or.at(self._filter, high >> self._shift, _pattern(low))

    def ids(self) -> bytes:
        """The ids as bytes again."""
        return np.stack([self.high, self.low], axis=1).astype("<u8").tobytes()

    def look_up(self, high: Words, low: Words, pattern: Words, known: list[int]) -> None:
        """Add the channels found here to `known`."""
        perhaps = (self._filter[high >> self._shift] & pattern) == pattern
        for place in np.flatnonzero(perhaps).tolist():
            known[place] |= self._channels(high[place], low[place] & HASH_MASK)

    def _channels(self, high: np.uint64, rest: np.uint64) -> int:
        channels = 0
        position = int(np.searchsorted(self.high, high))
        while position < len(self.high) and self.high[position] == high:
            found = self.low[position]
            if found & HASH_MASK == rest:
                channels |= 1 << int(found >> CHANNEL_SHIFT)
            position += 1
        return channels


def _pattern(low: Words) -> Words:
    """Four bits of a word, from hash bits that do not choose the word."""
    one, six = np.uint64(1), np.uint64(63)
    bits = one << (low & six)
    for shift in (6, 12, 18):
        bits |= one << ((low >> np.uint64(shift)) & six)
    return bits


def _sorted(ids: bytes) -> tuple[Words, Words]:
    words = np.frombuffer(ids, dtype="<u8").reshape(-1, 2)
    order = np.argsort(words[:, 0], kind="stable")
    return words[order, 0], words[order, 1]
