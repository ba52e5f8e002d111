"""The table of `make conformance` names what is unexplained and what no vector uses."""

import msgspec
import pytest
from tests.conformance.destinations import main, tally

from trackyard.destinations import catalogue
from trackyard.kit.action import Difference


def test_a_difference_that_is_not_declared_is_counted() -> None:
    destination = msgspec.structs.replace(catalogue()["slack"], differences=[])
    counted = tally(destination)
    assert (counted.vectors, counted.unexplained) == (tally(catalogue()["slack"]).vectors, counted.vectors)


def test_a_declared_difference_that_no_vector_shows_is_named() -> None:
    said = Difference(path="requests.*.url", want="absent", got="nowhere", reason="none")
    destination = catalogue()["slack"]
    counted = tally(msgspec.structs.replace(destination, differences=[*destination.differences, said]))
    assert (counted.unused, counted.unexplained) == ([said], 0)


def test_the_table_is_printed_and_all_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack"]) == 0
    assert "slack" in capsys.readouterr().out


def test_a_destination_that_is_not_there_fails() -> None:
    assert main(["nowhere"]) == 1
