"""The files of a workspace directory, read but not yet understood."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from trackyard.control.workspace.shape import did_you_mean
from trackyard.control.workspace.yaml import Document, read_yaml
from trackyard.model.errors import Problem
from trackyard.model.workspace import Slug

MAIN = "trackyard.yaml"
FOLDERS = ["sources", "destinations", "plans", "transforms"]
FIXTURES = ".fixtures"  # transforms/NAME.fixtures.yaml
YAML_SUFFIXES = (".yaml", ".yml")
FILE_BYTES_MAX = 5_000_000
SLUG_PATTERN = get_args(Slug)[1].pattern


class Files(msgspec.Struct):
    """What a workspace directory holds: one document per YAML file and the text of each Python file, by name."""

    main: Document
    sources: dict[str, Document]
    destinations: dict[str, Document]
    plans: dict[str, Document]
    transforms: dict[str, str]
    own_destinations: dict[str, str]
    fixtures: dict[str, Document]  # of each transform that has some
    problems: list[Problem]
    strays: list[Problem]

    def documents(self) -> Iterator[Document]:
        yield self.main
        for folder in (self.sources, self.destinations, self.plans, self.fixtures):
            yield from folder.values()


def read_files(directory: Path) -> Files:
    """Every file of the workspace in `directory`. What cannot be read is a problem of that file only."""
    problems: list[Problem] = []
    folders = {folder: _documents(directory, folder, problems) for folder in FOLDERS[:3]}
    return Files(
        main=_main(directory, problems),
        sources=folders["sources"],
        destinations=folders["destinations"],
        plans=folders["plans"],
        transforms=_sources(directory, "transforms", problems),
        own_destinations=_sources(directory, "destinations", problems),
        fixtures=_documents(directory, "transforms", problems, FIXTURES),
        problems=problems,
        strays=list(_strays(directory)),
    )


def _main(directory: Path, problems: list[Problem]) -> Document:
    path = directory / MAIN
    if not path.is_file():
        problems.append(
            Problem(MAIN, 1, f"no {MAIN} in {directory}", "a workspace", f"make one: trackyard init {directory}")
        )
        return Document(MAIN, None, {}, [])
    return read_yaml(_text(path, MAIN, problems), MAIN)


def _documents(directory: Path, folder: str, problems: list[Problem], mark: str = "") -> dict[str, Document]:
    """One document per YAML file `NAME<mark>.yaml` of the folder."""
    found: dict[str, Document] = {}
    for path in _files(directory / folder, YAML_SUFFIXES):
        name, slug = f"{folder}/{path.name}", path.stem.removesuffix(mark)
        if slug in found:
            problems.append(Problem(name, 1, f'a second file for "{slug}"', "one file for each name"))
        elif _is_named_well(slug, name, problems):
            found[slug] = read_yaml(_text(path, name, problems), name)
    return found


def _sources(directory: Path, folder: str, problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in _files(directory / folder, (".py",)):
        name = f"{folder}/{path.name}"
        if _is_named_well(path.stem, name, problems):
            found[path.stem] = _text(path, name, problems)
    return found


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix in suffixes and path.is_file() and not path.name.startswith((".", "~"))
    )


def _is_named_well(stem: str, name: str, problems: list[Problem]) -> bool:
    fits = re.fullmatch(SLUG_PATTERN.removeprefix("^").removesuffix("$"), stem) is not None
    if not fits:
        problems.append(Problem(name, 1, f'the file name "{stem}"', "lower-case letters, digits, - and _, 63 at most"))
    return fits


def _text(path: Path, name: str, problems: list[Problem]) -> str:
    try:
        data = path.read_bytes()
        if len(data) > FILE_BYTES_MAX:
            problems.append(Problem(name, 1, f"{len(data)} bytes", f"at most {FILE_BYTES_MAX} bytes"))
            return ""
        return data.decode()
    except OSError as error:
        problems.append(Problem(name, 1, error.strerror or str(error), "a file that can be read"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "bytes that are not UTF-8", "UTF-8 text"))
    return ""


def _strays(directory: Path) -> Iterator[Problem]:
    """Files that look meant for the workspace but are not where they are read from."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        hidden = path.name.startswith(".")
        if path.is_dir() and not hidden and path.name not in FOLDERS and any(_files(path, YAML_SUFFIXES)):
            fix = did_you_mean(path.name, FOLDERS)
            yield Problem(f"{path.name}/", 1, "a folder that is not read", f"one of {', '.join(FOLDERS)}", fix=fix)
        elif path.suffix in YAML_SUFFIXES and path.is_file() and not hidden and path.name != MAIN:
            yield Problem(path.name, 1, "a file that is not read", f"{MAIN}, or a file in one of its folders")
