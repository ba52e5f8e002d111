"""Who the event is about, as Meta takes it: hashed in Meta's forms, from canonical identifiers."""

from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.fields import Field
from trackyard.kit.identifiers import Kind, canonical_form, sent
from trackyard.kit.members import filled


class UserData(msgspec.Struct, frozen=True, kw_only=True):
    externalId: Annotated[list[str] | None, Field("External IDs", help="Your ids of the person; hashed here.")] = None
    email: Annotated[str | None, Field("Email")] = None
    phone: Annotated[str | None, Field("Phone", help="With country code, or beside a country.")] = None
    gender: Annotated[str | None, Field("Gender")] = None
    dateOfBirth: Annotated[str | None, Field("Date of birth", help="Year first is best: 1990-05-21.")] = None
    lastName: Annotated[str | None, Field("Last name")] = None
    firstName: Annotated[str | None, Field("First name")] = None
    city: Annotated[str | None, Field("City")] = None
    state: Annotated[str | None, Field("State", help="Code or name.")] = None
    zip: Annotated[str | None, Field("Postal code")] = None
    country: Annotated[str | None, Field("Country", help="ISO code or English name.")] = None
    client_ip_address: Annotated[str | None, Field("IP address", help="Of the person's device; sent as it is.")] = None
    client_user_agent: Annotated[str | None, Field("User agent", help="Meta demands it of website events.")] = None
    fbc: Annotated[str | None, Field("Click id", help="The _fbc cookie.")] = None
    fbp: Annotated[str | None, Field("Browser id", help="The _fbp cookie.")] = None
    subscriptionID: Annotated[str | None, Field("Subscription id")] = None
    leadID: Annotated[int | None, Field("Lead id", help="Of a lead form on Meta.")] = None
    fbLoginID: Annotated[int | None, Field("Facebook login id")] = None
    anonId: Annotated[str | None, Field("Installation id", help="App events only.")] = None
    madId: Annotated[str | None, Field("Mobile advertiser id", help="App events only.")] = None
    partner_id: Annotated[str | None, Field("Partner id")] = None
    partner_name: Annotated[str | None, Field("Partner name")] = None


USER_DATA_MAPPING: Final[dict[str, Any]] = {
    "externalId": {
        "@if": {
            "exists": {"@path": "$.userId"},
            "then": {"@path": "$.userId"},
            "else": {"@path": "$.anonymousId"},
        }
    },
    "email": {"@path": "$.context.traits.email"},
    "phone": {"@path": "$.context.traits.phone"},
    "dateOfBirth": {"@path": "$.context.traits.birthday"},
    "lastName": {"@path": "$.context.traits.lastName"},
    "firstName": {"@path": "$.context.traits.firstName"},
    "city": {"@path": "$.context.traits.address.city"},
    "state": {"@path": "$.context.traits.address.state"},
    "zip": {"@path": "$.context.traits.address.postalCode"},
    "client_ip_address": {"@path": "$.context.ip"},
    "client_user_agent": {"@path": "$.context.userAgent"},
    "fbc": {"@path": "$.properties.fbc"},
    "fbp": {"@path": "$.properties.fbp"},
}

# (Meta's key, our member, kind): Conversions API, "Customer information parameters".
_HASHED: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("em", "email", "email"),
    ("ph", "phone", "phone"),
    ("ge", "gender", "gender"),
    ("db", "dateOfBirth", "birth_date"),
    ("ln", "lastName", "last_name"),
    ("fn", "firstName", "first_name"),
    ("ct", "city", "city"),
    ("st", "state", "state"),
    ("zp", "zip", "postal_code"),
    ("country", "country", "country"),
)


def user_data(given: UserData) -> dict[str, Any]:
    """Meta's `user_data`: identifiers hashed, the others as they are, nothing empty."""
    country = canonical_form("country", given.country) if given.country else None
    hashed = {
        key: sent("meta", kind, value, country) for key, member, kind in _HASHED if (value := getattr(given, member))
    }
    external_ids = [sent("meta", "external_id", value) for value in given.externalId or ()]
    return filled(
        {
            **hashed,
            "external_id": [value for value in external_ids if value],
            "client_ip_address": given.client_ip_address,
            "client_user_agent": given.client_user_agent,
            "fbc": given.fbc,
            "fbp": given.fbp,
            "subscription_id": given.subscriptionID,
            "lead_id": given.leadID,
            "anon_id": given.anonId,
            "madid": given.madId,
            "fb_login_id": given.fbLoginID,
            "partner_id": given.partner_id,
            "partner_name": given.partner_name,
        }
    )
