"""Mappings and triggers a second on one core, beside Segment's own packages on Node, in one run.

    python -m bench.languages [--json] [--seconds N]

The reference is installed by npm into a temporary folder, pinned to the versions its answers were recorded with; where
Node or npm is missing, or nothing can be installed, only our side is measured.
"""

import argparse
import gc
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trackyard.kit.mapping import compile_mapping
from trackyard.kit.trigger import compile_trigger

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "golden" / "segment" / "meta-purchase.json"
TRIGGER = 'type = "track" and event = "Order Completed"'
LONG_TRIGGER = 'type = "track" and (event = "Order Completed" or event = "Order Updated") and properties.total > 0'
MAPPING_RATIO_MIN = 4
TRIGGERS_MIN = 1_000_000
COMPILE_MS_MAX = 5
PACKAGE = {
    "name": "reference",
    "private": True,
    "dependencies": {
        "@segment/actions-core": "3.170.0",
        "@segment/destination-subscriptions": "3.37.0",
        "liquidjs": "10.25.7",
    },
    # Newer fast-uri refuses the schema ids the reference gives; the others are its own yarn.lock's.
    "overrides": {"fast-uri": "3.1.0", "ajv": "8.18.0", "dayjs": "1.10.7"},
}
REFERENCE = """
const path = require('path'), { performance } = require('perf_hooks')
const input = JSON.parse(require('fs').readFileSync(0))
const core = path.resolve('node_modules/@segment/actions-core/dist/cjs/mapping-kit/index.js')
const { transform } = require(core)
const { parseFql, validate } = require('@segment/destination-subscriptions')
const rate = (run) => {
  for (let i = 0; i < 2000; i++) run()
  let count = 0
  const start = performance.now()
  while (performance.now() - start < input.seconds * 1000) { for (let i = 0; i < 100; i++) run(); count += 100 }
  return count / ((performance.now() - start) / 1000)
}
const triggers = input.triggers.map((text) => parseFql(text))
console.log(JSON.stringify({
  output: transform(input.mapping, input.event),
  mapping: rate(() => transform(input.mapping, input.event)),
  triggers: triggers.map((trigger) => rate(() => validate(trigger, input.event))),
  fromText: rate(() => validate(parseFql(input.triggers[0]), input.event)),
}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the measurements as one JSON object")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each rate is measured")
    options = parser.parse_args()
    measured = measure(options.seconds)
    print(json.dumps(measured) if options.json else in_words(measured))


def measure(seconds: float) -> dict[str, Any]:
    """Our rates, the reference's where it could be run, and their ratios."""
    gc.freeze()
    example = json.loads(EXAMPLE.read_text())
    mapping, event = compile_mapping(example["mapping"]), example["event"]
    pairs = [(text, dialect) for dialect in ("segment", "fql") for text in (TRIGGER, LONG_TRIGGER)]
    ours: dict[str, Any] = {
        "mappings_per_second": rate(lambda: mapping(event), seconds),
        "compile_ms": 1000 / rate(lambda: compile_mapping(example["mapping"]), seconds),
        "triggers_per_second": {
            f"{dialect}: {text}": trigger_rate(text, dialect, event, seconds) for text, dialect in pairs
        },
        "trigger_compile_ms": 1000 / rate(lambda: compile_trigger(LONG_TRIGGER, "segment"), seconds),
    }
    theirs = reference(example, seconds)
    if theirs is not None:
        assert theirs.pop("output") == mapping(event), "the reference maps the event otherwise"
    return {"ours": ours, "reference": theirs, "ratio": ratios(ours, theirs), "holds": holds(ours, theirs)}


def trigger_rate(text: str, dialect: Any, event: dict[str, Any], seconds: float) -> float:
    trigger = compile_trigger(text, dialect)
    return rate(lambda: trigger(event), seconds, run_many=lambda times: [trigger(event) for _ in times])


def rate(run: Callable[[], Any], seconds: float, run_many: Callable[[range], Any] | None = None) -> float:
    """Runs a second on this core, the best of three measurements."""
    run()
    once = run_many or (lambda times: [run() for _ in times])
    return max(_rate(once, seconds / 3) for _ in range(3))


def _rate(run_many: Callable[[range], Any], seconds: float) -> float:
    batch, count, start = range(200), 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        run_many(batch)
        count += len(batch)
    return count / passed


def reference(example: dict[str, Any], seconds: float) -> dict[str, Any] | None:
    """What Segment's packages do on this machine with the same mapping, event and triggers."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "package.json").write_text(json.dumps(PACKAGE))
        install = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved"]
        if subprocess.run(install, cwd=folder, capture_output=True, check=False).returncode:
            return None
        Path(folder, "reference.js").write_text(REFERENCE)
        asked = {**example, "triggers": [TRIGGER, LONG_TRIGGER], "seconds": seconds}
        ran = subprocess.run(
            [node, "reference.js"], input=json.dumps(asked), text=True, cwd=folder, capture_output=True, check=True
        )
    answered = json.loads(ran.stdout)
    return {
        "output": answered["output"],
        "mappings_per_second": answered["mapping"],
        "triggers_per_second": dict(zip((TRIGGER, LONG_TRIGGER), answered["triggers"], strict=True)),
        "triggers_from_text_per_second": answered["fromText"],
    }


def ratios(ours: dict[str, Any], theirs: dict[str, Any] | None) -> dict[str, float]:
    if theirs is None:
        return {}
    slowest = min(ours["triggers_per_second"].values())
    return {
        "mapping": ours["mappings_per_second"] / theirs["mappings_per_second"],
        "trigger, both compiled": slowest / min(theirs["triggers_per_second"].values()),
        "trigger, as the reference runs it": slowest / theirs["triggers_from_text_per_second"],
    }


def holds(ours: dict[str, Any], theirs: dict[str, Any] | None) -> dict[str, bool | None]:
    """What is promised of the speed, and whether this run kept it; None where it could not be told."""
    ratio = ratios(ours, theirs).get("mapping")
    return {
        f"mapping at least {MAPPING_RATIO_MIN}x the reference": None if ratio is None else ratio >= MAPPING_RATIO_MIN,
        f"at least {TRIGGERS_MIN:,} triggers a second": min(ours["triggers_per_second"].values()) >= TRIGGERS_MIN,
        f"a mapping compiled within {COMPILE_MS_MAX} ms": ours["compile_ms"] <= COMPILE_MS_MAX,
    }


def in_words(measured: dict[str, Any]) -> str:
    ours, theirs = measured["ours"], measured["reference"]
    lines = [
        f"Meta Purchase mapping   {ours['mappings_per_second']:>12,.0f}/s",
        f"compiling it            {ours['compile_ms']:>12.2f} ms",
        *(f"trigger {rate:>28,.0f}/s  {name}" for name, rate in ours["triggers_per_second"].items()),
    ]
    if theirs is None:
        return "\n".join(
            [*lines, "The reference could not be run here: no Node, or its packages could not be installed."]
        )
    lines.append(f"reference, mapping      {theirs['mappings_per_second']:>12,.0f}/s")
    lines += [f"reference, trigger {rate:>17,.0f}/s  {name}" for name, rate in theirs["triggers_per_second"].items()]
    lines.append(f"reference, trigger parsed anew {theirs['triggers_from_text_per_second']:>5,.0f}/s")
    lines += [f"ratio, {name}: {ratio:.1f}" for name, ratio in measured["ratio"].items()]
    lines += [
        f"{'holds' if kept else 'unknown' if kept is None else 'FAILS'}: {what}"
        for what, kept in measured["holds"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
