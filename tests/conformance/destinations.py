"""Every destination against Segment's recorded requests, as a table; exits 1 where a difference is not declared.

`python -m tests.conformance.destinations [SLUG…]`; `tests.unit.destinations.vectors SLUG` shows what is unexplained.
"""

import sys
from collections.abc import Sequence

import msgspec
from tests.unit.destinations.vectors import GOLDEN, declared, different, our_requests, recorded_requests, vectors

from trackyard.destinations import catalogue
from trackyard.kit.action import Destination, Difference


class Tally(msgspec.Struct):
    """One destination: its vectors, those without any difference, and what explains the others."""

    slug: str
    vectors: int = 0
    equal: int = 0
    unexplained: int = 0
    used: list[Difference] = []
    unused: list[Difference] = []


def main(slugs: Sequence[str]) -> int:
    found = [tally(destination) for slug, destination in sorted(catalogue().items()) if not slugs or slug in slugs]
    print(f"{'destination':<28} {'vectors':>8} {'equal':>8} {'declared differences used':>26} {'unexplained':>12}")
    for one in found:
        used = f"{len(one.used)} of {len(one.used) + len(one.unused)}"
        print(f"{one.slug:<28} {one.vectors:>8} {one.equal:>8} {used:>26} {one.unexplained:>12}")
    for one in found:
        for said in one.unused:
            print(f"unused: {one.slug} {said.path}: no vector shows {said.want!r} and ours {said.got!r}")
    return 1 if any(one.unexplained or not one.vectors for one in found) or not found else 0


def tally(destination: Destination) -> Tally:
    """Compare every vector; a destination without recordings counts none."""
    counted, seen = Tally(destination.slug), set[int]()
    file = GOLDEN / f"{destination.slug}.jsonl.gz"
    for vector in vectors(file) if file.exists() else ():
        parts = list(different(recorded_requests(vector), our_requests(destination, vector), "requests"))
        explained = [
            {at for at, said in enumerate(destination.differences) if declared(said, vector["action"], *part)}
            for part in parts
        ]
        counted.vectors += 1
        counted.equal += not parts
        counted.unexplained += not all(explained)
        seen.update(*explained)
    counted.used = [said for at, said in enumerate(destination.differences) if at in seen]
    counted.unused = [said for at, said in enumerate(destination.differences) if at not in seen]
    return counted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
