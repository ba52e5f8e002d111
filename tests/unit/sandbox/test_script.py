"""A failure script that cannot be read says where and what was expected."""

from pathlib import Path

import pytest

from trackyard.model.errors import WorkspaceError
from trackyard.sandbox.script import Rule, When, load_script


def test_yaml_and_json_give_the_same_rules(tmp_path: Path) -> None:
    as_yaml, as_json = tmp_path / "a.yaml", tmp_path / "a.json"
    as_yaml.write_text("- when: {connection: flaky, requests: [1, 2]}\n  status: 503\n")
    as_json.write_text('[{"when": {"connection": "flaky", "requests": [1, 2]}, "status": 503}]')
    assert load_script(as_yaml) == load_script(as_json) == [Rule(When(connection="flaky", requests=(1, 2)), status=503)]


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("- status: 200\n- stat: 503\n", 2, "unknown field `stat`"),
        ("- status: 200\n- when: {share: 2}\n", 2, "<= 1"),
        ("- fault: explode\n", 1, "explode"),
        ("status: 503\n", 1, "CommentedMap"),
        ("- [1\n", 2, "expected ',' or ']'"),
    ],
)
def test_a_wrong_script_names_file_line_and_fault(tmp_path: Path, text: str, line: int, found: str) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(text)
    with pytest.raises(WorkspaceError) as raised:
        load_script(script)
    [problem] = raised.value.problems
    assert (problem.file, problem.line) == (str(script), line) and found in problem.found
