"""Orders to Meta, TikTok and Google Ads: what the workspace, the events and the strict sandbox of that bench are."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

import msgspec

from bench.engine import SOURCE, cpu_seconds
from bench.load import EVENTS_RENDERED, ID_MARK, TIME_MARK
from trackyard.kit.sample_events import ORDER_COMPLETED

PURPOSES = "[ads_storage, ads_user_data]"
FILES = {
    "trackyard.yaml": "name: Benchmark\n",
    "sources/bench.yaml": SOURCE.replace("[necessary]", PURPOSES),
    "destinations/meta.yaml": f"""
destination: facebook-conversions-api
purposes: {PURPOSES}
settings: {{pixelId: "1234567890", accessToken: "${{env:BENCH_TOKEN:-token-1}}"}}
presets: default
""",
    "destinations/tiktok.yaml": f"""
destination: tiktok-conversions
purposes: {PURPOSES}
settings: {{pixelCode: PIXEL1, accessToken: "${{env:BENCH_TOKEN:-token-1}}"}}
presets: default
""",
    "destinations/google.yaml": f"""
destination: google-enhanced-conversions
purposes: {PURPOSES}
settings:
  customerId: 123-456-7890
  developerToken: "${{env:BENCH_TOKEN:-token-1}}"
  oauth_access_token: "${{env:BENCH_TOKEN:-token-1}}"
subscriptions:
  - action: uploadClickConversion
    trigger: event = "Order Completed"
    mapping:
      conversion_action: 998877
      order_id: {{"@path": "$.messageId"}}
      value: {{"@path": "$.properties.total"}}
      enable_batching: true
""",
}
PLATFORMS = ("facebook-conversions-api", "tiktok-conversions", "google-enhanced-conversions")


def write_workspace(directory: Path) -> None:
    """A workspace with one server source and the three platforms."""
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def orders() -> Iterator[bytes]:
    """Texts of orders by as many people, about 1.5 KB each, with marks for the id and the time of sending."""
    for number in range(EVENTS_RENDERED):
        email, phone = f"buyer-{number}@shop.example", f"+4915112{number:06d}"
        properties = {**ORDER_COMPLETED["properties"], "email": email, "phone": phone, "sent_ns": json.loads(TIME_MARK)}
        context = {**ORDER_COMPLETED["context"], "traits": {"email": email, "phone": phone}}
        context.pop("consent", None)
        event = {**ORDER_COMPLETED, "userId": f"user-{number}", "messageId": ID_MARK.decode()}
        event |= {"timestamp": datetime.now(UTC).isoformat(), "context": context, "properties": properties}
        yield msgspec.json.encode(event)


class Sandbox:
    """`trackyard sandbox` in a process of its own, counting only."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "trackyard", "sandbox", "--port", "0", "--keep", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip().removeprefix("ready ")

    def summary(self) -> dict[str, Any]:
        with urlopen(f"{self.url}/_sandbox/summary") as answer:
            return dict(json.load(answer))

    def rows(self) -> int:
        """Rows that had an effect, of all platforms together. Ends the bench where one was refused."""
        found = self.summary()
        if found["refused"]:
            sys.exit(f"the sandbox refused rows: {[one['reasons'] for one in found['connections'].values()]}")
        return int(found["effects"])

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait()
