"""Failure scripts: which requests a sandbox answers badly, and how. Deterministic for one seed and order.

```yaml
- when: {destination: webhook, connection: slow}       # the first rule that holds decides
  latency_seconds: 0.5
- when: {connection: flaky, requests: [11, 30]}        # the 11th to the 30th of those that match
  status: 503
  headers: {Retry-After: "2"}
- when: {destination: tiktok-conversions}
  bad_rows: '"event_id":"m-7"'                         # refused in the partner's own way; others by its rules
- when: {seconds: [5, 20]}                             # an outage, counted from the sandbox's start
  fault: refuse
```
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError

from trackyard.model.errors import Problem, WorkspaceError
from trackyard.sandbox.partner import Taken

Fault = Literal["refuse", "reset", "hang", "garbage", "half_body"]
Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class When(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The conditions of a rule; all that are given must hold. Ends of ranges are included."""

    destination: str | None = None
    connection: str | None = None
    contains: str | None = None  # somewhere in the body
    requests: tuple[Count, Count] | None = None
    seconds: tuple[Seconds, Seconds] | None = None
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class Rule(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What happens to the requests of `when`: a wait, then a status, a broken answer, or the usual one.

    `bad_rows`: a strict partner refuses the rows that contain this text in its own way, by row or by request.
    `fault`: `refuse` closes at once and takes nothing; `reset` closes without an answer, `hang` never answers,
    `garbage` answers what is not HTTP, `half_body` ends in the middle of a 200. `taken` says whether the rows of
    such a request had their effect all the same, which the sender cannot know.
    """

    when: When = When()
    latency_seconds: Seconds = 0
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    body: str = ""
    bad_rows: str = ""
    fault: Fault | None = None
    taken: bool = False


class Script:
    """The rules, and how many requests each has seen so far."""

    def __init__(self, rules: Sequence[Rule] = (), seed: int = 0) -> None:
        self._rules = [(rule, rule.when.contains.encode() if rule.when.contains else b"") for rule in rules]
        self._seen = [0] * len(rules)
        self._random = Random(seed)

    def rule_for(self, destination: str, taken: Taken, since_start_seconds: float) -> Rule | None:
        """The first rule that holds for this request, if any."""
        for index, (rule, contained) in enumerate(self._rules):
            when = rule.when
            if (
                when.destination in (None, destination)
                and when.connection in (None, taken.connection)
                and contained in taken.body
                and self._is_open(index, when, since_start_seconds)
            ):
                return rule
        return None

    def _is_open(self, index: int, when: When, since_start_seconds: float) -> bool:
        self._seen[index] += 1
        if when.requests and not when.requests[0] <= self._seen[index] <= when.requests[1]:
            return False
        if when.seconds and not when.seconds[0] <= since_start_seconds <= when.seconds[1]:
            return False
        return when.share == 1.0 or self._random.random() < when.share


def load_script(path: Path) -> list[Rule]:
    """The rules of a YAML or JSON file. Raises WorkspaceError saying where and what was expected."""
    try:
        loaded = YAML().load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise _wrong(path, line, str(getattr(error, "problem", error)), "YAML or JSON") from error
    if not isinstance(loaded, CommentedSeq):
        raise _wrong(path, 1, type(loaded).__name__, "a list of rules")
    return [_rule(path, loaded.lc.item(index)[0] + 1, item) for index, item in enumerate(loaded)]


def _rule(path: Path, line: int, item: object) -> Rule:
    try:
        return msgspec.convert(item, Rule)
    except msgspec.ValidationError as error:
        raise _wrong(
            path, line, str(error), "a rule: when, latency_seconds, status, headers, body, bad_rows, fault, taken"
        ) from error


def _wrong(path: Path, line: int, found: str, expected: str) -> WorkspaceError:
    return WorkspaceError([Problem(file=str(path), line=line, found=found, expected=expected)])
