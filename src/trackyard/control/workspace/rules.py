"""What must hold between the parts of a workspace. Each rule yields findings; none raises."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from trackyard.control.workspace.files import Files
from trackyard.control.workspace.shape import did_you_mean
from trackyard.control.workspace.yaml import Document, Path
from trackyard.model.errors import Problem
from trackyard.model.workspace import Source, Workspace
from trackyard.store.secrets import LIKE_A_REFERENCE, Secrets

COUNTRY = re.compile(r"[A-Z]{2}")
WRITE_KEY = re.compile(r"[A-Za-z0-9_.-]{8,128}")


class Finding(msgspec.Struct, frozen=True):
    """A problem, and whether it forbids applying the workspace."""

    problem: Problem
    is_error: bool = True


Rule = Callable[[Files, Workspace, Secrets], Iterator[Finding]]


def findings(files: Files, workspace: Workspace, secrets: Secrets) -> Iterator[Finding]:
    """What every rule finds. Parts of the wrong shape are not in `workspace`, but their names are in `files`."""
    for rule in RULES:
        yield from rule(files, workspace, secrets)


def warning(document: Document, path: Path, found: str, expected: str, fix: str = "") -> Finding:
    return Finding(document.problem(path, found, expected, fix), is_error=False)


def error(document: Document, path: Path, found: str, expected: str, fix: str = "") -> Finding:
    return Finding(document.problem(path, found, expected, fix))


def unknown(document: Document, path: Path, what: str, word: str, known: Iterable[str]) -> Finding:
    """`word` names nothing that there is."""
    choices = list(known)
    expected = f"one of {', '.join(choices)}" if choices else f"a {what} that exists (there is none)"
    return error(document, path, f'the unknown {what} "{word}"', expected, did_you_mean(word, choices))


def whole_workspace(files: Files, workspace: Workspace, secrets: Secrets) -> Iterator[Finding]:
    yield from _environments(files.main, workspace)
    for region, countries in workspace.regions.items():
        for index, country in enumerate(countries):
            if not COUNTRY.fullmatch(country):
                path: Path = ("regions", region, index)
                yield error(files.main, path, repr(country), "an ISO 3166 country code of two capitals, like DE")
    for index, window in enumerate(workspace.freeze_windows):
        if window.end <= window.start:
            path = ("freeze_windows", index, "end")
            yield error(files.main, path, "an end that is not after the start", "start before end")


def _environments(document: Document, workspace: Workspace) -> Iterator[Finding]:
    if not workspace.environments:
        yield error(document, ("environments",), "no environment", "at least one, like [production]")
    for index, name in enumerate(workspace.environments):
        if name in workspace.environments[:index]:
            yield error(document, ("environments", index), f'"{name}" a second time', "each environment once")


def sources(files: Files, workspace: Workspace, secrets: Secrets) -> Iterator[Finding]:
    if not files.sources:
        yield warning(files.main, (), "no file in sources/", "at least one source, or nothing can come in")
    for name, source in workspace.sources.items():
        document = files.sources[name]
        yield from _source_names(files, workspace, name, source, document)
        for region in source.no_decision:
            if region != "default" and region not in workspace.regions:
                yield unknown(document, ("no_decision", region), "region", region, ["default", *workspace.regions])
        if "default" not in source.no_decision:
            yield warning(document, ("no_decision",), "no rule for default", "one: absent means denied, say [] instead")


def _source_names(
    files: Files, workspace: Workspace, name: str, source: Source, document: Document
) -> Iterator[Finding]:
    for environment in source.write_keys:
        if workspace.name and environment not in workspace.environments:
            yield unknown(document, ("write_keys", environment), "environment", environment, workspace.environments)
    if source.twin_of == name:
        yield error(document, ("twin_of",), "the source itself", "the other source of the pair")
    elif source.twin_of is not None and source.twin_of not in files.sources:
        yield unknown(document, ("twin_of",), "source", source.twin_of, files.sources)
    if source.tracking_plan is not None and source.tracking_plan not in files.plans:
        yield unknown(document, ("tracking_plan",), "plan", source.tracking_plan, files.plans)
    for index, transform in enumerate(source.transforms):
        if transform not in files.transforms:
            yield unknown(document, ("transforms", index), "transform", transform, files.transforms)


def write_keys(files: Files, workspace: Workspace, secrets: Secrets) -> Iterator[Finding]:
    """A key says which source and environment an event belongs to, so it must be one source's in one environment."""
    first: dict[str, str] = {}
    for name, source in workspace.sources.items():
        document = files.sources[name]
        for environment, keys in source.write_keys.items():
            for index, key in enumerate(keys):
                path: Path = ("write_keys", environment, index)
                if LIKE_A_REFERENCE.search(key):
                    yield error(document, path, "a reference", "the key itself (it is no secret: every page shows it)")
                elif not WRITE_KEY.fullmatch(key):
                    yield error(document, path, "a key of other form", "8 to 128 letters, digits, _ . -")
                elif key in first:
                    yield error(document, path, f"a key that {first[key]} has too", "each key in one place only")
                first.setdefault(key, f"{document.file}, line {document.line(path)},")


def transforms(files: Files, workspace: Workspace, secrets: Secrets) -> Iterator[Finding]:
    for name, source in files.transforms.items():
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError) as fault:
            line = getattr(fault, "lineno", None) or 1
            yield Finding(Problem(f"transforms/{name}.py", line, f"text that is not Python: {fault}", "Python"))


RULES: tuple[Rule, ...] = (whole_workspace, sources, write_keys, transforms)
