"""Google's newer path: events to the Data Manager API, which takes them first and processes them later.

Source: google-ads-datamanager 0.9.4 (events:ingest, requestStatus:retrieve) and its error list, read 2026-08. The API's
own texts name both 2,000 and 10,000 events in a request; the smaller number is safe.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.destinations.google_enhanced_conversions.click import EMAIL_MAPPING, ORDER_MAPPING, PHONE_MAPPING
from trackyard.destinations.google_enhanced_conversions.examples import INGEST
from trackyard.destinations.google_enhanced_conversions.identifiers import check_email, hashed_email, hashed_phone
from trackyard.destinations.google_enhanced_conversions.settings import ROWS_MAX, Settings, customer_id
from trackyard.kit.action import Action, outcome_of_status
from trackyard.kit.fields import Field, Number
from trackyard.kit.members import filled
from trackyard.kit.money import currency_code
from trackyard.kit.outcome import Accepted, Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response
from trackyard.kit.times import moment

Consent = Literal["CONSENT_GRANTED", "CONSENT_DENIED"]
PROCESSING_SECONDS: Final = 600.0  # how long to wait before asking again


class IngestedEvent(msgspec.Struct, frozen=True, kw_only=True):
    conversion_action: Annotated[str, Field("Conversion action id")]
    transaction_id: Annotated[str | None, Field("Order id", mapping=ORDER_MAPPING)] = None
    event_timestamp: Annotated[str, Field("Time of the event", mapping={"@path": "$.timestamp"})]
    value: Annotated[Number | None, Field("Value", mapping={"@path": "$.properties.total"})] = None
    currency: Annotated[str | None, Field("Currency", mapping={"@path": "$.properties.currency"})] = None
    event_source: Annotated[
        Literal["WEB", "APP", "IN_STORE", "PHONE", "MESSAGE", "OTHER"], Field("Where it happened", mapping="WEB")
    ] = "WEB"
    gclid: Annotated[str | None, Field("gclid", mapping={"@path": "$.properties.gclid"})] = None
    gbraid: Annotated[str | None, Field("gbraid", mapping={"@path": "$.properties.gbraid"})] = None
    wbraid: Annotated[str | None, Field("wbraid", mapping={"@path": "$.properties.wbraid"})] = None
    email: Annotated[str | None, Field("Email", mapping=EMAIL_MAPPING)] = None
    phone: Annotated[str | None, Field("Phone", mapping=PHONE_MAPPING)] = None
    phone_country_code: Annotated[str | None, Field("Calling code", help="Of national phone numbers; else 1.")] = None
    ad_user_data: Annotated[Consent, Field("Consent: ad user data", mapping="CONSENT_GRANTED")] = "CONSENT_GRANTED"
    ad_personalization: Annotated[Consent, Field("Consent: ad personalization", mapping="CONSENT_GRANTED")] = (
        "CONSENT_GRANTED"
    )

    def __post_init__(self) -> None:
        check_email(self.email)
        if moment(self.event_timestamp) is None:
            raise ValueError("event_timestamp: found no time, expected ISO 8601 or Unix seconds")
        if self.currency and currency_code(self.currency) is None:
            raise ValueError("currency: found no ISO 4217 code, expected one such as USD")


def build(row: IngestedEvent, settings: Settings, now: datetime) -> Request:
    return build_batch([row], settings, now)


def build_batch(rows: Sequence[IngestedEvent], settings: Settings, now: datetime) -> Request:
    return Request(
        url=f"{settings.dataManagerHost}/v1/events:ingest",
        json={
            "destinations": [_destination(rows[0], settings)],
            "events": [_event(row) for row in rows],
            "consent": {"adUserData": rows[0].ad_user_data, "adPersonalization": rows[0].ad_personalization},
            "encoding": "HEX",
        },
    )


def _destination(row: IngestedEvent, settings: Settings) -> dict[str, Any]:
    login = (settings.loginCustomerId or "").replace("-", "")
    return filled(
        {
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": customer_id(settings)},
            "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": login} if login else None,
            "productDestinationId": row.conversion_action,
        }
    )


def _event(row: IngestedEvent) -> dict[str, Any]:
    found = moment(row.event_timestamp)
    assert found is not None  # checked with the payload
    return filled(
        {
            "transactionId": row.transaction_id,
            "eventTimestamp": found.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "eventSource": row.event_source,
            "conversionValue": row.value,
            "currency": currency_code(row.currency) if row.currency else None,
            "adIdentifiers": filled({"gclid": row.gclid, "gbraid": row.gbraid, "wbraid": row.wbraid}),
            "userData": filled({"userIdentifiers": _identifiers(row)}),
        }
    )


def _identifiers(row: IngestedEvent) -> list[dict[str, str]]:
    email = hashed_email(row.email) if row.email else None
    phone = hashed_phone(row.phone, row.phone_country_code) if row.phone else None
    return [{name: value} for name, value in (("emailAddress", email), ("phoneNumber", phone)) if value]


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """Accepted, with the request id to ask with; a refused request is refused whole."""
    body = response.json()
    if response.status < 300 and isinstance(body, dict) and body.get("requestId"):
        return [Accepted(str(body["requestId"]))] * rows
    if response.status == 400:
        return [Rejected("Google Data Manager: HTTP 400", whole_request=True)] * rows
    return [outcome_of_status(response)] * rows


def poll(ticket: str, settings: Settings) -> Request:
    """Asks what became of an accepted request; Google keeps the answer for about 50 days."""
    return Request(method="GET", url=f"{settings.dataManagerHost}/v1/requestStatus:retrieve?requestId={ticket}")


def read_poll(response: Response, ticket: str) -> Outcome:
    """One outcome for all rows of the request: Google gives reasons and counts, not rows."""
    body = response.json()
    if response.status >= 300 or not isinstance(body, dict):
        return outcome_of_status(response)
    statuses = [status.get("requestStatus") for status in body.get("requestStatusPerDestination") or ()]
    if not statuses or "PROCESSING" in statuses:
        return Accepted(ticket)
    if all(status == "SUCCESS" for status in statuses):
        return Delivered()
    if "PARTIAL_SUCCESS" in statuses:
        return Delivered()  # the counts of its reasons are for the operator: no row can be told apart
    return _of_failure(body)


def _of_failure(body: dict[str, Any]) -> Outcome:
    """Every row failed. Reasons as in ProcessingErrorReason: those of Google's own are worth another try."""
    reasons = {
        str(count.get("reason")).removeprefix("PROCESSING_ERROR_REASON_")
        for status in body.get("requestStatusPerDestination") or ()
        for count in (status.get("errorInfo") or {}).get("errorCounts") or ()
    }
    if reasons == {"DUPLICATE_TRANSACTION_ID"}:
        return Delivered()  # it is there already
    if not reasons or reasons & {"INTERNAL_ERROR", "UNSPECIFIED"}:
        return Retry("Google Data Manager: processing failed", after_seconds=PROCESSING_SECONDS)
    return Rejected(f"Google Data Manager: {', '.join(sorted(reasons))}")


actions = [
    Action(
        slug="ingestEvent",
        title="Conversion by Data Manager",
        trigger='type = "track" and event = "Order Completed"',
        payload=IngestedEvent,
        build=build,
        build_batch=build_batch,
        batch_keys=("conversion_action", "ad_user_data", "ad_personalization"),
        batch_rows_max=ROWS_MAX,
        read=read,
        poll=poll,
        read_poll=read_poll,
        examples=[INGEST],
    )
]
