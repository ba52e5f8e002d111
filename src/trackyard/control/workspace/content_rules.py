"""What must hold for plans and transforms: the engine can use them, and every fixture comes out as expected."""

import ast
from collections.abc import Iterator
from typing import Any

import msgspec

from trackyard.control.workspace.finding import Finding, Subject, error
from trackyard.control.workspace.shape import faults
from trackyard.control.workspace.yaml import Document
from trackyard.model.errors import Problem
from trackyard.pipeline.process.plans import Plan, compiled_from
from trackyard.pipeline.process.transforms import Fixture, run_fixtures


def plans(subject: Subject) -> Iterator[Finding]:
    for name, plan in subject.workspace.plans.items():
        document = subject.files.plans[name]
        found = faults(plan, Plan)
        for fault in found:
            yield error(document, fault.path, fault.found, fault.expected, fault.fix)
        if not found:
            yield from _schemas(plan, document)


def _schemas(plan: dict[str, Any], document: Document) -> Iterator[Finding]:
    for index, rule in enumerate(plan.get("rules", ())):
        try:
            compiled_from({"rules": [rule]})
        except ValueError as fault:
            path = ("rules", index)
            yield error(document, path, f"a rule that cannot be used: {fault}", "a type, its event, a JSON Schema")


def transforms(subject: Subject) -> Iterator[Finding]:
    for name, source in subject.files.transforms.items():
        problem = _syntax_problem(name, source)
        if problem is not None:
            yield Finding(problem)
            continue
        fixtures = subject.files.fixtures.get(name)
        yield from _fixtures(name, source, fixtures)
    for name in subject.files.fixtures.keys() - subject.files.transforms.keys():
        yield error(subject.files.fixtures[name], (), "fixtures without a function", f"transforms/{name}.py")


def _syntax_problem(name: str, source: str) -> Problem | None:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as fault:
        line = getattr(fault, "lineno", None) or 1
        return Problem(f"transforms/{name}.py", line, f"text that is not Python: {fault}", "Python")
    return None


def _fixtures(name: str, source: str, document: Document | None) -> Iterator[Finding]:
    """The function loads, and turns each fixture's event into what the fixture expects."""
    examples: list[Fixture] = []
    if document is not None and not document.problems:
        found = faults(document.value, list[Fixture])
        for fault in found:
            yield error(document, fault.path, fault.found, fault.expected, fault.fix)
        examples = [] if found else msgspec.convert(document.value, list[Fixture])
    for problem in run_fixtures(name, source, examples):
        index = _index_of(problem, examples)
        if document is None or index is None:
            yield Finding(Problem(f"transforms/{name}.py", 1, problem, "a function `transform(event)`"))
        else:
            yield error(document, (index,), problem, "what the fixture expects")


def _index_of(problem: str, examples: list[Fixture]) -> int | None:
    """The fixture that `problem` is about: it begins with its title or number."""
    titles = [example.title or f"fixture {number}" for number, example in enumerate(examples, start=1)]
    return next((index for index, title in enumerate(titles) if problem.startswith(f"{title}:")), None)
