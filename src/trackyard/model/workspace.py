"""A workspace: the configuration that a revision freezes. Files are read in `control`, rules are applied elsewhere."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Purpose = Literal[
    "necessary",
    "functional",
    "analytics",
    "ads_storage",
    "ads_user_data",
    "ads_personalization",
    "sale_share",
    "email_marketing",
]
Mode = Literal["live", "shadow", "paused", "off"]
PRODUCTION = "production"


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every part of a workspace is: an unknown key is an error. Defaults are written out in a revision."""


class Retention(Strict):
    """How long the live logs are kept, whichever bound is met first; beyond it the archive has them."""

    days: Annotated[float, Meta(gt=0)] = 7  # age
    gigabytes: Annotated[float, Meta(gt=0)] = 20  # size of each log


class Consent(Strict):
    """Which purposes each category of the consent banner stands for: `{"Advertising": ["ads_storage", ...]}`."""

    categories: dict[str, list[Purpose]] = {}  # category as the banner sends it -> purposes


class Source(Strict):
    """Where events come from. `no_decision` names the purposes allowed where no consent decision was ever seen."""

    name: str  # for people; the file's name is what other files refer to
    kind: Literal["website", "server", "mobile", "mirror", "import"]  # mirror and import are never delivered live
    write_keys: dict[str, list[str]]  # environment -> keys; a key of one environment never reaches another
    no_decision: dict[str, list[Purpose]]  # region -> purposes; "default" holds for every other region
    enabled: bool = True  # false: its keys are refused
    allowed_origins: list[str] = []  # empty: any page may send
    twin_of: str | None = None  # the source whose events carry the same message ids from the other channel
    events_per_second_max: Annotated[int, Meta(gt=0)] | None = None  # a quota; above it 429 (old SDKs then lose data)
    oauth_clients: dict[str, dict[str, str]] = {}  # client id -> key id -> RSA public key (PEM); if any, tokens only
    tracking_plan: str | None = None  # NAME of plans/NAME.yaml
    transforms: list[str] = []  # NAMEs of transforms/NAME.py, run in this order


class Subscription(Strict):
    """When (`trigger`) an action runs on a connection and what (`mapping`) it is given."""

    action: str  # one of the destination's
    trigger: str  # which events, in the words of `dialect`
    mapping: dict[str, Any] = {}  # field -> value or directive; in a file, what is not given has the field's default
    name: str = ""  # for people
    enabled: bool = True  # false: it is as if it were not there
    dialect: Literal["fql", "segment"] = "fql"  # segment: as imported, read as Segment reads it, mapped as stored


class Connection(Strict):
    """A destination configured in this workspace. Purposes not declared mean nothing is sent."""

    destination: Slug  # slug of the catalogue
    purposes: list[Purpose] | None = None  # what the data is used for there; all must be allowed
    name: str = ""  # for people
    environment: str = PRODUCTION  # only events that came in with a key of it
    mode: Mode = "live"  # shadow: builds and records but sends nothing; paused: waits; off: forgets
    settings: dict[str, Any] = {}  # the destination's own; secrets as references
    sources: list[str] | None = None  # None: every source
    subscriptions: list[Subscription] = []  # what is sent when
    presets: Literal["default"] | None = None  # default: the destination's own subscriptions, beside those above
    # How it sends; what is not given is the destination's own.
    concurrency: Annotated[int, Meta(ge=1, le=64)] = 4  # requests under way at once
    batch_rows: Annotated[int, Meta(ge=1)] | None = None  # at most so many rows in a request
    batch_bytes: Annotated[int, Meta(ge=1)] | None = None  # at most so many bytes in a request
    requests_per_second: Annotated[float, Meta(gt=0)] | None = None  # at most
    timeout_seconds: Annotated[float, Meta(gt=0, le=120)] = 10  # of one request, after which its outcome is unknown
    retry_hours: Annotated[float, Meta(gt=0)] = 4  # what one event's own failures may cost before it is a dead letter
    on_unknown: Literal["resend", "hold"] = "resend"  # what to do when a request went out and no answer came back
    ordering: Literal["none", "person"] | None = None  # person: one person's deliveries keep their order


class FreezeWindow(Strict):
    """A time in which nothing is applied unless it is a hotfix with a note."""

    start: Annotated[datetime, Meta(tz=True)]  # with an offset, or Z
    end: Annotated[datetime, Meta(tz=True)]  # not within it any more
    reason: str  # told to whoever tries to apply


class Workspace(Strict):
    """Everything a revision holds. Secrets stay references (`${env:NAME}`, `${secret:NAME}`) until the next send."""

    name: str  # for people
    environments: list[Slug] = msgspec.field(default_factory=lambda: [PRODUCTION])  # such as development, production
    regions: dict[str, list[str]] = {}  # region -> ISO country codes
    consent: Consent = msgspec.field(default_factory=Consent)  # what the banner's categories stand for
    retention: Retention = msgspec.field(default_factory=Retention)  # of the live logs
    duplicate_window_hours: Annotated[float, Meta(ge=24, le=720)] = 24  # how long a message id is remembered
    freeze_windows: list[FreezeWindow] = []  # times in which nothing is applied
    allowed_private_hosts: list[str] = []  # "host" or "host:port" that deliveries may reach although not public
    order_value: Literal["gross", "net"] = "gross"  # what an order is worth everywhere: total, or revenue
    default_currency: str | None = None  # ISO 4217; of events with a value and no currency, in presets; None: none
    require_tested_actions: bool = False  # nothing new goes live before `trackyard actions test` passed on it
    sources: dict[str, Source] = {}  # of sources/
    connections: dict[str, Connection] = {}  # of destinations/
    plans: dict[str, dict[str, Any]] = {}  # of plans/
    transforms: dict[str, str] = {}  # of transforms/: name -> Python source
    destinations: dict[str, str] = {}  # of destinations/NAME.py, destinations of your own: name -> Python source


def feeds(connection: Connection, source: str, environment: str) -> bool:
    """Whether events of `source` that came in with a key of `environment` are any business of `connection`.

    The one rule of routing: an event of one environment never reaches a connection of another.
    """
    return connection.environment == environment and (connection.sources is None or source in connection.sources)


class Change(Strict):
    """One field that a revision changed. None: it was not there before, or is not there any more."""

    path: str
    before: Any
    after: Any


class Revision(Strict):
    """A workspace as applied: who, when, why, what changed. `number` grows by one; deliveries record it."""

    number: int
    workspace: Workspace
    who: str
    at: int
    why: str
    changes: list[Change] = []
    restores: int | None = None  # the revision that a rollback brought back; None: applied from files
    hotfix: str = ""  # the note that let it through a freeze window
