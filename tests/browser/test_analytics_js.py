"""The real analytics.js in a real browser, loaded from and sending to this server, and nowhere else.

Needs a Chromium, and @segment/analytics-next as `make test` installs it.
"""

import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.integration.collect_support import RunningDoor, revision, running_door, source

from trackyard.pipeline.collect.settings import CollectSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LIBRARY = Path(__file__).parent / "node" / "node_modules" / "@segment" / "analytics-next"
NEEDED = CHROMIUM is not None and (LIBRARY / "dist" / "umd" / "standalone.js").exists()
pytestmark = pytest.mark.skipif(not NEEDED, reason="needs Chromium, and Node for @segment/analytics-next: make test")

# What the snippet does: remember calls until the library is there, then load it.
SNIPPET = """<!doctype html><title>Shop</title><script>
var a = window.analytics = [];
a.invoked = true;
['identify', 'track', 'page', 'screen', 'group', 'alias'].forEach(function (name) {
  a[name] = function () { a.push([name].concat([].slice.call(arguments))); return a; };
});
var tag = document.createElement('script');
tag.src = 'http://127.0.0.1:%d/analytics.js/v1/WK/analytics.min.js';
document.head.appendChild(tag);
a.page();
</script>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[RunningDoor]:
    settings = CollectSettings(library_directory=LIBRARY)
    with running_door(tmp_path, revision(1, shop=source("WK")), settings=settings) as running:
        yield running


@pytest.fixture
def shop(door: RunningDoor) -> Iterator[str]:
    """A page of another origin that uses the snippet."""

    class Shop(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((SNIPPET % door.port).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def events(door: RunningDoor) -> list[dict[str, Any]]:
    return [msgspec.json.decode(received.body) for received in door.received()]


def call(page: Page, javascript: str) -> None:
    """Run a call of the library and wait until the server has answered it."""
    with page.expect_response(lambda response: response.request.method == "POST", timeout=10_000) as found:
        page.evaluate(javascript)
    assert found.value.status == 200


def test_calls_of_a_page_arrive_and_nothing_goes_elsewhere(browser: Browser, door: RunningDoor, shop: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    with page.expect_response("**/v1/p", timeout=15_000) as first:
        page.goto(shop + "/?utm_source=news&ajs_event=Clicked")
    assert first.value.status == 200
    call(page, "analytics.identify('u1', {email: 'anna@example.com'})")
    call(page, "analytics.track('Order Completed', {revenue: 9.5, products: [{sku: 'A'}]})")
    call(page, "analytics.group('g1', {plan: 'pro'})")
    page.close()

    kept = events(door)
    assert {"page", "track", "identify", "group"} == {event["type"] for event in kept}
    order = next(event for event in kept if event.get("event") == "Order Completed")
    assert order["properties"] == {"revenue": 9.5, "products": [{"sku": "A"}]}
    assert (order["userId"], order["context"]["campaign"]["source"]) == ("u1", "news")
    assert all(received.client_side and received.origin == shop for received in door.received())
    own = (shop, f"http://127.0.0.1:{door.port}")
    assert [url for url in asked if not url.startswith(own)] == []
    assert [text for text in problems if "favicon" not in text] == []


def test_an_event_refused_for_now_is_sent_again(browser: Browser, tmp_path: Path, shop: str, door: RunningDoor) -> None:
    page = browser.new_page()
    with page.expect_response("**/v1/p", timeout=15_000):
        page.goto(shop)
    refused: list[int] = []

    def once(route: Any) -> None:
        if refused or route.request.method != "POST":
            route.continue_()
            return
        refused.append(503)
        headers = {"Access-Control-Allow-Origin": shop, "Access-Control-Allow-Credentials": "true"}
        route.fulfill(status=503, headers=headers, body='{"success":false,"code":"storage","message":"later"}')

    page.route("**/v1/t", once)
    with page.expect_response(lambda response: response.url.endswith("/v1/t") and response.ok, timeout=20_000):
        page.evaluate("analytics.track('Retried')")
    assert refused == [503]
    assert [event["event"] for event in events(door) if event["type"] == "track"] == ["Retried"]
    page.close()
