"""The store's clients: Segment's own server SDKs, and the requests that analytics.js makes in a browser."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msgspec
from segment.analytics.client import Client as SegmentClient

from trackyard.sandbox.traffic import Item
from trackyard.sandbox.traffic.encode import posts
from trackyard.sandbox.traffic.item import Client

NODE = Path(__file__).parent / "node"
NODE_MAJOR_MIN = 20
SEND_SECONDS_MAX = 60
BROWSERS = 16
BROWSER_PAUSE_SECONDS = 0.04  # 16 browsers then send some 300 events a second


class Door(msgspec.Struct, frozen=True):
    """Where the clients send to: the host, and a write key for each side."""

    host: str
    keys: Mapping[Client, str]


class NotSent(Exception):
    """A client could not hand its events over: the demo has failed."""


def send_all(items: Sequence[Item], door: Door, node: bool) -> dict[str, int]:
    """Send every item once, all clients at the same time. Says how many events each client has sent."""
    return asyncio.run(_send_all(items, door, node))


async def _send_all(items: Sequence[Item], door: Door, node: bool) -> dict[str, int]:
    by_sdk = [item for item in items if item.client == "server" and item.through == "sdk"]
    rest = [item for item in items if not (item.client == "server" and item.through == "sdk")]
    by_node = by_sdk[1::2] if node else []
    by_python = by_sdk[::2] if node else by_sdk
    jobs = {
        "segment-analytics-python": asyncio.to_thread(send_by_python, by_python, door),
        "browser and plain HTTP": send_by_http(rest, door),
    }
    if node:
        jobs["@segment/analytics-node"] = send_by_node(by_node, door)
    return dict(zip(jobs, await asyncio.gather(*jobs.values()), strict=True))


def send_by_python(items: Iterable[Item], door: Door) -> int:
    errors: list[Exception] = []
    client = SegmentClient(door.keys["server"], host=door.host, on_error=lambda error, batch: errors.append(error))
    sent = 0
    for item in items:
        call_of(client, item)
        sent += 1
    client.shutdown()
    if errors:
        raise NotSent(f"segment-analytics-python: {errors[0]}")
    return sent


def call_of(client: SegmentClient, item: Item) -> None:
    event = item.event
    common = {
        "user_id": event.get("userId"),
        "context": dict(event["context"]),
        "integrations": event["integrations"],
        "timestamp": datetime.fromisoformat(event["timestamp"]),
        "message_id": event["messageId"],
    }
    if event["type"] == "alias":
        client.alias(previous_id=event["previousId"], **common)
        return
    common["anonymous_id"] = event.get("anonymousId")
    match event["type"]:
        case "track":
            client.track(event=event["event"], properties=event["properties"], **common)
        case "identify":
            client.identify(traits=event["traits"], **common)
        case "group":
            client.group(group_id=event["groupId"], traits=event["traits"], **common)
        case "page":
            client.page(name=event["name"], properties=event["properties"], **common)
        case "screen":
            client.screen(name=event["name"], properties=event["properties"], **common)


def node_is_ready() -> str:
    """ "" once the Node SDK is installed, else why it is left out."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node and npm are not installed"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_MAJOR_MIN:
        return f"Node {version} is older than {NODE_MAJOR_MIN}"
    if (NODE / "node_modules").exists():
        return ""
    install = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=NODE, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    return "" if done.returncode == 0 else f"npm ci failed: {done.stderr.strip()[-200:]}"


async def send_by_node(items: Iterable[Item], door: Door) -> int:
    lines = "".join(json.dumps(item.event) + "\n" for item in items)
    pipe = asyncio.subprocess.PIPE
    command = ("node", "send.mjs", door.host, door.keys["server"])
    node = await asyncio.create_subprocess_exec(*command, cwd=NODE, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        out, errors = await asyncio.wait_for(node.communicate(lines.encode()), SEND_SECONDS_MAX)
    finally:
        if node.returncode is None:
            node.kill()
    if node.returncode != 0:
        raise NotSent(f"@segment/analytics-node: {errors.decode().strip()[-400:]}")
    told = json.loads(out)
    if told["errors"]:
        raise NotSent(f"@segment/analytics-node: {told['errors'][0]}")
    return int(told["sent"])


async def send_by_http(items: Iterable[Item], door: Door) -> int:
    waiting = posts(items, door.keys, datetime.now(UTC))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SEND_SECONDS_MAX)) as session:

        async def browser() -> int:
            sent = 0
            for post in waiting:
                async with session.post(door.host + post.path, data=post.body, headers=post.headers) as response:
                    if response.status not in (200, 400):  # 400: the one event it held is a bad one
                        raise NotSent(f"POST {post.path}: {response.status} {await response.text()}")
                sent += len(post.items)
                await asyncio.sleep(BROWSER_PAUSE_SECONDS)
            return sent

        return sum(await asyncio.gather(*(browser() for _ in range(BROWSERS))))
