"""References to secrets: found at the time of use, never printed."""

import os
from pathlib import Path

import pytest

from trackyard.model.errors import MissingSecret
from trackyard.store.secrets import Secret, Secrets, missing_references, resolve


def test_references_are_replaced_anywhere_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0k\n")
    secrets = Secrets(tmp_path, {"HOST": "example.com"})
    settings = {"url": "https://${env:HOST}/${env:PATH_:-in}", "list": [{"auth": "Bearer ${secret:token}"}], "n": 3}
    assert resolve(settings, secrets) == {"url": "https://example.com/in", "list": [{"auth": "Bearer t0k"}], "n": 3}


def test_missing_secrets_are_all_named_and_their_places_in_the_text_are_not(tmp_path: Path) -> None:
    settings = {"a": "x ${secret:one}", "b": ["${env:TWO}", "${env:THREE:-}"]}
    assert missing_references(settings, Secrets(tmp_path, {})) == ["${secret:one}", "${env:TWO}"]
    with pytest.raises(MissingSecret, match=r"\$\{secret:one\}, \$\{env:TWO\} not set"):
        resolve(settings, Secrets(tmp_path, {}))


def test_changed_secret_file_holds_for_the_next_look(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, {})
    for value in ("first", "second"):
        (tmp_path / "fresh").write_text(value)
        (tmp_path / "fresh").replace(tmp_path / "token")
        assert resolve({"t": "${secret:token}"}, secrets) == {"t": value}
    (tmp_path / "token").unlink()
    assert missing_references("${secret:token}", secrets) == ["${secret:token}"]


def test_secret_name_cannot_leave_the_directory(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x")
    inside = tmp_path / "secrets"
    inside.mkdir()
    assert resolve({"t": "${secret:../outside}"}, Secrets(inside, {})) == {"t": "${secret:../outside}"}


def test_value_put_in_is_not_searched_for_references_again() -> None:
    assert resolve({"t": "${env:A}"}, Secrets(None, {"A": "${env:B}", "B": "x"})) == {"t": "${env:B}"}


def test_secret_does_not_print() -> None:
    secret = Secret("planted")
    assert "planted" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "planted"


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_unreadable_secret_is_missing(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x")
    (tmp_path / "token").chmod(0)
    assert missing_references("${secret:token}", Secrets(tmp_path, {})) == ["${secret:token}"]
