"""Customer Match: put people on a user list or take them off, in three steps: a job, its operations, its start."""

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from trackyard.destinations.google_enhanced_conversions.click import first_of
from trackyard.destinations.google_enhanced_conversions.conversion import Consent
from trackyard.destinations.google_enhanced_conversions.examples import USER_LIST
from trackyard.destinations.google_enhanced_conversions.identifiers import check_email, contact, hashed_name
from trackyard.destinations.google_enhanced_conversions.reading import read
from trackyard.destinations.google_enhanced_conversions.settings import Settings, account_request, ads_request
from trackyard.kit.action import Action, Conversation
from trackyard.kit.fields import Field
from trackyard.kit.members import filled, present
from trackyard.kit.outcome import Outcome, Unknown
from trackyard.kit.request import Request, Response

BATCH_ROWS: Final = 10_000  # operations of a request (Google Ads API, "Customer Match considerations")


class UserListMember(msgspec.Struct, frozen=True, kw_only=True, rename={"sync_mode": "__segment_internal_sync_mode"}):
    ad_user_data_consent_state: Annotated[Consent, Field("Consent: ad user data")]
    ad_personalization_consent_state: Annotated[Consent, Field("Consent: ad personalization")]
    first_name: Annotated[
        str | None, Field("First name", mapping=first_of("$.context.traits.firstName", "$.properties.firstName"))
    ] = None
    last_name: Annotated[
        str | None, Field("Last name", mapping=first_of("$.context.traits.lastName", "$.properties.lastName"))
    ] = None
    email: Annotated[str | None, Field("Email", mapping=first_of("$.context.traits.email", "$.properties.email"))] = (
        None
    )
    phone: Annotated[str | None, Field("Phone", mapping=first_of("$.context.traits.phone", "$.properties.phone"))] = (
        None
    )
    phone_country_code: Annotated[str | None, Field("Calling code", help="Of national phone numbers; else 1.")] = None
    country_code: Annotated[str | None, Field("Country code")] = None
    postal_code: Annotated[str | None, Field("Postal code")] = None
    crm_id: Annotated[str | None, Field("CRM id")] = None
    mobile_advertising_id: Annotated[
        str | None, Field("Mobile advertising id", mapping={"@path": "$.context.device.advertisingId"})
    ] = None
    external_audience_id: Annotated[
        str | None, Field("User list id", mapping={"@path": "$.context.personas.external_audience_id"})
    ] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Annotated[int | None, Field("Batch size", mapping=BATCH_ROWS)] = None
    event_name: Annotated[str | None, Field("Event name", mapping={"@path": "$.event"})] = None
    sync_mode: Annotated[str | None, Field("Sync mode", help="add, delete or mirror")] = None
    external_id_type: Annotated[str | None, Field("Kind of list")] = None
    retlOnMappingSave: Annotated[dict[str, Any] | None, Field("List made when the mapping was saved")] = None

    def __post_init__(self) -> None:
        if self.id_type == "CONTACT_INFO":
            check_email(self.email)
        if not self.list_id:
            raise ValueError("external_audience_id: found none, expected the id of a user list")
        if self.adds is None:
            raise ValueError("sync mode and event: found none that says whether to add or to remove")

    @property
    def _made(self) -> dict[str, Any]:
        return (self.retlOnMappingSave or {}).get("outputs") or {}

    @property
    def list_id(self) -> str | None:
        return self._made.get("id") or self.external_audience_id

    @property
    def id_type(self) -> str:
        return self._made.get("external_id_type") or self.external_id_type or "CONTACT_INFO"

    @property
    def adds(self) -> bool | None:
        """Whether the person comes onto the list (True) or leaves it (False); None where nothing says so."""
        if self.event_name == "Audience Entered" or self.sync_mode == "add":
            return True
        if self.event_name == "Audience Exited" or self.sync_mode == "delete":
            return False
        return {"new": True, "deleted": False}.get(self.event_name or "") if self.sync_mode == "mirror" else None


def build(row: UserListMember, settings: Settings, now: datetime) -> Conversation:
    return _conversation([row], settings, {"enable_warnings": True})


def build_batch(rows: Sequence[UserListMember], settings: Settings, now: datetime) -> Conversation:
    return _conversation(rows, settings, {"enablePartialFailure": True})


def _conversation(
    rows: Sequence[UserListMember], settings: Settings, options: dict[str, Any]
) -> Generator[Request, Response, Sequence[Outcome] | None]:
    created = yield account_request(settings, "/offlineUserDataJobs:create", _job(rows[0], settings))
    if created.status >= 300:
        return read(created, len(rows))
    job = (created.json() or {}).get("resourceName")
    if not job:
        return [Unknown("Google made a job and did not name it")] * len(rows)
    outcomes: dict[int, Outcome] = {}
    for verb, adds in (("create", True), ("remove", False)):
        chosen = [(at, row) for at, row in enumerate(rows) if row.adds is adds]
        if not chosen:
            continue
        operations = [{verb: {"userIdentifiers": _identifiers(row)}} for _, row in chosen]
        added = yield ads_request(settings, f"{job}:addOperations", {"operations": operations, **options})
        outcomes |= dict(zip((at for at, _ in chosen), read(added, len(chosen)), strict=True))
        if added.status >= 300 and len(rows) == 1:
            return [outcomes[0]]
    ran = yield ads_request(settings, f"{job}:run")
    return [outcomes[at] for at in range(len(rows))] if ran.status < 300 else read(ran, len(rows))


def _job(row: UserListMember, settings: Settings) -> dict[str, Any]:
    user_list = account_request(settings, f"/userLists/{row.list_id}", None).url.partition("/customers/")[2]
    consent = {"adUserData": row.ad_user_data_consent_state, "adPersonalization": row.ad_personalization_consent_state}
    return {
        "job": {
            "type": "CUSTOMER_MATCH_USER_LIST",
            "customerMatchUserListMetadata": {"userList": f"customers/{user_list}", "consent": consent},
        }
    }


def _identifiers(row: UserListMember) -> Any:
    if row.id_type == "MOBILE_ADVERTISING_ID":
        return present({"mobileId": (row.mobile_advertising_id or "").strip() or None})
    if row.id_type == "CRM_ID":
        return present({"thirdPartyUserId": (row.crm_id or "").strip() or None})
    address = _address(row)
    return contact(row.email, row.phone, row.phone_country_code) + ([{"addressInfo": address}] if address else [])


def _address(row: UserListMember) -> dict[str, Any] | None:
    """The address, where it is whole: Google matches none without names, country and postal code."""
    address = filled(
        {
            "hashedFirstName": hashed_name(row.first_name) if row.first_name else None,
            "hashedLastName": hashed_name(row.last_name) if row.last_name else None,
            "countryCode": row.country_code,
            "postalCode": row.postal_code,
        }
    )
    return address if len(address) == 4 else None


actions = [
    Action(
        slug="userList",
        title="Customer Match user list",
        trigger='event = "Audience Entered" or event = "Audience Exited"',
        payload=UserListMember,
        always={"external_id_type": {"@path": "$.context.personas.audience_settings.external_id_type"}},
        build=build,
        build_batch=build_batch,
        batch_keys=("external_audience_id", "ad_user_data_consent_state", "ad_personalization_consent_state"),
        batch_rows_max=BATCH_ROWS,
        read=read,
        examples=[USER_LIST],
    )
]
