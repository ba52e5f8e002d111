"""Where our requests are not those of Segment's connector 3.497.0, and why that is better."""

from typing import Final

from trackyard.kit.action import Difference

_HASH: Final = "re:[0-9a-fA-F]{64}"
_OUR_HASH: Final = "re:[0-9a-f]{64}"
_UPLOADS: Final = ("conversions.*", "conversionAdjustments.*", "operations.*.create")

DIFFERENCES: Final = [
    Difference(
        path="requests.*.headers.user-agent",
        want="Segment (Actions)",
        got="absent",
        reason="the lane names itself; a request does not claim to be Segment's",
    ),
    Difference(
        path="requests.*.url",
        want=r"re:https://googleads\.googleapis\.com/v2\d/customers/.+",
        got=r"re:https://googleads\.googleapis\.com/v26/customers/.+",
        reason="newest Google Ads API version, a setting of the connection; Google ends each version after a year",
    ),
    *(
        Difference(
            path=f"requests.*.json.{upload}.userIdentifiers.*.hashedEmail",
            want=_HASH,
            got=_OUR_HASH,
            reason="every dot of a Gmail name is removed, as Google documents (there the first); hashes in lower case",
        )
        for upload in _UPLOADS
    ),
    *(
        Difference(
            path=f"requests.*.json.{upload}.userIdentifiers.*.hashedPhoneNumber",
            want=_HASH,
            got=_OUR_HASH,
            reason="numbers with + or 00 keep their country (there +44 becomes +144); hashes in lower case",
        )
        for upload in _UPLOADS
    ),
    *(
        Difference(
            path=f"requests.*.json.conversionAdjustments.*.userIdentifiers.*.addressInfo.{name}",
            want=_HASH,
            got=_OUR_HASH,
            reason="names in lower case without whitespace before they are hashed, as Google documents",
        )
        for name in ("hashedFirstName", "hashedLastName")
    ),
    Difference(
        path="requests.*.json.operations.*.create.userIdentifiers.*",
        want=r're:[\s\S]*"addressInfo"[\s\S]*',
        got="absent",
        reason="an address without country and postal code matches nobody: Google wants all four parts",
        actions=("userList",),
    ),
    Difference(
        path="requests.*",
        want="absent",
        got=r"re:[\s\S]*googleads\.googleapis\.com[\s\S]*",
        reason="rows with a base64 hash or an international address are sent; one bad row does not refuse its batch",
    ),
]
