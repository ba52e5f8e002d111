"""A mapping made into a function of the event."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, final

from trackyard.kit.javascript import UNDEFINED, type_name
from trackyard.kit.mapping.errors import MappingError, refused
from trackyard.kit.mapping.generate import generate
from trackyard.kit.mapping.root import check_size, processed
from trackyard.kit.mapping.validate import problems_of

Answer = Callable[[Any], Any]
Trace = Callable[[str, str, Any], None]


@final
class Mapping:
    """A compiled mapping: call it with an event to get the payload's raw members.

    What comes back may share parts with the event; nothing of ours changes either.
    """

    def __init__(self, mapping: dict[str, Any], trace: Trace | None = None) -> None:
        self.mapping = mapping
        self._answer = _function(mapping, event_is_object=True, trace=trace)

    def traced(self, trace: Trace) -> "Mapping":
        """The same mapping telling `trace` of every path it follows: the place, the path, the value found."""
        return Mapping(self.mapping, trace)

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """The members `event` maps to. Raises `MappingError` where a directive refuses it or answers no object."""
        answer = self.transform(event)
        if not isinstance(answer, dict):
            raise refused("/", f"found {type_name(answer)} as the whole answer, expected an object")
        return answer

    def transform(self, event: Any) -> Any:
        """The answer as it is: UNDEFINED or no object where the mapping is a directive as a whole."""
        if not isinstance(event, dict):
            raise refused("/", f"found an event of type {type_name(event)}, expected an object")
        try:
            return self._answer(event)
        except RecursionError as error:
            raise refused("/", "found an event nested too deeply to map") from error

    def transform_batch(self, events: Sequence[Any]) -> list[Any]:
        """The answer for every event, in order; one refused event refuses the batch. Undefined answers are null."""
        return [None if answer is UNDEFINED else answer for answer in map(self._any_answer, events)]

    def _any_answer(self, event: Any) -> Any:
        return self.transform(event) if isinstance(event, dict) else self._answer_for_anything(event)

    @cached_property
    def _answer_for_anything(self) -> Answer:
        """For events that are no objects, which a batch lets through."""
        return _function(self.mapping, event_is_object=False)


def compile_mapping(mapping: object) -> Mapping:
    """The function `mapping` describes; raises `MappingError` with every problem and its place."""
    check_size(mapping)
    members = processed(mapping)
    problems = problems_of(members)
    if problems:
        raise MappingError(*problems)
    return Mapping(members)


def _function(mapping: dict[str, Any], *, event_is_object: bool, trace: Trace | None = None) -> Answer:
    generated = generate(mapping, event_is_object=event_is_object, trace=trace)
    names = generated.names
    exec(compile(generated.source, "<mapping>", "exec"), names)  # noqa: S102 - written by us from a checked mapping
    answer: Answer = names["answer"]
    return answer
