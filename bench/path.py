"""The event path measured: at the door, end to end, at half load, with a backlog, from a cold start.

`python -m bench.path` starts Trackyard and a sink itself. `--target URL --write-key K --sink PORT` measures any
Segment-compatible server that is configured to deliver to http://127.0.0.1:PORT.
"""

import argparse
import json
import os
import platform
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import ads
from bench.engine import WRITE_KEY, Engine, Sink, write_workspace
from bench.load import Result, Template, run_load, store_events

CONNECTIONS = 64
BATCH_EVENTS = 100
WARM_UP_EVENTS = 2_000  # the deliver process is still importing destinations when the door opens
EVENTS = list(store_events())
Row = dict[str, Any]


def main() -> None:
    options = _options()
    rows = list(_foreign(options) if options.target else _own(options))
    report = {"machine": _machine(), "rows": rows}
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1))
    print(_table(report))


def _own(options: argparse.Namespace) -> Iterator[Row]:
    scenarios: dict[str, Callable[[float], Iterator[Row]]] = {
        "door": _door,
        "end-to-end": _end_to_end,
        "half-load": _half_load,
        "ad-platforms": _ad_platforms,
        "backlog": _backlog,
        "cold-start": _cold_start,
    }
    for name, scenario in scenarios.items():
        if not options.only or name in options.only:
            yield from scenario(options.scale)


def _door(scale: float) -> Iterator[Row]:
    with _engine(connections=0, role="collect") as (engine, _):
        for batch, events in ((1, 60_000), (BATCH_EVENTS, 600_000)):
            before = sum(engine.cpu_seconds().values())
            result = _send(engine.url, WRITE_KEY, batch, int(events * scale))
            cpu = sum(engine.cpu_seconds().values()) - before
            yield _door_row(f"door, {'single' if batch == 1 else f'batches of {batch}'}", result, cpu)


def _end_to_end(scale: float) -> Iterator[Row]:
    for connections in (1, 3):
        for batch, events in ((BATCH_EVENTS, 150_000), (1, 60_000)):
            with _engine(connections) as (engine, sink):
                before = engine.cpu_seconds()
                result, seconds = _send_and_wait(engine.url, WRITE_KEY, sink, connections, batch, int(events * scale))
                after = engine.cpu_seconds()
                name = f"end to end, {connections} webhook{'s' * (connections > 1)}, {_clients(batch)}"
                spent = {pid: after[pid] - before.get(pid, 0) for pid in after}
                yield _path_row(name, result, seconds, sink) | _budget(spent, sink.cpu_seconds(), result)


def _half_load(scale: float) -> Iterator[Row]:
    for batch, rate in ((BATCH_EVENTS, 7_500), (1, 4_000)):
        with _engine(3) as (engine, sink):
            _send_and_wait(engine.url, WRITE_KEY, sink, 3, batch, 2000)
            sink.reset()
            events = int(rate * 12 * scale)
            result, seconds = _send_and_wait(engine.url, WRITE_KEY, sink, 3, batch, events, rate)
            yield _path_row(f"paced at {rate} events/s, 3 webhooks, {_clients(batch)}", result, seconds, sink)


def _ad_platforms(scale: float) -> Iterator[Row]:
    """Mapped, gated, hashed, batched and sent to three platforms of the strict sandbox, which checks every row."""
    with tempfile.TemporaryDirectory(prefix="trackyard-bench-") as folder, ads.Sandbox() as sandbox:
        ads.write_workspace(Path(folder) / "workspace")
        with Engine(Path(folder) / "workspace", Path(folder) / "data", rehearse_at=sandbox.url) as engine:
            template = Template(engine.url, WRITE_KEY, list(ads.orders()), BATCH_EVENTS, uuid.uuid4().hex[:12])
            warm_up = run_load(template, 4, WARM_UP_EVENTS).events * len(ads.PLATFORMS)
            _wait_for_rows(sandbox, warm_up)
            before, sink_before = engine.cpu_seconds(), sandbox.cpu_seconds()
            started = time.perf_counter()
            result = run_load(template, 16, int(100_000 * scale))
            _wait_for_rows(sandbox, warm_up + result.events * len(ads.PLATFORMS))
            seconds = time.perf_counter() - started
            spent = {pid: now - before.get(pid, 0) for pid, now in engine.cpu_seconds().items()}
            yield {
                "name": f"end to end, Meta + TikTok + Google Ads, {_clients(BATCH_EVENTS)}",
                "events_per_second": round(result.events / seconds),
                "door_p99_ms": round(result.percentile(0.99) * 1000, 2),
                "requests": {name: one["requests"] for name, one in sandbox.summary()["connections"].items()},
                "errors": result.errors,
            } | _budget(spent, sandbox.cpu_seconds() - sink_before, result)


