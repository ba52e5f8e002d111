"""An entity of Customer.io's Track API v2: a person or an object, who it is, and what happens to it."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.fields import Field, Number
from trackyard.kit.members import present
from trackyard.kit.payload.formats import FORMATS
from trackyard.kit.request import Request
from trackyard.kit.times import moment

EU: Final = "EU 🇪🇺"  # as imported connections have it
BATCH_ROWS_MAX: Final = 100
BATCH_BYTES_MAX: Final = 500_000  # Track API v2, "batch"
_ID_PREFIX: Final = "cio_"
_UNIX_TEXT: Final = re.compile(r"\d+(\.\d+)?\Z")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?\Z")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    siteId: Annotated[str, Field("Site id", secret=True)]
    apiKey: Annotated[str, Field("API key", secret=True)]
    accountRegion: Annotated[str | None, Field("Region", help=f"{EU}, or else the US")] = None
    host: Annotated[str | None, Field("Host", help="Instead of the region's.")] = None


class Batched(msgspec.Struct, frozen=True, kw_only=True):
    """The members that say how rows are batched."""

    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Annotated[Number | None, Field("Batch size", mapping=50, minimum=2, maximum=BATCH_ROWS_MAX)] = None


def request(path: str, body: Any, settings: Settings) -> Request:
    host = settings.host or ("https://track-eu" if settings.accountRegion == EU else "https://track") + ".customer.io"
    key = b64encode(f"{settings.siteId}:{settings.apiKey}".encode()).decode()
    return Request(url=f"{host}{path}", headers={"authorization": f"Basic {key}"}, json=body)


def entity(body: Mapping[str, Any], settings: Settings) -> Request:
    return request("/api/v2/entity", dict(body), settings)


def batch(bodies: Sequence[Mapping[str, Any]], settings: Settings) -> Request:
    return request("/api/v2/batch", {"batch": list(bodies)}, settings)


def person(person_id: str | None, email: str | None = None, anonymous_id: str | None = None) -> dict[str, str] | None:
    """How Customer.io is told who a person is; None where nothing says it."""
    if person_id and person_id.startswith(_ID_PREFIX):
        return {"cio_id": person_id.removeprefix(_ID_PREFIX)}
    if person_id:
        return {"email" if FORMATS["email"](person_id) else "id": person_id}
    if email:
        return {"email": email}
    return {"anonymous_id": anonymous_id} if anonymous_id else None


def about(
    body: Mapping[str, Any], identifiers: Mapping[str, str] | None, anonymous_id: str | None = None
) -> dict[str, Any]:
    """A body with its identifiers; the anonymous id is an attribute where it is not the identifier itself."""
    complete = present({**body, "identifiers": identifiers})
    if anonymous_id and "anonymous_id" not in (identifiers or {}):
        complete["attributes"] = {**(complete.get("attributes") or {}), "anonymous_id": anonymous_id}
    return complete


def unix_time(value: str | float | None) -> str | float | None:
    """Whole seconds since 1970; what is no time, or a number already, stays as it is."""
    if not isinstance(value, str) or _UNIX_TEXT.match(value):
        return value
    found = moment(value)
    return value if found is None else int(found.timestamp() // 1)


def with_unix_times(attributes: Any) -> Any:
    """ISO 8601 texts of an object, and of the objects in it, as seconds; lists stay as they are."""
    if isinstance(attributes, dict):
        return {name: with_unix_times(value) for name, value in attributes.items()}
    if isinstance(attributes, str) and _ISO.match(attributes):
        return _seconds(attributes)
    return attributes


def _seconds(text: str) -> str | int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() // 1)
