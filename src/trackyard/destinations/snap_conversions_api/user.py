"""Who the event is about, as Snap takes it: hashed as Meta documents, ids of device and click as they are."""

from typing import Any, Final

from trackyard.destinations.snap_conversions_api.payload import Event, User
from trackyard.kit.identifiers import Kind, canonical_form, sent
from trackyard.kit.members import filled

_HASHED: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("country", "country", "country"),
    ("ct", "city", "city"),
    ("db", "dateOfBirth", "birth_date"),
    ("fn", "firstName", "first_name"),
    ("ge", "gender", "gender"),
    ("ln", "lastName", "last_name"),
    ("st", "state", "state"),
    ("zp", "zip", "postal_code"),
)


def user_data(row: Event) -> dict[str, Any]:
    """Snap's `user_data`, nothing empty."""
    user = row.user_data or User()
    country = canonical_form("country", user.country) if user.country else None
    madid = user.madid or row.mobile_ad_id
    hashed = {key: _sent(kind, getattr(user, member)) for key, member, kind in _HASHED}
    return filled(
        {
            **hashed,
            "em": _boxed(_sent("email", user.email or row.email)),
            "ph": _boxed(_sent("phone", user.phone or row.phone_number, country)),
            "external_id": [found for value in user.externalId or () if (found := _sent("external_id", value))],
            "client_ip_address": user.client_ip_address or row.ip_address,
            "client_user_agent": user.client_user_agent or row.user_agent,
            "idfv": user.idfv or row.idfv,
            "lead_id": user.leadID,
            "madid": madid.lower() if madid else None,
            "sc_click_id": user.sc_click_id or row.click_id,
            "sc_cookie1": user.sc_cookie1 or row.uuid_c1,
            "subscription_id": user.subscriptionID,
        }
    )


def _sent(kind: Kind, value: str | None, country: str | None = None) -> str | None:
    return sent("snap", kind, value, country) if value else None


def _boxed(value: str | None) -> list[str]:
    return [value] if value else []
