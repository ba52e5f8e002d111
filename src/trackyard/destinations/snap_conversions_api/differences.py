"""Where our requests are not those of Segment's connector 3.497.0, and why that is better."""

from typing import Final

from trackyard.kit.action import Difference
from trackyard.kit.differences import USER_AGENT, partner, rehashed, unhashed

_EVENT: Final = "requests.*.json.data.*"

DIFFERENCES: Final = [
    USER_AGENT,
    partner(f"{_EVENT}.integration", "segment", "trackyard"),
    Difference(
        path=f"{_EVENT}.event_time",
        want=r"re:\d{10}",
        got=r"re:\d{13}",
        reason="seconds are made milliseconds, as the API takes them",
    ),
    rehashed(f"{_EVENT}.user_data.em.*", "given hashes are recognised in any form and sent in lower case"),
    rehashed(f"{_EVENT}.user_data.ph.*", "E.164 digits: the country code is added where the country is known"),
    Difference(
        path=f"{_EVENT}.user_data.ph",
        want=r're:\[\s*"[0-9a-fA-F]{64}"\s*\]',
        got="absent",
        reason="the digits of an MD5 or a service code are nobody's number",
    ),
    rehashed(f"{_EVENT}.user_data.db", "birth dates in any certain notation become YYYYMMDD before they are hashed"),
    rehashed(f"{_EVENT}.user_data.zp", "of an American ZIP+4 the first five digits"),
    unhashed(f"{_EVENT}.user_data.ge", "only m and f can match"),
    Difference(
        path="requests.*",
        want="absent",
        got=r"re:[\s\S]*tr\.snapchat\.com[\s\S]*",
        reason="a phone without digits does not lose the event (there: a crash)",
    ),
]
