"""A trigger text made into a function of the event."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, final

from trackyard.kit.trigger import fql_compiled, fql_parser, segment_compiled, segment_parser
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.expression import function_of

Dialect = Literal["fql", "segment"]
TRIGGER_LENGTH_MAX = 10_000


@final
class Trigger:
    """A compiled trigger: call it with an event to learn whether the event is wanted."""

    __slots__ = ("_matches", "dialect", "text")

    def __init__(self, text: str, dialect: Dialect, matches: Callable[[Mapping[str, Any]], bool]) -> None:
        self.text = text
        self.dialect = dialect
        self._matches = matches

    def __call__(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is wanted. An event on which the reference throws is not."""
        try:
            return self._matches(event)
        except TriggerError:
            return False

    def strict(self, event: Mapping[str, Any]) -> bool:
        """The same, but raises `TriggerError` where the reference throws."""
        return self._matches(event)


def compile_trigger(text: str, dialect: Dialect = "fql") -> Trigger:
    """The function `text` describes in `dialect`; raises `TriggerError` on a text that is no trigger."""
    if len(text) > TRIGGER_LENGTH_MAX:
        raise TriggerError(f"found {len(text)} characters, expected at most {TRIGGER_LENGTH_MAX}", TRIGGER_LENGTH_MAX)
    if dialect == "segment":
        return Trigger(text, dialect, function_of(segment_compiled.expression(segment_parser.parse(text))))
    compiler = fql_compiled.Compiler()
    expression = compiler.clause(fql_parser.parse(text))
    return Trigger(text, dialect, function_of(expression, compiler.names))
