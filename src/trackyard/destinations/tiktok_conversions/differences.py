"""Where our requests are not those of Segment's connector 3.497.0, and why that is better."""

from typing import Final

from trackyard.kit.action import Difference

_HASH: Final = "re:[0-9a-fA-F]{64}"
_OUR_HASH: Final = "re:[0-9a-f]{64}"
_EVENT: Final = "requests.*.json.data.*"

DIFFERENCES: Final = [
    Difference(
        path="requests.*.headers.user-agent",
        want="Segment (Actions)",
        got="absent",
        reason="the lane names itself; a request does not claim to be Segment's",
    ),
    Difference(
        path="requests.*.json.partner_name",
        want="Segment",
        got="Trackyard",
        reason="TikTok tells its partners apart by this name, and this is not Segment",
    ),
    Difference(
        path=f"{_EVENT}.event_time",
        want=None,
        got=r"re:\d+",
        reason="Unix seconds given as text are read; where the text is no time, the time of receipt (there: null)",
    ),
    Difference(
        path=f"{_EVENT}.user.email.*",
        want=_HASH,
        got=_OUR_HASH,
        reason="addresses are trimmed before they are hashed, given hashes recognised in any form",
    ),
    Difference(
        path=f"{_EVENT}.user.email.*",
        want=_HASH,
        got="absent",
        reason="what is no address can match nobody and is not hashed",
    ),
    Difference(
        path=f"{_EVENT}.user.phone.*",
        want=_HASH,
        got=_OUR_HASH,
        reason="E.164: the country code is added where the country is known, 00 removed",
    ),
    Difference(
        path=f"{_EVENT}.user.phone.*",
        want=_HASH,
        got="absent",
        reason="a + before a national number of an unknown country would make it somebody else's",
    ),
    Difference(
        path=f"{_EVENT}.user.zip_code",
        want=_HASH,
        got=_OUR_HASH,
        reason="of an American ZIP+4 the first five digits; hashes in lower case",
    ),
    Difference(
        path=f"{_EVENT}.user.state",
        want="re:[a-z]{3,}",
        got="re:[a-z]{2}",
        reason="states of the US and Canada as their two letters, as TikTok asks",
    ),
    Difference(
        path=f"{_EVENT}.user.country",
        want="re:[a-z]{3,}",
        got="re:[a-z]{2}",
        reason="countries as their ISO code, as TikTok asks",
    ),
    Difference(
        path=f"{_EVENT}.properties.currency",
        want="re:[A-Za-z]{3}",
        got="re:[A-Z]{3}",
        reason="currencies in upper case, as ISO 4217 has them",
    ),
]
