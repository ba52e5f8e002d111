"""What must hold for plans and transforms: the engine can use them, and every fixture comes out as expected."""

import ast
from collections.abc import Iterator

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


def _schemas(plan: dict[str, object], document: Document) -> Iterator[Finding]:
    try:
        compiled_from(plan)
    except ValueError as fault:
        yield error(document, ("rules",), f"a plan that cannot be used: {fault}", "rules with a JSON Schema each")


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
        place = document.file if document is not None else f"transforms/{name}.py"
        yield Finding(Problem(place, 1, problem, "the event that the fixture expects", name))
