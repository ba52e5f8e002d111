"""Every metric of the engine, declared once with its unit and help; the docs list is made from here."""

from bisect import bisect_right
from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

LATENCY_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

requests_total = Counter("trackyard_collect_requests_total", "Requests answered by collect.", ["endpoint", "status"])
accepted_events_total = Counter("trackyard_collect_events_total", "Events made durable.", ["source"])
commit_seconds = Histogram(
    "trackyard_collect_commit_seconds", "Time of one durable group commit.", buckets=LATENCY_SECONDS
)
decided_events_total = Counter("trackyard_process_events_total", "Events by what was decided.", ["source", "decision"])
process_position = Gauge(
    "trackyard_process_position", "Last received offset that was decided.", multiprocess_mode="mostrecent"
)
outcomes_total = Counter("trackyard_deliver_outcomes_total", "Delivery attempts by outcome.", ["connection", "outcome"])
lane_position = Gauge(
    "trackyard_deliver_lane_position",
    "Last event offset a lane has settled.",
    ["connection"],
    multiprocess_mode="mostrecent",
)
retries_total = Counter(
    "trackyard_deliver_retries_total", "Rows whose attempt failed for reasons of the destination.", ["connection"]
)
door_to_sink_seconds = Histogram(
    "trackyard_deliver_door_to_sink_seconds",
    "From the door to the destination's answer, per delivered row.",
    ["connection"],
    buckets=LATENCY_SECONDS,
)
build_seconds = Histogram(
    "trackyard_deliver_build_seconds", "Building one request.", ["connection"], buckets=LATENCY_SECONDS
)
http_seconds = Histogram(
    "trackyard_deliver_http_seconds", "One request and its answer.", ["connection"], buckets=LATENCY_SECONDS
)
lane_lag = Gauge(
    "trackyard_deliver_lane_lag_events",
    "Events in the log that a lane has not settled.",
    ["connection"],
    multiprocess_mode="mostrecent",
)
breaker_open = Gauge(
    "trackyard_deliver_breaker_open",
    "1 while a lane waits for its destination, 2 while it waits for credentials.",
    ["connection"],
    multiprocess_mode="mostrecent",
)
parked_rows = Gauge(
    "trackyard_deliver_parked_rows", "Rows that wait for a retry.", ["connection"], multiprocess_mode="mostrecent"
)


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """Observe every one of `values`, at the price of a sort instead of one call each."""
    ordered = sorted(values)
    done = 0
    for bucket, bound in zip(histogram._buckets, histogram._upper_bounds, strict=True):
        upto = bisect_right(ordered, bound)
        if upto > done:
            bucket.inc(upto - done)
            done = upto
    histogram._sum.inc(sum(ordered))
