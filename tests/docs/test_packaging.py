"""The pins match what is asked for, and nothing in the repository belongs to one machine or one package index."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"^([a-z0-9-]+)==\S+", re.MULTILINE)
# Written so that this file does not match itself.
OF_ONE_MACHINE = re.compile(r"(?<![\w.$}*-])/(?:root|home|Users|wor[k]|farm)/[\w.-]+")
PACKAGE_INDEX = re.compile(r"pyp[i]\.org|pythonhosted\.or[g]|registry\.npmj[s]|registry\.yarnpk[g]|proxy\.golan[g]")


def asked_for(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9._-]+", one)[0].lower().replace("_", "-").replace(".", "-") for one in requirements}


def pinned(name: str) -> set[str]:
    return set(PIN.findall((ROOT / name).read_text()))


def test_every_runtime_dependency_is_pinned() -> None:
    assert asked_for(PYPROJECT["project"]["dependencies"]) - pinned("constraints-runtime.txt") == set()


def test_every_development_dependency_is_pinned() -> None:
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    assert asked_for(wanted) - pinned("constraints.txt") == set()


def test_runtime_pins_are_the_development_pins() -> None:
    development = set((ROOT / "constraints.txt").read_text().splitlines())
    runtime = set((ROOT / "constraints-runtime.txt").read_text().splitlines())
    assert {line.split(";")[0].strip(" \\") for line in runtime} <= {
        line.split(";")[0].strip(" \\") for line in development
    }


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-runtime.txt"])
def test_every_pin_carries_hashes_and_no_line_names_an_index(name: str) -> None:
    for line in (ROOT / name).read_text().splitlines():
        assert re.match(r"[a-z0-9-]+==[^ ]+( ; .*)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line), line


def test_dependencies_have_lower_bounds_only() -> None:
    for requirement in PYPROJECT["project"]["dependencies"]:
        assert re.search(r">=\d", requirement) and "==" not in requirement and "<" not in requirement, requirement


def test_no_file_names_a_machine_or_a_package_index() -> None:
    assert [found for path in tracked_text_files() for found in findings(path)] == []


def findings(path: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        for pattern in (OF_ONE_MACHINE, PACKAGE_INDEX):
            if found := pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {found[0]}"


def tracked_text_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name and not name.startswith("tests/golden/")]
    return [path for path in paths if path.is_file() and path.suffix not in {".gz", ".png", ".parquet", ".db"}]
