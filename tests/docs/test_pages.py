"""What the pages say exists: commands with their options, make targets, links, rooms, words."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from tests.docs.pages import FENCE, PAGES, ROOT, mentioned, name_of
from tests.docs.reference import PAGES as REFERENCE_PAGES
from tests.docs.reference import REFERENCE, STRUCTS, comments_and_types, declared_metrics

from trackyard.cli.main import main
from trackyard.model import workspace
from trackyard.store.directory import DataDirectory

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def each(texts: list[Path]) -> Any:
    return pytest.mark.parametrize("page", texts, ids=name_of)


@each(PAGES)
def test_every_command_named_exists_with_its_options(page: Path) -> None:
    wrong = [f"{line}: {fault}" for line in mentioned(page.read_text(), "trackyard") if (fault := fault_of(line))]
    assert wrong == []


def fault_of(line: str) -> str:
    """ "" where `line` could be called, else what is wrong with it. A trailing `...` stands for more."""
    command: click.Command = main
    words = [word for word in shlex.split(line)[1:] if word not in ("...", "…")]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words.pop(0))
        if found is None:
            return "no such command"
        command = found
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    options = {word.split("=")[0] for word in words if word.startswith("-") and not re.fullmatch(r"-[\d.]+", word)}
    unknown = options - known - {"--help", "-h", "--version"}
    return f"no such option {sorted(unknown)}" if unknown else ""


@each(PAGES)
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for line in mentioned(page.read_text(), "make") for word in line.split()[1:2] if "=" not in word}
    assert named <= targets


@each(PAGES)
def test_every_link_between_pages_resolves(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            broken.append(target)
    assert broken == []


def anchors(text: str) -> set[str]:
    headings = (re.sub(r"[`*]", "", heading).lower() for heading in HEADING.findall(FENCE.sub("", text)))
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", sorted(REFERENCE_PAGES))
def test_the_reference_is_what_the_code_says(name: str) -> None:
    written = (REFERENCE / name).read_text() if (REFERENCE / name).exists() else ""
    assert written == REFERENCE_PAGES[name](), f"run `make reference`: docs/reference/{name} is not what the code says"


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_setting_says_what_it_means(struct: str) -> None:
    said = comments_and_types(getattr(workspace, struct))
    assert {name for name, (_, comment) in said.items() if not comment} == set()


def test_every_metric_says_what_it_measures() -> None:
    assert [metric._name for metric in declared_metrics() if not metric._documentation.endswith(".")] == []


def test_every_room_stands_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {path.name for path in (ROOT / "src" / "trackyard").iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if f"{room}/" not in text} == set()


def test_everything_in_a_data_directory_stands_in_the_architecture() -> None:
    root = Path("/data")
    paths = [path for path in vars(DataDirectory(root)).values() if isinstance(path, Path) and path != root]
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert {path.name for path in paths if f"`{path.name}`" not in text} == set()


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = (target.split("#")[0] for target in LINK.findall(page.read_text()) if ":" not in target)
        waiting += [(page.parent / link).resolve() for link in links if link]
    assert {name_of(page) for page in PAGES} - {name_of(page) for page in reached} == set()


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    assert words == sorted(words) and len(words) > 50


def test_every_target_of_the_makefile_that_is_meant_for_people_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text()
    for target in ("demo", "up", "test", "check", "verify", "bench", "crash", "conformance"):
        assert re.search(rf"^{target}:.*## \w", text, re.MULTILINE), target
