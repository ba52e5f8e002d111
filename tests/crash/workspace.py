"""The workspace that engines under test run: one server source, batched webhooks to a sink on this machine."""

from collections.abc import Sequence
from pathlib import Path

WRITE_KEY = "engine-test-key"
CONCURRENCY, BATCH_ROWS = 4, 50

FILES = {
    "trackyard.yaml": """
name: Engine test
consent:
  categories:
    Advertising: [ads_storage]
    Functional: [functional]
allowed_private_hosts: ["127.0.0.1"]
""",
    "sources/server.yaml": f"""
kind: server
name: Server
write_keys:
  production: [{WRITE_KEY}]
no_decision:
  default: []
""",
}
CONNECTION = """
destination: webhook
purposes: [functional]
concurrency: {concurrency}
batch_rows: {rows}
settings: {{}}
subscriptions:
  - action: send
    trigger: {trigger}
    mapping:
      url: {url}
      data: {{"@path": "$."}}
      enable_batching: true
"""


def write_workspace(
    directory: Path, sink_port: int, connections: Sequence[str], trigger: str = 'type = "track"'
) -> Path:
    """Write the workspace; connection NAME posts to /NAME at the sink."""
    files = dict(FILES)
    for name in connections:
        url = f"http://127.0.0.1:{sink_port}/{name}"
        files[f"destinations/{name}.yaml"] = CONNECTION.format(
            concurrency=CONCURRENCY, rows=BATCH_ROWS, trigger=trigger, url=url
        )
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory
