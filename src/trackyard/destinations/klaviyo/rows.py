"""How many rows a request with a row may have."""

from collections.abc import Callable
from typing import Any


def rows_allowed(most: int, *, by_default: bool = True) -> Callable[[Any], int]:
    """The row's own batch size; 1 where it is not to be batched."""

    def allowed(row: Any) -> int:
        batched = by_default if row.enable_batching is None else row.enable_batching
        return int(row.batch_size or most) if batched else 1

    return allowed
