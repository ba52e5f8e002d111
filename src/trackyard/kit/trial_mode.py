"""How a platform takes a request as a test: it validates it, or shows it apart from real events."""

from collections.abc import Callable, Sequence

import msgspec

from trackyard.kit.request import Request

Mark = Callable[[Request, str], Request | None]


class TrialMode(msgspec.Struct, frozen=True, kw_only=True):
    """A platform's own test mode. `mark` makes a request a test, given the operator's code ("" for none).

    It answers None where the request has no such form, or lacks the code it needs.
    """

    name: str  # the platform's own word for it
    mark: Mark
    code_from: str = ""  # where the operator finds the code; "": it needs none
    source: str


def code_in_body(member: str) -> Mark:
    """The code as a member of the body; one that is there already stays."""

    def mark(request: Request, code: str) -> Request | None:
        if not isinstance(request.json, dict) or not (code or request.json.get(member)):
            return None
        return msgspec.structs.replace(request, json={member: code, **request.json})

    return mark


def flag_in_body(member: str, endings: Sequence[str]) -> Mark:
    """`member: true` in the body of requests whose address ends like one of `endings`."""

    def mark(request: Request, code: str) -> Request | None:
        if not isinstance(request.json, dict) or not request.url.endswith(tuple(endings)):
            return None
        return msgspec.structs.replace(request, json={**request.json, member: True})

    return mark


def other_path(usual: str, for_tests: str) -> Mark:
    """The same request to another path."""

    def mark(request: Request, code: str) -> Request | None:
        if usual not in request.url:
            return None
        return msgspec.structs.replace(request, url=request.url.replace(usual, for_tests, 1))

    return mark
