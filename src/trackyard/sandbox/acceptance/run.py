"""A run of the suites: every check of every destination, each case with its answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from trackyard.kit.action import Destination
from trackyard.sandbox.acceptance.bench import Bench
from trackyard.sandbox.acceptance.checks import CHECKS, Check
from trackyard.sandbox.partner import Partner


class Result(msgspec.Struct, frozen=True):
    """One case of one check. `fault` says what was found; "" for a pass."""

    destination: str
    check: str
    case: str
    fault: str

    @property
    def passed(self) -> bool:
        return not self.fault


class Run(msgspec.Struct, frozen=True):
    """A run, fit to be kept. `stand_in` says for each destination how much its stand-in checks."""

    at: str
    version: str
    stand_in: Mapping[str, str]
    results: Sequence[Result]

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if not result.passed]


def run_suites(
    destinations: Sequence[Destination], partners: Mapping[str, Partner], now: datetime, at: datetime, version: str
) -> Run:
    """Check `destinations` as if it were `now`, the time of the sample events."""
    stand_in = {
        one.slug: "strict" if one.slug in partners and partners[one.slug].is_strict else "recorded contract"
        for one in destinations
        if one.slug in partners
    }
    results = [result for one in destinations if one.slug in partners for result in _suite(one, partners, now)]
    return Run(at.strftime("%Y-%m-%dT%H:%M:%SZ"), version, stand_in, results)


def _suite(destination: Destination, partners: Mapping[str, Partner], now: datetime) -> Iterator[Result]:
    for name, check in CHECKS.items():
        bench = Bench(destination, partners[destination.slug], now)
        for case, fault in _cases(check, bench):
            yield Result(destination.slug, name, case, fault)


def _cases(check: Check, bench: Bench) -> Iterator[tuple[str, str]]:
    """A check that breaks off is a case that failed, not the end of the run."""
    try:
        yield from check(bench)
    except Exception as error:
        yield "the check itself", f"broke off: {type(error).__name__}: {error}"
