"""docs/reference/decisions-on-events.md names every code, flag and fate there is."""

import re
from pathlib import Path

from trackyard.pipeline import process
from trackyard.pipeline.process.reprocess import NOT_CHOSEN
from trackyard.pipeline.process.storing import FATES

PAGE = (Path(__file__).parents[3] / "docs/reference/decisions-on-events.md").read_text()
SOURCES = "".join(path.read_text() for path in Path(process.__path__[0]).glob("*.py"))


def test_every_fate_is_named() -> None:
    assert [fate for fate in sorted(FATES) if f"| {fate} |" not in PAGE] == []


def test_every_code_and_flag_is_named() -> None:
    codes = set(re.findall(r'Dropped\([\w\[\]]+, "\w+", "(\w+)"', SOURCES))
    codes |= set(re.findall(r'"(\w+_violation|unplanned_event|transform_\w+)"', SOURCES))
    codes |= set(re.findall(r'\.flag\(f?"(\w+)', SOURCES))

    assert {"bad_request", "duplicate", "future_timestamp"} <= codes
    assert [code for code in sorted(codes - {NOT_CHOSEN}) if f"`{code}" not in PAGE] == []
