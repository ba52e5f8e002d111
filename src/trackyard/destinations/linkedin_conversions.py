"""LinkedIn Conversions API: conversions to a conversion rule of an ad account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit import sample_events
from trackyard.kit.action import (
    Destination,
    Difference,
    Example,
    Fact,
    action,
    outcome_of_status,
)
from trackyard.kit.differences import USER_AGENT, rehashed
from trackyard.kit.fields import Field, Number
from trackyard.kit.identifiers import sent
from trackyard.kit.mappings import path
from trackyard.kit.members import filled, present
from trackyard.kit.oauth import OAuth, OAuthSettings
from trackyard.kit.outcome import Outcome, Rejected
from trackyard.kit.request import Request, Response
from trackyard.kit.times import moment, rows_sharing

API_VERSION: Final = "202603"
ROWS_MAX: Final = 5_000
AGE_DAYS_MAX: Final = 90
_DOCS: Final = "https://learn.microsoft.com/en-us/linkedin/marketing/conversions/conversions-api"


class Settings(OAuthSettings, frozen=True, kw_only=True):
    """What a connection is configured with."""

    apiVersion: Annotated[str, Field("API version")] = API_VERSION
    host: Annotated[str, Field("Host")] = "https://api.linkedin.com"


class Money(msgspec.Struct, frozen=True, kw_only=True):
    currencyCode: Annotated[str, Field("Currency")]
    amount: Annotated[str, Field("Amount")]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    firstName: Annotated[str, Field("First name")]
    lastName: Annotated[str, Field("Last name")]
    companyName: Annotated[str | None, Field("Company")] = None
    title: Annotated[str | None, Field("Title")] = None
    countryCode: Annotated[str | None, Field("Country code")] = None


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """One conversion. `onMappingSave` is where an imported mapping keeps the rule it was made for."""

    conversionHappenedAt: Annotated[str, Field("Time of the conversion", mapping=path("$.timestamp"))]
    conversionValue: Annotated[
        Money | None,
        Field("Value", mapping={"currencyCode": path("$.properties.currency"), "amount": path("$.properties.revenue")}),
    ] = None
    eventId: Annotated[str | None, Field("Event id", mapping=path("$.messageId"), help="The Insight Tag's.")] = None
    email: Annotated[str | None, Field("Email", mapping=path("$.traits.email"))] = None
    linkedInUUID: Annotated[str | None, Field("First-party id", help="The li_fat_id cookie.")] = None
    acxiomID: Annotated[str | None, Field("Acxiom id")] = None
    oracleID: Annotated[str | None, Field("Oracle id")] = None
    userInfo: Annotated[Person | None, Field("Person")] = None
    externalIds: Annotated[list[str] | None, Field("External ids", help="The first is sent.")] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Annotated[Number | None, Field("Batch size", mapping=ROWS_MAX)] = None
    conversion_rule_id: Annotated[str | None, Field("Conversion rule id")] = None
    onMappingSave: Annotated[dict[str, Any] | None, Field("Imported conversion rule")] = None

    def __post_init__(self) -> None:
        if not self.rule:
            raise ValueError("conversion_rule_id: found none, expected the id of a conversion rule")
        if not (self.email or self.linkedInUUID or self.acxiomID or self.oracleID):
            raise ValueError("email: found none and no other id, expected one of email, UUID, Acxiom or Oracle id")

    @property
    def rule(self) -> str | None:
        return self.conversion_rule_id or ((self.onMappingSave or {}).get("outputs") or {}).get("id")


def send_batch(rows: Sequence[Conversion], settings: Settings, now: datetime) -> Request:
    """All rows as a BATCH_CREATE; LinkedIn answers one status a row."""
    elements = [_conversion(row, now) for row in rows]
    return _request({"elements": elements}, settings, {"x-restli-method": "BATCH_CREATE"})


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """Each element's own status where the batch names one."""
    body = response.json()
    elements = body.get("elements") if isinstance(body, dict) else None
    if not isinstance(elements, list) or len(elements) != rows:
        return [outcome_of_status(response)] * rows
    return [_of_element(element.get("status", response.status)) for element in elements]


def _of_element(status: int) -> Outcome:
    """An element's refusal is its own: nothing to bisect."""
    outcome = outcome_of_status(Response(status=status))
    return Rejected(outcome.reason) if isinstance(outcome, Rejected) else outcome


