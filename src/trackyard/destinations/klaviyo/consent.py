"""Consent to messages, given and withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from trackyard.destinations.klaviyo.examples import SUBSCRIBED, UNSUBSCRIBED
from trackyard.destinations.klaviyo.payload import ROWS_MAX, UNSUBSCRIBED_MAX, Subscribed, Unsubscribed
from trackyard.destinations.klaviyo.requests import Settings, of_list, read, request
from trackyard.destinations.klaviyo.rows import rows_allowed
from trackyard.kit.action import Action
from trackyard.kit.members import present
from trackyard.kit.request import Request

_SOURCE: Final = "-59"  # Segment's default, as imported connections have it


def subscribe_batch(rows: Sequence[Subscribed], settings: Settings, now: datetime) -> Request:
    """All rows in one job; they agree on list, source and whether they consented earlier."""
    attributes = {
        "historical_import": rows[0].historical_import,
        "profiles": {"data": [_subscribed(row) for row in rows]},
        "custom_source": rows[0].custom_source or _SOURCE,
    }
    job = {"type": "profile-subscription-bulk-create-job", "attributes": present(attributes)}
    return request("profile-subscription-bulk-create-jobs/", settings, of_list(job, rows[0].list_id))


def subscribe(row: Subscribed, settings: Settings, now: datetime) -> Request:
    """One profile."""
    return subscribe_batch([row], settings, now)


def unsubscribe_batch(rows: Sequence[Unsubscribed], settings: Settings, now: datetime) -> Request:
    """All rows in one job; they agree on the list."""
    job = {
        "type": "profile-subscription-bulk-delete-job",
        "attributes": {"profiles": {"data": [_unsubscribed(row) for row in rows]}},
    }
    return request("profile-subscription-bulk-delete-jobs", settings, of_list(job, rows[0].list_id))


def unsubscribe(row: Unsubscribed, settings: Settings, now: datetime) -> Request:
    """One profile."""
    return unsubscribe_batch([row], settings, now)


def _subscribed(row: Subscribed) -> dict[str, Any]:
    given = present({"consent": "SUBSCRIBED", "consented_at": row.consented_at if row.historical_import else None})
    return _profile(row, email={"marketing": given}, sms={"marketing": given})


def _unsubscribed(row: Unsubscribed) -> dict[str, Any]:
    withdrawn = {"consent": "UNSUBSCRIBED"}
    return _profile(row, email={"marketing": withdrawn}, sms={"marketing": withdrawn, "transactional": withdrawn})


def _profile(row: Unsubscribed, *, email: Any, sms: Any) -> dict[str, Any]:
    subscriptions = {"email": email if row.email else None, "sms": sms if row.phone_number else None}
    ids = {"email": row.email or None, "phone_number": row.phone_number or None}
    return {"type": "profile", "attributes": {"subscriptions": present(subscriptions), **present(ids)}}


actions = [
    Action(
        slug="subscribeProfile",
        title="Subscribe a profile",
        trigger='type = "track" and event = "User Subscribed"',
        payload=Subscribed,
        build=subscribe,
        build_batch=subscribe_batch,
        batch_keys=("list_id", "custom_source", "historical_import"),
        batch_rows=rows_allowed(ROWS_MAX, by_default=False),
        batch_rows_max=ROWS_MAX,
        read=read,
        examples=[SUBSCRIBED],
    ),
    Action(
        slug="unsubscribeProfile",
        title="Unsubscribe a profile",
        trigger='type = "track" and event = "User Unsubscribed"',
        payload=Unsubscribed,
        build=unsubscribe,
        build_batch=unsubscribe_batch,
        batch_keys=("list_id",),
        batch_rows=rows_allowed(UNSUBSCRIBED_MAX, by_default=False),
        batch_rows_max=UNSUBSCRIBED_MAX,
        read=read,
        examples=[UNSUBSCRIBED],
    ),
]
