"""What a destination is made of: `Destination` > `Action` > a pure `build` and a pure `read`."""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response

Conversation = Generator[Request, Response, None]
Built = Request | Conversation


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An event, the settings and the exact request it must give: test, reference page and preview in one."""

    title: str
    event: Mapping[str, Any]
    settings: Mapping[str, Any]
    request: Request


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a destination can do. `build` is pure: payload, settings and now in, a request out."""

    slug: str
    title: str
    payload: type
    build: Callable[[Any, Any, datetime], Built]
    trigger: str = ""
    build_batch: Callable[[Sequence[Any], Any, datetime], Built] | None = None
    batch_keys: Sequence[str] = ()  # rows that differ in one of these payload members never share a request
    batch_rows_max: int = 1
    batch_bytes_max: int = 4_000_000
    read: Callable[[Response, int], Sequence[Outcome]] = lambda response, rows: read_by_status(response, rows)
    examples: Sequence[Example] = ()


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue entry. `slug` is stored in workspaces and never changes."""

    slug: str
    name: str
    settings: type
    actions: Sequence[Action]
    purposes: frozenset[str]  # suggested to the workspace, which decides
    docs_url: str
    ordering: Literal["none", "person"] = "none"
    can_deduplicate: bool = False  # a repeated row has no second effect there, within `dedupe_window_seconds`
    dedupe_window_seconds: float = 0
    event_age_seconds_max: float | None = None  # the platform refuses older events

    def action(self, slug: str) -> Action | None:
        """The action of that slug, if there is one."""
        return next((action for action in self.actions if action.slug == slug), None)


RETRIED_CLIENT_ERRORS = frozenset({408, 423, 425, 429})


def read_by_status(response: Response, rows: int) -> Sequence[Outcome]:
    """The plain HTTP reading: one status speaks for every row."""
    return [outcome_of_status(response)] * rows


def outcome_of_status(response: Response) -> Outcome:
    """2xx delivered; 401/403 auth; 408/423/425/429 and 5xx but 501 destination-wide retry; the rest rejected."""
    status = response.status
    if 200 <= status < 300:
        return Delivered()
    if status in (401, 403):
        return Retry(f"HTTP {status}: credentials refused", scope="auth")
    if status in RETRIED_CLIENT_ERRORS or (status >= 500 and status != 501):
        return Retry(f"HTTP {status}", scope="destination", after_seconds=retry_after_seconds(response))
    return Rejected(f"HTTP {status}")


def retry_after_seconds(response: Response) -> float | None:
    """The `Retry-After` header in seconds; its date form is left to the lane's own backoff."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
