"""What a destination is made of: `Destination` > `Action` > a pure `build` and a pure `read`."""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_type_hints

import msgspec

from trackyard.kit.oauth import OAuth, OAuthSettings
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.preset import Preset
from trackyard.kit.request import Request, Response
from trackyard.kit.trial_mode import TrialMode

# Yields requests and is sent their responses. It may return the outcome of every row; else the last response is read.
Conversation = Generator[Request, Response, "Sequence[Outcome] | None"]
Built = Request | Conversation


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An event, settings, a mapping and the exact request they must give: test, reference page and preview in one."""

    title: str
    event: Mapping[str, Any]
    settings: Mapping[str, Any]
    mapping: Mapping[str, Any]
    request: Request


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a destination can do. `build` is pure: payload, settings and now in, a request out.

    `now` is the time at which the row's event was decided, the same at every attempt, so that a retried row is
    byte-identical. For a batch it is that of its first row: put it in no row.
    """

    slug: str
    title: str
    payload: type
    build: Callable[[Any, Any, datetime], Built]
    trigger: str = ""
    build_batch: Callable[[Sequence[Any], Any, datetime], Built] | None = None
    batch_keys: Sequence[str] = ()  # rows that differ in one of these payload members never share a request
    batch_rows_max: int = 1
    batch_bytes_max: int = 4_000_000
    batch_rows: Callable[[Any], int] | None = None  # rows that a payload itself allows in its request
    always: Mapping[str, Any] = {}  # members mapped from every event, beside what the subscription maps
    # What Segment's connector leaves for its host to deliver instead of sending it itself; a tried action shows it.
    handed_to_host: Callable[[Request], Any] | None = None
    read: Callable[[Response, int], Sequence[Outcome]] = lambda response, rows: read_by_status(response, rows)
    poll: Callable[[str, Any], Request] | None = None  # asks what became of an `Accepted` ticket
    read_poll: Callable[[Response, str], Outcome] | None = None  # `Accepted` again while it is being processed
    poll_seconds: float = 60.0  # after the acceptance it is asked so late first, and never more often
    poll_seconds_max: float = 86_400.0  # what is being processed for longer has an unknown outcome
    examples: Sequence[Example] = ()


def action(slug: str, *, title: str, **rest: Any) -> Callable[[Callable[..., Built]], Action]:
    """Make an `Action` of a build function: the annotation of its first argument is the payload type.

    The function takes (payload, settings) or (payload, settings, now).
    """

    def made(build: Callable[..., Built]) -> Action:
        hints = {name: hint for name, hint in get_type_hints(build).items() if name != "return"}
        payload = next(iter(hints.values()))
        timed = build if len(hints) == 3 else lambda payload, settings, now: build(payload, settings)
        return Action(slug=slug, title=title, payload=payload, build=timed, **rest)

    return made


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a request is not Segment's, on purpose. `path` is dotted from `requests`, `*` standing for a list position.

    `want` (Segment's) and `got` (ours) are JSON values, `"re:…"` (the whole text form matches) or `"absent"`.
    """

    path: str
    want: Any
    got: Any
    reason: str
    actions: Sequence[str] = ()  # none: all of them


class Fact(msgspec.Struct, frozen=True):
    """Something an operator must know of a platform, with its source."""

    topic: Literal["auth", "limits", "rate", "errors", "expiry", "ordering", "dedupe", "accepted", "money"]
    text: str
    source: str


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
    oauth: OAuth | None = None
    presets: Sequence[Preset] = ()  # what `presets: default` of a connection stands for
    trial_mode: TrialMode | None = None  # the platform's own test mode, for `trackyard actions test --send`
    # Settings whose value Segment holds for all its customers, and its name for it: an import must ask for your own.
    hosted_by_segment: Mapping[str, str] = {}
    facts: Sequence[Fact] = ()
    differences: Sequence[Difference] = ()
    evidence: Literal["contract-tested", "live-tested"] = "contract-tested"

    def __post_init__(self) -> None:
        if self.oauth is not None and not issubclass(self.settings, OAuthSettings):
            raise TypeError(f"{self.slug} declares oauth: let its settings extend kit.oauth.OAuthSettings")

    def action(self, slug: str) -> Action | None:
        """The action of that slug, if there is one."""
        return next((action for action in self.actions if action.slug == slug), None)


RETRIED_CLIENT_ERRORS = frozenset({408, 423, 425, 429})
NO_SUCH_ADDRESS = frozenset({404, 405, 410, 501})  # the address is wrong, not one of the rows: nothing to bisect


def read_by_status(response: Response, rows: int) -> Sequence[Outcome]:
    """The plain HTTP reading: one status speaks for every row."""
    return [outcome_of_status(response)] * rows


def outcome_of_status(response: Response) -> Outcome:
    """2xx delivered; 401/403 auth; 3xx, 408/423/425/429 and 5xx but 501 destination-wide; the rest rejected.

    A rejected batch is bisected, but where the status says that the address itself is wrong.
    """
    status = response.status
    if 200 <= status < 300:
        return Delivered()
    if status in (401, 403):
        return Retry(f"HTTP {status}: credentials refused", scope="auth")
    if 300 <= status < 400:
        return Retry(f"HTTP {status}: redirects are not followed; set the final address", scope="destination")
    if status in RETRIED_CLIENT_ERRORS or (status >= 500 and status != 501):
        return Retry(f"HTTP {status}", scope="destination", after_seconds=retry_after_seconds(response))
    return Rejected(f"HTTP {status}", whole_request=status not in NO_SUCH_ADDRESS)


def retry_after_seconds(response: Response) -> float | None:
    """The `Retry-After` header in seconds; its date form is left to the lane's own backoff."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
