"""Who a person is, in one canonical form per identifier, and each platform's form of it."""

from trackyard.kit.identifiers.formats import FORMATS, Format, Kind, canonical_form, cleaned, sent
from trackyard.kit.identifiers.hashes import hash_form, sha256_base64, sha256_hex

__all__ = ["FORMATS", "Format", "Kind", "canonical_form", "cleaned", "hash_form", "sent", "sha256_base64", "sha256_hex"]