def _backlog(scale: float) -> Iterator[Row]:
    events = int(1_000_000 * scale)
    with _engine(3, sink_is_up=False) as (engine, _):
        peak = {"total": 0}

        def watch() -> None:
            if time.perf_counter() - watch.__dict__.get("at", 0.0) > 0.5:
                watch.__dict__["at"] = time.perf_counter()
                peak["total"] = max(peak["total"], sum(engine.rss_bytes().values()))

        result = run_load(_template(engine.url, WRITE_KEY, BATCH_EVENTS), 8, events, on_tick=watch)
        _wait_idle(engine)
        by_process = {name.split(":")[0]: rss // 1_000_000 for name, rss in engine.rss_bytes().items()}
        yield {
            "name": f"backlog of {result.events:,} events, sink down",
            "peak_rss_mb": peak["total"] // 1_000_000,
            "rss_mb": sum(by_process.values()),
            "by_process_mb": by_process,
            "door_events_per_second": round(result.events_per_second),
        }


def _cold_start(scale: float) -> Iterator[Row]:
    with _engine(3) as (engine, _):
        started = time.perf_counter()
        result = _send(engine.url, WRITE_KEY, 1, 1)
        first = time.perf_counter() - started
        yield {"name": "cold start to first accepted event", "seconds": round(engine.start_seconds + first, 3),
               "errors": result.errors}  # fmt: skip


def _foreign(options: argparse.Namespace) -> Iterator[Row]:
    for batch, events in ((1, 30_000), (BATCH_EVENTS, 300_000)):
        yield _door_row(f"door, {_clients(batch)}", _send(options.target, options.write_key, batch, events), None)
    with Sink(options.sink) as sink:
        for batch, events in ((BATCH_EVENTS, 100_000), (1, 30_000)):
            sink.reset()
            paths = options.connections
            result, seconds = _send_and_wait(options.target, options.write_key, sink, paths, batch, events)
            yield _path_row(f"end to end, {paths} webhooks, {_clients(batch)}", result, seconds, sink)


@contextmanager
def _engine(connections: int, role: str = "all", sink_is_up: bool = True) -> Iterator[tuple[Engine, Sink]]:
    """A fresh engine and a sink. With `sink_is_up` false the connections point at a port where nobody listens."""
    with tempfile.TemporaryDirectory(prefix="trackyard-bench-") as folder, Sink(_free_port()) as sink:
        write_workspace(Path(folder) / "workspace", sink.port if sink_is_up else _free_port(), connections)
        with Engine(Path(folder) / "workspace", Path(folder) / "data", role) as engine:
            yield engine, sink


def _template(url: str, write_key: str, batch: int) -> Template:
    return Template(url, write_key, EVENTS, batch, uuid.uuid4().hex[:12])


def _send(url: str, write_key: str, batch: int, events: int) -> Result:
    connections = CONNECTIONS if batch == 1 else 16
    return run_load(_template(url, write_key, batch), connections, events)


def _send_and_wait(
    url: str, write_key: str, sink: Sink, connections: int, batch: int, events: int, rate: float | None = None
) -> tuple[Result, float]:
    """Send, then wait until every event came out on every connection. Returns the seconds until the last one."""
    started = time.perf_counter()
    clients = CONNECTIONS if batch == 1 else 16
    result = run_load(_template(url, write_key, batch), clients, events, rate)
    _wait_for_rows(sink, result.events * connections)
    return result, time.perf_counter() - started


def _wait_for_rows(sink: Sink | ads.Sandbox, expected: int) -> None:
    seen, progress = sink.rows(), time.perf_counter()
    while seen < expected:
        time.sleep(0.02)
        rows = sink.rows()
        if rows > seen:
            seen, progress = rows, time.perf_counter()
        elif time.perf_counter() - progress > 30:
            sys.exit(f"{expected - seen} of {expected} rows did not arrive within 30 s of the last one")


def _wait_idle(engine: Engine) -> None:
    """Until the engine's processes use little CPU for two seconds."""
    before, quiet = sum(engine.cpu_seconds().values()), 0
    while quiet < 4:
        time.sleep(0.5)
        now = sum(engine.cpu_seconds().values())
        quiet = quiet + 1 if now - before < 0.1 else 0
        before = now


def _door_row(name: str, result: Result, cpu_seconds: float | None) -> Row:
    row = {
        "name": name,
        "requests_per_second": round(result.requests_per_second),
        "events_per_second": round(result.events_per_second),
        "p50_ms": round(result.percentile(0.5) * 1000, 2),
        "p99_ms": round(result.percentile(0.99) * 1000, 2),
        "errors": result.errors,
    }
    if cpu_seconds is not None:
        row["cpu_us_per_event"] = round(cpu_seconds / result.events * 1e6, 1)
    return row


def _path_row(name: str, result: Result, seconds: float, sink: Sink) -> Row:
    delays = sink.stats()["delay_seconds"].values()
    return {
        "name": name,
        "events_per_second": round(result.events / seconds),
        "door_p99_ms": round(result.percentile(0.99) * 1000, 2),
        "sink_p50_ms": round(max(delay["p50"] for delay in delays) * 1000, 1),  # type: ignore[index]
        "sink_p99_ms": round(max(delay["p99"] for delay in delays) * 1000, 1),  # type: ignore[index]
        "errors": result.errors,
    }


def _budget(spent: dict[str, float], sink: float, result: Result) -> Row:
    by_role = {name.split(":")[0]: round(seconds / result.events * 1e6, 1) for name, seconds in spent.items()}
    return {"cpu_us_per_event": by_role | {"sink": round(sink / result.events * 1e6, 1)}}


def _clients(batch: int) -> str:
    return "single posts" if batch == 1 else f"batches of {batch}"


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release()}


def _table(report: dict[str, Any]) -> str:
    lines = [f"machine: {report['machine']}", ""]
    for row in report["rows"]:
        facts = "  ".join(f"{key}={value}" for key, value in row.items() if key != "name")
        lines.append(f"{row['name']:<50} {facts}")
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", action="append", help="door, end-to-end, half-load, ad-platforms, backlog or cold-start"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="how many events, relative to the usual number")
    parser.add_argument("--json", help="also write the report here")
    parser.add_argument("--target", help="measure this server instead of starting Trackyard")
    parser.add_argument("--write-key", default=WRITE_KEY)
    parser.add_argument("--sink", type=int, default=9009, help="the port that the target delivers to")
    parser.add_argument("--connections", type=int, default=1, help="how many webhooks the target delivers to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
