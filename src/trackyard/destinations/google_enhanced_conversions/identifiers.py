"""A person as Google Ads takes one: hashed e-mail and phone, an address with hashed names."""

from typing import Any, Final

from trackyard.kit.identifiers import canonical, sent
from trackyard.kit.identifiers.hashes import hash_form, hex_of_hash, sha256_hex

CALLING_CODE: Final = "1"  # Segment's default, which stored mappings rely on


def contact(email: str | None, phone: str | None, phone_country_code: str | None) -> list[dict[str, Any]]:
    """The user identifiers of an e-mail address and a phone number; refuses what is no address."""
    found: list[dict[str, Any]] = []
    if email:
        found.append({"hashedEmail": hashed_email(email)})
    if phone and (hashed := hashed_phone(phone, phone_country_code)) is not None:
        found.append({"hashedPhoneNumber": hashed})
    return found


# A blank text gives an empty identifier, as Segment's own requests have it: Google then refuses the row by its index,
# and the fault in the source shows.


def hashed_email(email: str) -> str:
    if not email.strip():
        return ""
    hashed = sent("google-ads", "email", email)
    if hashed is None:
        raise ValueError("email: found no e-mail address, expected one or its SHA-256")
    return hashed


def hashed_phone(phone: str, phone_country_code: str | None) -> str | None:
    """The hash of the number in E.164, national numbers read as of `phone_country_code`."""
    if not phone.strip():
        return ""
    return sent("google-ads", "phone", phone, canonical.region_of_calling_code(phone_country_code or CALLING_CODE))


def hashed_name(name: str) -> str | None:
    return sent("google-ads", "first_name", name) if name.strip() else ""


def hashed_street(street: str) -> str | None:
    """The street as it is written: Google names no rule for it."""
    form = hash_form(street)
    return hex_of_hash(street, form) if form else sha256_hex(street)


def check_email(email: str | None) -> None:
    """Refuse a row whose address Google would refuse."""
    if email:
        hashed_email(email)