EXAMPLE = Example(
    title="An order",
    event=sample_events.ORDER_COMPLETED,
    settings={},
    mapping={"conversion_rule_id": "789", "email": path("$.context.traits.email")},
    request=Request(
        url="https://api.linkedin.com/rest/conversionEvents",
        headers={"linkedin-version": API_VERSION, "x-restli-protocol-version": "2.0.0"},
        json={
            "conversion": "urn:lla:llaPartnerConversion:789",
            "conversionHappenedAt": 1768476615250,
            "conversionValue": {"currencyCode": "USD", "amount": "25"},
            "eventId": "m-1",
            "user": {
                "userIds": [
                    {
                        "idType": "SHA256_EMAIL",
                        "idValue": "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d",
                    }
                ]
            },
        },
    ),
)


@action(
    "streamConversion",
    title="Send a conversion",
    trigger='type = "track"',
    build_batch=send_batch,
    batch_rows=lambda row: rows_sharing(row.conversionHappenedAt, ROWS_MAX),
    batch_rows_max=ROWS_MAX,
    read=read,
    examples=[EXAMPLE],
)
def stream_conversion(row: Conversion, settings: Settings, now: datetime) -> Request:
    """One conversion, not older than LinkedIn takes."""
    found = moment(row.conversionHappenedAt)
    if found is not None and (now - found).days > AGE_DAYS_MAX:
        raise ValueError(f"conversionHappenedAt: found an older time, expected one of the last {AGE_DAYS_MAX} days")
    return _request(_conversion(row, now), settings, {})


def _request(body: Any, settings: Settings, headers: dict[str, str]) -> Request:
    fixed = {"linkedin-version": settings.apiVersion, "x-restli-protocol-version": "2.0.0"}
    return Request(url=f"{settings.host}/rest/conversionEvents", headers={**fixed, **headers}, json=body)


def _conversion(row: Conversion, now: datetime) -> dict[str, Any]:
    happened = moment(row.conversionHappenedAt) or now
    return present(
        {
            "conversion": f"urn:lla:llaPartnerConversion:{row.rule}",
            "conversionHappenedAt": round(happened.timestamp() * 1000),
            "conversionValue": msgspec.structs.asdict(row.conversionValue) if row.conversionValue else None,
            "eventId": row.eventId,
            "user": _user(row),
        }
    )


def _user(row: Conversion) -> dict[str, Any]:
    ids = {
        "SHA256_EMAIL": sent("linkedin", "email", row.email) if row.email else None,
        "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": row.linkedInUUID,
        "AXCIOM_ID": row.acxiomID,  # so spelt in LinkedIn's API
        "ORACLE_MOAT_ID": row.oracleID,
    }
    return {"userIds": [{"idType": name, "idValue": value} for name, value in ids.items() if value]} | filled(
        {
            "userInfo": present(msgspec.structs.asdict(row.userInfo)) if row.userInfo else None,
            "externalIds": (row.externalIds or [])[:1],
        }
    )


_TRIMMED: Final = "addresses are trimmed before they are hashed; given hashes recognised in any form"
_TIMES: Final = "times in seconds are made milliseconds; a text that is no time counts when it was received"

destination = Destination(
    slug="linkedin-conversions",
    name="LinkedIn Conversions",
    settings=Settings,
    actions=[stream_conversion],
    purposes=frozenset({"advertising"}),
    docs_url=_DOCS,
    can_deduplicate=True,
    dedupe_window_seconds=48 * 3600,
    event_age_seconds_max=AGE_DAYS_MAX * 86_400,
    oauth=OAuth(
        authorize_url="https://www.linkedin.com/oauth/v2/authorization",
        token_url="https://www.linkedin.com/oauth/v2/accessToken",
        scopes=("rw_conversions", "r_ads"),
    ),
    facts=[
        Fact("auth", "OAuth with rw_conversions", _DOCS),
        Fact("limits", "5,000 conversions in a request", _DOCS),
        Fact(
            "rate",
            "600 requests a minute, 300,000 a day",
            "https://developer.salesforce.com/docs/data/data-cloud-int/guide/c360-a-linkedincapi-connector.html",
        ),
        Fact("errors", "a batch answers 200 with one status for each element", _DOCS),
        Fact("expiry", "conversions of the last 90 days", _DOCS),
        Fact("dedupe", "eventId, the same as the Insight Tag's", _DOCS),
        Fact("accepted", "201: taken, not matched", _DOCS),
    ],
    differences=[
        USER_AGENT,
        *(rehashed(f"requests.*.json.{at}user.userIds.*.idValue", _TRIMMED) for at in ("", "elements.*.")),
        *(
            Difference(
                path=f"requests.*.json.{at}conversionHappenedAt",
                want=r"re:(null|None|-?\d+)",
                got=r"re:\d{13}",
                reason=_TIMES,
            )
            for at in ("", "elements.*.")
        ),
    ],
)
