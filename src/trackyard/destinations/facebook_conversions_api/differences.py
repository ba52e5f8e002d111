"""Where our requests are not those of Segment's connector 3.497.0, and why that is better."""

from typing import Final

from trackyard.kit.action import Difference

_HASH: Final = "re:[0-9a-fA-F]{64}"
_OUR_HASH: Final = "re:[0-9a-f]{64}"
_EVENT: Final = "requests.*.json.data.*"

DIFFERENCES: Final = [
    Difference(
        path="requests.*.url",
        want=r"re:https://graph\.facebook\.com/v2\d\.0/[^/]+/events",
        got=r"re:https://graph\.facebook\.com/v26\.0/[^/]+/events",
        reason="newest Graph API version, a setting of the connection",
    ),
    Difference(
        path="requests.*.headers.user-agent",
        want="Segment (Actions)",
        got="absent",
        reason="the lane names itself; a request does not claim to be Segment's",
    ),
    Difference(
        path=f"{_EVENT}.event_time",
        want=r"re:[-0-9T:.Z+]+",
        got=r"re:\d+",
        reason="whole Unix seconds, as Meta documents the member; text that is no time stays as it is",
    ),
    Difference(
        path=f"{_EVENT}.user_data.em",
        want=_HASH,
        got=_OUR_HASH,
        reason="a base64 SHA-256 is recognised instead of hashed again",
    ),
    Difference(
        path=f"{_EVENT}.user_data.em",
        want=_HASH,
        got="absent",
        reason="what is no address, or an MD5, can match nobody and is not hashed",
    ),
    Difference(
        path=f"{_EVENT}.user_data.ph",
        want=_HASH,
        got=_OUR_HASH,
        reason="E.164 digits: the country code is added where the country is known, 00 removed; hashes in lower case",
    ),
    Difference(
        path=f"{_EVENT}.user_data.ph",
        want=_HASH,
        got="absent",
        reason="the digits of an MD5 or of a service code are nobody's number",
    ),
    Difference(
        path=f"{_EVENT}.user_data.db",
        want=_HASH,
        got=_OUR_HASH,
        reason="birth dates in any certain notation become YYYYMMDD before they are hashed, as Meta asks",
    ),
    Difference(
        path=f"{_EVENT}.user_data.zp",
        want=_HASH,
        got=_OUR_HASH,
        reason="of an American ZIP+4 the first five digits, as Meta asks",
    ),
    Difference(
        path=f"{_EVENT}.custom_data",
        want={},
        got="absent",
        reason="nothing empty is sent (there it depends on a feature flag)",
        actions=("custom", "custom2"),
    ),
    Difference(
        path="requests.*",
        want="absent",
        got=r're:[\s\S]*"currency":\s*"[A-Z]{3}"[\s\S]*',
        reason="a currency in lower case is upper-cased; there the whole event is refused and the conversion lost",
    ),
]
