"""Which message ids a connection has dealt with, so that a twin or a reprocessed version is not sent again.

Bounded: between one and two million of the newest ids, 8 bytes each (a chance below 1e-12 that an id is taken for
another one). What is older is looked up in the ledger.
"""

import numpy as np
import numpy.typing as npt

from trackyard.store.deliveries import SETTLED_IDS_MAX

NEWEST_MAX = 65_536
GENERATION_MAX = SETTLED_IDS_MAX // 2
Ids = npt.NDArray[np.uint64]
NONE: Ids = np.empty(0, dtype=np.uint64)


class DeliveredIds:
    """The ids of one connection: a set of the newest and two sorted generations; the older one is dropped whole."""

    def __init__(self, ids: bytes = b"", *, forgotten: bool = False) -> None:
        self.forgotten = forgotten  # older ids than these exist
        self._newest: set[bytes] = set()
        known = np.frombuffer(ids, dtype=np.uint64)
        self._older = np.sort(known[:-GENERATION_MAX])
        self._younger = np.sort(known[-GENERATION_MAX:])

    def add(self, ids: bytes) -> None:
        """Remember `ids`, 8 bytes each."""
        self._newest.update([ids[start : start + 8] for start in range(0, len(ids), 8)])
        if len(self._newest) >= NEWEST_MAX:
            self._merge()

    def __contains__(self, id_: bytes) -> bool:
        if id_ in self._newest:
            return True
        wanted = np.frombuffer(id_, dtype=np.uint64)
        return _holds(self._younger, wanted) or _holds(self._older, wanted)

    def _merge(self) -> None:
        fresh = np.frombuffer(b"".join(self._newest), dtype=np.uint64)
        self._newest.clear()
        if len(self._younger) + len(fresh) > GENERATION_MAX:
            self.forgotten = self.forgotten or len(self._older) > 0
            self._older, self._younger = self._younger, NONE
        self._younger = np.sort(np.concatenate((self._younger, fresh)))


def _holds(sorted_ids: Ids, wanted: Ids) -> bool:
    place = int(np.searchsorted(sorted_ids, wanted[0]))
    return place < len(sorted_ids) and bool(sorted_ids[place] == wanted[0])
