"""What click and call conversions share: fields, times, consent and custom variables."""

from collections.abc import Generator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.destinations.google_enhanced_conversions.settings import Settings, account_request, customer_id
from trackyard.kit.action import Built
from trackyard.kit.fields import Field, Number
from trackyard.kit.javascript import number_text
from trackyard.kit.members import present
from trackyard.kit.outcome import Outcome
from trackyard.kit.request import Request, Response

Consent = Literal["GRANTED", "DENIED", "UNSPECIFIED"]
VARIABLES_QUERY: Final = (
    "SELECT conversion_custom_variable.id, conversion_custom_variable.name FROM conversion_custom_variable"
)
BATCH_ROWS: Final = 1_500  # Segment's default, below Google's 2,000


class ConversionFields(msgspec.Struct, frozen=True, kw_only=True, rename={"sync_mode": "__segment_internal_sync_mode"}):
    """The members that uploaded conversions share."""

    conversion_action: Annotated[Number, Field("Conversion action id")]
    conversion_timestamp: Annotated[str, Field("Time of the conversion", mapping={"@path": "$.timestamp"})]
    value: Annotated[Number | None, Field("Value", mapping={"@path": "$.properties.total"})] = None
    currency: Annotated[str | None, Field("Currency", mapping={"@path": "$.properties.currency"})] = None
    custom_variables: Annotated[dict[str, Any] | None, Field("Custom variables", help="By their name there.")] = None
    ad_user_data_consent_state: Annotated[Consent | None, Field("Consent: ad user data")] = None
    ad_personalization_consent_state: Annotated[Consent | None, Field("Consent: ad personalization")] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=False)] = None
    batch_size: Annotated[Number | None, Field("Batch size", mapping=BATCH_ROWS)] = None
    sync_mode: Annotated[str | None, Field("Sync mode", help="V2 actions of Segment: only add.")] = None

    def __post_init__(self) -> None:
        if self.sync_mode not in (None, "add"):
            raise ValueError("sync mode: found another one, expected add")


def conversion_action_name(row_action: float, settings: Settings) -> str:
    """The resource name of a conversion action."""
    return f"customers/{customer_id(settings)}/conversionActions/{number_text(row_action)}"


def ads_time(timestamp: str) -> str:
    """`2026-01-15 11:30:15+00:00`, from a text that differs only in `T` and `.250Z`, as Segment's own does."""
    text = timestamp.replace("T", " ", 1)
    if not text.endswith("Z"):
        return text
    return text[:-1].partition(".")[0] + "+00:00"


def consent(row: ConversionFields) -> dict[str, Any] | None:
    states = {
        "adUserData": row.ad_user_data_consent_state,
        "adPersonalization": row.ad_personalization_consent_state,
    }
    return present(states) or None


def uploaded(
    method: str, conversions: Sequence[dict[str, Any]], rows: Sequence[ConversionFields], settings: Settings
) -> Built:
    """The upload; where a row has custom variables, after asking for their resource names."""
    if any(row.custom_variables for row in rows):
        return _with_variables(method, conversions, rows, settings)
    return _upload(method, conversions, settings)


def _upload(method: str, conversions: Sequence[dict[str, Any]], settings: Settings) -> Request:
    return account_request(settings, method, {"conversions": list(conversions), "partialFailure": True})


def _with_variables(
    method: str, conversions: Sequence[dict[str, Any]], rows: Sequence[ConversionFields], settings: Settings
) -> Generator[Request, Response, Sequence[Outcome] | None]:
    response = yield account_request(settings, "/googleAds:searchStream", {"query": VARIABLES_QUERY})
    if response.status >= 300:
        return None  # its status speaks for every row
    names = _resource_names(response.json())
    yield _upload(
        method,
        [_completed(conversion, row, names) for conversion, row in zip(conversions, rows, strict=True)],
        settings,
    )
    return None


def _completed(conversion: dict[str, Any], row: ConversionFields, names: Mapping[str, str] | None) -> dict[str, Any]:
    if not row.custom_variables or names is None:
        return conversion
    variables = [
        {"conversionCustomVariable": names[name], "value": value}
        for name, value in row.custom_variables.items()
        if name in names
    ]
    return conversion | {"customVariables": variables}


def _resource_names(body: Any) -> dict[str, str] | None:
    if not isinstance(body, list) or not body:
        return None
    found = [result["conversionCustomVariable"] for result in body[0].get("results") or ()]
    return {variable["name"]: variable["resourceName"] for variable in found}
