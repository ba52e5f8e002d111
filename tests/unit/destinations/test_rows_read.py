"""Platforms that answer row by row: a bad row loses only itself."""

from typing import Any

import msgspec
import pytest

from trackyard.destinations import linkedin_conversions, ms_bing_capi, pinterest_conversions
from trackyard.kit.outcome import Delivered, Rejected, Retry
from trackyard.kit.request import Response

READS = {"linkedin": linkedin_conversions.read, "microsoft": ms_bing_capi.read, "pinterest": pinterest_conversions.read}


@pytest.mark.parametrize(
    ("platform", "status", "body", "reason"),
    [
        ("linkedin", 200, {"elements": [{"status": 201}, {"status": 400}]}, "HTTP 400"),
        ("microsoft", 400, {"error": {"details": [{"index": 1, "errorCode": "InvalidEm"}]}}, "Microsoft: InvalidEm"),
        (
            "pinterest",
            422,
            {"events": [{"status": "processed"}, {"status": "failed"}]},
            "Pinterest refused the row",
        ),
    ],
)
def test_a_bad_row_loses_only_itself(platform: str, status: int, body: Any, reason: str) -> None:
    first, second = READS[platform](Response(status=status, body=msgspec.json.encode(body)), 2)
    assert first == Delivered()
    assert second == Rejected(reason)  # its own: the request is not bisected


@pytest.mark.parametrize("platform", READS)
def test_an_answer_without_rows_is_read_by_its_status(platform: str) -> None:
    assert READS[platform](Response(status=503), 2) == [Retry("HTTP 503", scope="destination")] * 2
