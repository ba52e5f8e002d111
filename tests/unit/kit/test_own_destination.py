"""A destination that a workspace brings: loaded when it can be used, else refused with the line at fault."""

import pytest
from tests.docs.pages import FENCE, ROOT

from trackyard.kit.own.examples import example_faults
from trackyard.kit.own.faults import NotADestination
from trackyard.kit.own.load import destination_of, own_destination, own_destinations, source_of

PAGE = (ROOT / "docs" / "how-to" / "destination.md").read_text()
[CHAT] = [block for language, block in FENCE.findall(PAGE) if language == "python"]


def fault_of(source: str) -> NotADestination:
    with pytest.raises(NotADestination) as caught:
        own_destination("chat", source)
    return caught.value


def line_with(text: str, source: str) -> int:
    return next(number for number, line in enumerate(source.splitlines(), start=1) if text in line)


def test_the_pages_destination_loads_and_its_example_comes_out() -> None:
    destination = own_destination("chat", CHAT)
    assert (destination.slug, [action.slug for action in destination.actions]) == ("team-chat", ["post"])
    assert list(example_faults("chat", CHAT, destination)) == []
    assert len(CHAT.splitlines()) <= 60


def test_the_same_text_is_the_same_destination() -> None:
    assert own_destination("chat", CHAT) is own_destination("chat", CHAT)


@pytest.mark.parametrize(
    "statement",
    [
        "import os",
        "import socket",
        "from subprocess import run",
        "import time",
        "from random import random",
        "from urllib import request",
        "from . import slack",
        "import trackyard.store.secrets",
        "from trackyard import store",
        "import kit",
        "open('/etc/passwd')",
        "__import__('os')",
        "eval('1')",
        "import datetime; datetime.datetime.now()",
        "().__class__.__base__.__subclasses__()",
        "print('here')",
    ],
)
def test_what_reaches_outside_is_refused_with_its_line(statement: str) -> None:
    fault = fault_of(f"{CHAT}\n{statement}\n")
    assert fault.line == len(CHAT.splitlines()) + 2
    assert "the time is the argument `now`" in str(fault)


@pytest.mark.parametrize(
    ("before", "after", "found", "at"),
    [
        ("class Message(", "class Message(]", "not Python", "class Message("),
        ("import msgspec\n", "import msgspec\n\nmsgspec.nothing\n", "AttributeError", "msgspec.nothing"),
        ("ORDER = ", "raise SystemExit(3)\nORDER = ", "SystemExit", "raise SystemExit"),
        ('slug="team-chat"', 'slug="Team Chat"', "the slug 'Team Chat'", "destination = "),
        ("settings=Settings", "settings=dict", "settings that are the class dict", "destination = "),
        ("actions=[post]", "actions=[]", "no action", "destination = "),
        ("actions=[post]", "actions=[lambda: 1]", "actions with a list", "destination = "),
        ('frozenset({"functional"})', '{"marketing"}', "purposes = {'marketing'}", "destination = "),
        (", examples=[ORDER]", "", "no example", '@action("post"'),
        ('type = "track"', "type ==== 3", "a trigger that cannot be read", '@action("post"'),
        ("message: Message,", "message: str,", "a payload that is the class str", '@action("post"'),
        ("destination = Destination(", "other = Destination(", "no `destination`", '"""Team chat'),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(before: str, after: str, found: str, at: str) -> None:
    source = CHAT.replace(before, after)
    fault = fault_of(source)
    assert found in fault.found
    assert fault.line == line_with(at, source)


@pytest.mark.parametrize(
    ("before", "after", "found", "at"),
    [
        ('"text": message.text', '"txt": message.text', '"txt"', "title="),
        ("message.text", "message.body", "AttributeError", "message.body"),
        ('"token": "t-1"}', '"token": 1}', "refused", "title="),
    ],
)
def test_an_example_that_comes_out_otherwise_is_told_with_its_line(
    before: str, after: str, found: str, at: str
) -> None:
    source = CHAT.replace(before, after)
    [fault] = example_faults("chat", source, own_destination("chat", source))
    assert found in fault.found
    assert abs(fault.line - line_with(at, source)) <= 1


def test_one_slug_in_two_files_is_a_fault_of_the_second() -> None:
    found, [fault] = own_destinations({"a": CHAT, "b": CHAT})
    assert (list(found), fault.file) == (["team-chat"], "destinations/b.py")


def test_a_broken_file_costs_only_what_it_may_bring() -> None:
    shipped = {"team-chat": own_destination("chat", CHAT)}
    assert destination_of("team-chat", {"broken": "1 +"}, shipped) is shipped["team-chat"]
    with pytest.raises(NotADestination):
        destination_of("other", {"broken": "1 +"}, shipped)


def test_the_source_of_a_slug_is_found_by_what_the_file_says() -> None:
    assert source_of("team-chat", {"chat": CHAT}) == CHAT
    assert source_of("slack", {"chat": CHAT}) == ""


def test_postponed_annotations_are_read_as_well() -> None:
    source = CHAT.replace(
        "from typing import Annotated", "from __future__ import annotations\n\nfrom typing import Annotated"
    )
    assert own_destination("chat", source).slug == "team-chat"
