"""Every metric of the engine, declared once with its unit and help; the docs list is made from here."""

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
