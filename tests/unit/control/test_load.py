"""Loading a workspace says everything that is wrong with it, and where."""

from pathlib import Path

import pytest

from trackyard.control.workspace.load import Checked, check_workspace, load_workspace
from trackyard.control.workspace.starter import TEMPLATES, write_starter
from trackyard.model.errors import RefusedError, WorkspaceError
from trackyard.store.secrets import Secrets

SOURCE = """\
name: Web
kind: website
write_keys:
  production: [key_of_the_web]
no_decision: {default: [necessary]}
"""


def workspace(directory: Path, **files: str) -> Path:
    texts = {"trackyard.yaml": "name: Test\n", "sources/web.yaml": SOURCE}
    texts |= {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def checked(directory: Path) -> Checked:
    return check_workspace(directory, Secrets(None, {}))


def errors(directory: Path) -> list[str]:
    return [str(problem) for problem in checked(directory).errors]


@pytest.mark.parametrize("template", TEMPLATES)
def test_starter_workspace_is_fit_to_be_applied(template: str, tmp_path: Path) -> None:
    keys = iter(range(100, 1000))
    write_starter(tmp_path, template, lambda length: f"{next(keys)}" * length)
    assert checked(tmp_path).errors == []
    assert checked(tmp_path).warnings == []
    sources = load_workspace(tmp_path, Secrets(None, {})).sources.values()
    assert all("default" in source.no_decision for source in sources)


def test_starter_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "trackyard.yaml").write_text("mine")
    with pytest.raises(RefusedError):
        write_starter(tmp_path, "default", lambda length: "x" * length)
    assert [path.name for path in tmp_path.iterdir()] == ["trackyard.yaml"]


def test_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="trackyard init"):
        load_workspace(tmp_path)


CASES = [
    ("trackyard", "name: x\nregoins: {}\n", 'trackyard.yaml:2 (regoins): found the unknown key "regoins"'),
    ("trackyard", "name: x\nregoins: {}\n", 'did you mean "regions"?'),
    ("trackyard", "regions: {}\n", 'trackyard.yaml:1: found no "name"'),
    ("trackyard", "name: x\nsources: {}\n", "expected a file for each source in sources/"),
    ("trackyard", "name: x\nname: y\n", "trackyard.yaml:2 (name): found 'name' a second time (first on line 1)"),
    ("trackyard", "name: x\nregions:\n  eu: [DE, xx]\n", "trackyard.yaml:3 (regions.eu[1]): found 'xx'"),
    ("trackyard", "hello\n", "trackyard.yaml:1: found 'hello', expected a map with"),
    ("trackyard", "name: ''\n", "found an empty name"),
    ("trackyard", "name: [\n", "found text that is not YAML"),
    ("trackyard", "name: !!python/object:os.system x\n", "found the tag"),
    ("trackyard", "name: x\nenvironments: []\n", "found no environment"),
    ("trackyard", "name: x\nretention: {days: 0}\n", "expected a number above 0"),
    ("trackyard", "name: x\nallowed_private_hosts: ['http://10.0.0.1/']\n", "(allowed_private_hosts[0]): found 'http:"),
    ("sources__web", SOURCE + "allowed_origins: [www.example.com]\n", "expected an origin, like https://"),
    ("sources__web", SOURCE + "oauth_clients: {a: {k1: PEM}}\n", "(oauth_clients.a.k1): found text that is no key"),
    ("sources__web", SOURCE.replace("website", "websit"), "found 'websit', expected one of"),
    ("sources__web", SOURCE.replace("production", "prod"), "web.yaml:4 (write_keys.prod): found the unknown envir"),
    ("sources__web", SOURCE + "twin_of: server\n", 'web.yaml:6 (twin_of): found the unknown source "server"'),
    ("sources__web", SOURCE + "twin_of: web\n", "found the source itself"),
    ("sources__web", SOURCE + "tracking_plan: a\n", "expected a plan that exists (there is none)"),
    ("sources__web", SOURCE + "transforms: [a]\n", '(transforms[0]): found the unknown transform "a"'),
    ("sources__web", SOURCE.replace("default", "mars"), '(no_decision.mars): found the unknown region "mars"'),
    ("sources__web", SOURCE.replace("key_of_the_web", "'${env:KEY}'"), "found a reference, expected the key itself"),
    ("sources__web", SOURCE.replace("[key_of_the_web]", "key_of_the_web"), "put it in [ ]"),
    ("sources__app", SOURCE, "found a key that sources/app.yaml, line 4, has too, expected each key in one place only"),
    ("sources__My App", SOURCE, 'found the file name "My App"'),
]


@pytest.mark.parametrize(("file", "text", "message"), CASES)
def test_problem_is_named_with_place_and_remedy(file: str, text: str, message: str, tmp_path: Path) -> None:
    assert message in "\n".join(errors(workspace(tmp_path, **{file: text})))


ALLOWED = """\
name: x
allowed_private_hosts: [127.0.0.1, "127.0.0.1:8081", localhost, "[::1]:80", "::1", my-host.internal]
"""
ORIGINS = (
    "allowed_origins: ['https://a.example', 'https://*.a.example:8443/', 'capacitor://localhost', 'http://a:3000']\n"
)


def test_hosts_and_origins_of_every_form_are_known(tmp_path: Path) -> None:
    assert errors(workspace(tmp_path, trackyard=ALLOWED, sources__web=SOURCE + ORIGINS)) == []


def test_every_problem_is_reported_not_only_the_first(tmp_path: Path) -> None:
    found = errors(workspace(tmp_path, trackyard="nam: x\n", sources__web="kind: x\nname: 3\n", sources__b="["))
    assert len(found) == 7


def test_transform_that_is_not_python_is_named_with_its_line(tmp_path: Path) -> None:
    (workspace(tmp_path) / "transforms").mkdir()
    (tmp_path / "transforms" / "bad.py").write_text("x = 1\ndef f(:\n")
    assert errors(tmp_path)[0].startswith("transforms/bad.py:2: found text that is not Python")


def test_words_that_older_yaml_takes_for_truth_stay_words(tmp_path: Path) -> None:
    workspace(tmp_path, trackyard="name: off\nregions: {no: ['NO']}\n")
    assert load_workspace(tmp_path).name == "off"


def test_file_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    levels = "\n".join(f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 20)}]" for level in range(1, 8))
    assert "too many values" in errors(workspace(tmp_path, trackyard=f"l0: &l0 [x]\n{levels}\n"))[0]


def test_stray_file_and_misspelt_folder_are_warned_of(tmp_path: Path) -> None:
    workspace(tmp_path, source__web="", more="")
    assert [problem.file for problem in checked(tmp_path).warnings] == ["more.yaml", "source/"]
