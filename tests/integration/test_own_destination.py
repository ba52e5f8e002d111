"""A destination from a workspace's own file in a real engine: checked, tried, delivered, replaced, rolled back."""

import base64
import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.crash.engine import Engine, free_port, running, wait_until
from tests.docs.pages import FENCE, ROOT
from trackyard.store.revisions import Revisions

PAGE = (ROOT / "docs" / "how-to" / "destination.md").read_text()
[CHAT] = [block for language, block in FENCE.findall(PAGE) if language == "python"]
[CONNECTION] = [block for language, block in FENCE.findall(PAGE) if language == "yaml"]
SECONDS = 20.0
KEY = "own-destination-key"
FILES = {
    "trackyard.yaml": "name: Own\nconsent: {categories: {Functional: [functional]}}\n"
    'allowed_private_hosts: ["127.0.0.1"]\n',
    "sources/shop.yaml": f"kind: server\nname: Shop\nwrite_keys: {{production: [{KEY}]}}\n"
    "no_decision: {default: [functional]}\n",
    "destinations/team_chat.py": CHAT,
}


class Chat:
    """A server that keeps what it was posted."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                chat.taken.append((self.headers["authorization"], body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/messages"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def texts(self) -> list[str]:
        return [body["text"] for _, body in self.taken]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.close()


@pytest.fixture
def place(tmp_path: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a workspace and its data."""
    monkeypatch.setenv("CHAT_TOKEN", "t-9")
    connection = CONNECTION.replace("https://chat.example.com/messages", chat.url)
    for name, text in {**FILES, "destinations/chat.yaml": connection}.items():
        path = tmp_path / "workspace" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def rewrite(place: Path, before: str, after: str) -> None:
    file = place / "workspace" / "destinations" / "team_chat.py"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = {"TRACKYARD_WORKSPACE": str(place / "workspace"), "TRACKYARD_DATA": str(place / "data")}
    command = [sys.executable, "-m", "trackyard", *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **where}, timeout=60)


def post(engine: Engine, number: int) -> None:
    event = {
        "type": "track", "event": "Order Completed", "messageId": f"m-{number}", "userId": "u",
        "properties": {"total": number},
    }  # fmt: skip
    key = base64.b64encode(f"{KEY}:".encode()).decode()
    headers = {"authorization": f"Basic {key}", "content-type": "application/json"}
    body = json.dumps({"batch": [event]}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{engine.url}/v1/batch", body, headers), timeout=20) as answer:
        assert answer.status == 200


def test_a_running_engine_takes_over_new_code_refuses_broken_code_and_rolls_back(place: Path, chat: Chat) -> None:
    engine = Engine(place / "workspace", place / "data", free_port(), place / "engine.log")
    revisions = Revisions(place / "data" / "revisions")

    def arrives(number: int, text: str) -> None:
        post(engine, number)
        wait_until(lambda: text in chat.texts(), SECONDS, f"{text}, {chat.texts()} {engine.errors()[-3000:]}")

    with running(engine):
        arrives(1, "Order Completed: 1")
        assert chat.taken[0][0] == "Bearer t-9"
        rewrite(place, "{{event}}: ", "{{event}} of ")
        rewrite(place, "Order Completed: 27.5", "Order Completed of 27.5")
        assert run(place, "apply").returncode == 0
        arrives(2, "Order Completed of 2")

        rewrite(place, "import msgspec\n", "import msgspec\nimport os\n")
        refused = run(place, "apply")
        line = CHAT.splitlines().index("import msgspec") + 2
        assert refused.returncode != 0
        assert f"destinations/team_chat.py:{line}: found the import of `os`" in refused.stdout + refused.stderr
        assert revisions.current_number() == 2
        arrives(3, "Order Completed of 3")

        assert run(place, "rollback", "1", "--why", "the old words").returncode == 0
        arrives(4, "Order Completed: 4")
    assert len(chat.taken) == 4


def test_an_engine_starts_with_the_revision_in_force_where_the_file_is_broken(place: Path, chat: Chat) -> None:
    assert run(place, "apply").returncode == 0
    rewrite(place, "class Message(", "class Message(]")
    engine = Engine(place / "workspace", place / "data", free_port(), place / "engine.log")
    with running(engine):
        post(engine, 1)
        wait_until(lambda: chat.texts() == ["Order Completed: 1"], SECONDS, "delivery by the revision in force")


def test_a_row_that_the_code_fails_on_is_a_dead_letter_and_the_next_is_delivered(place: Path, chat: Chat) -> None:
    rewrite(place, '    body = {"text"', '    assert message.message_id != "m-1"\n    body = {"text"')
    rewrite(place, '"messageId": "m-1"', '"messageId": "m-0"')  # of the example
    engine = Engine(place / "workspace", place / "data", free_port(), place / "engine.log")
    with running(engine):
        post(engine, 1)
        post(engine, 2)
        wait_until(lambda: chat.texts() == ["Order Completed: 2"], SECONDS, f"the second row {engine.errors()[-2000:]}")


def test_it_has_a_catalogue_entry_a_reference_and_checked_settings(place: Path) -> None:
    assert "team-chat" in run(place, "destinations", "list").stdout
    shown = run(place, "destinations", "show", "team-chat").stdout
    assert "token (string, required): Token" in shown and "post: Post a message" in shown
    file = place / "workspace" / "destinations" / "chat.yaml"
    file.write_text(file.read_text().replace("{url:", "{uri:"))
    checked = run(place, "check")
    assert checked.returncode == 1 and 'the unknown key "uri"' in checked.stdout + checked.stderr


def test_its_actions_are_tried_and_editing_the_code_makes_the_trial_stale(place: Path, chat: Chat) -> None:
    tried = run(place, "actions", "test", "chat", "post", "--sample", "Order Completed", "--send", "--json")
    assert tried.returncode == 0, tried.stderr
    assert json.loads(tried.stdout)[0]["passed"] and len(chat.taken) == 1

    def state() -> str:
        listed: str = json.loads(run(place, "actions", "list", "--json").stdout)[0]["state"]
        return listed

    assert state() == "passed"
    rewrite(place, '"""One message in a request."""', '"""One message."""')
    assert state() == "stale"


def test_a_slug_that_is_shipped_is_refused(place: Path) -> None:
    rewrite(place, 'slug="team-chat"', 'slug="slack"')
    checked = run(place, "check")
    assert checked.returncode == 1
    assert "the slug 'slack', which Trackyard ships" in checked.stdout + checked.stderr
