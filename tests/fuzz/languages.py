"""Coverage-guided fuzzing of the two languages: `python tests/fuzz/languages.py -runs=20000`.

No JSON value, mapping or trigger text may crash, take long, or reach a member Python gives its objects.
"""

import contextlib
import json
import sys
import time
from typing import Any

import atheris

with atheris.instrument_imports(include=["trackyard.kit"]):
    from trackyard.kit.fields import compile_payload
    from trackyard.kit.mapping import MappingError, compile_mapping
    from trackyard.kit.mapping.validate import DIRECTIVES
    from trackyard.kit.payload import PayloadError
    from trackyard.kit.trigger import TriggerError, compile_trigger, difference, explain

THREAD_SECONDS_MAX = 0.5  # 50 ms on a quiet core; instrumented code runs ten times slower
NAMES = [*sorted(DIRECTIVES), "exists", "blank", "then", "else", "operator", "value", "pattern", "replacement", "mode"]
NAMES += ["separator", "objects", "direction", "apply", "mapping", "a", "b", "__class__", "constructor", "length", "0"]
TEXTS = ["$.a.b", "{{a}}{{{b}}}", "{{ a | append: a | size }}", "lower", "encode", "left", "$&", "__proto__", "1e21"]
TYPES = ["string", "text", "datetime", "number", "integer", "boolean", "object"]


def value(data: atheris.FuzzedDataProvider, depth: int = 0) -> Any:
    kind = data.ConsumeIntInRange(0, 8 if depth < 6 else 6)
    match kind:
        case 0:
            return None
        case 1:
            return data.ConsumeBool()
        case 2:
            return data.ConsumeInt(8)
        case 3:
            return data.ConsumeRegularFloat()
        case 4 | 5:
            return data.PickValueInList(TEXTS)
        case 6:
            return data.ConsumeUnicode(data.ConsumeIntInRange(0, 40))
        case 7:
            return [value(data, depth + 1) for _ in range(data.ConsumeIntInRange(0, 4))]
    return {data.PickValueInList(NAMES): value(data, depth + 1) for _ in range(data.ConsumeIntInRange(0, 4))}


def one_input(raw: bytes) -> None:
    data = atheris.FuzzedDataProvider(raw)
    event = {name: value(data) for name in ("a", "b", "type", "properties")}
    mapping, text = value(data), data.ConsumeUnicode(60)
    started = time.thread_time()
    members: Any = event
    with contextlib.suppress(MappingError):
        members = compile_mapping(mapping).transform(event)
    json.dumps(members, default=str)
    fields = {"a": {"label": "A", "type": data.PickValueInList(TYPES), "multiple": data.ConsumeBool()}}
    with contextlib.suppress(PayloadError):
        compile_payload(fields)(members)
    for dialect in ("fql", "segment"):
        with contextlib.suppress(TriggerError):
            trigger = compile_trigger(text, dialect)  # type: ignore[arg-type]
            assert explain(text, event, trigger.dialect).holds == trigger(event)
    difference(text)
    assert time.thread_time() - started < THREAD_SECONDS_MAX, "took too long"


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
