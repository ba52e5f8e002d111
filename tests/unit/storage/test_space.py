"""Intake stops before the disk is full and goes on by itself."""

from pathlib import Path

from trackyard.store.space import DiskSpace


def test_intake_stops_when_space_is_short_and_resumes_only_with_a_margin(tmp_path: Path) -> None:
    answers = iter([300_000_000, 255_000_000, 300_000_000, 385_000_000, 300_000_000])
    space = DiskSpace(tmp_path, lambda directory: next(answers))
    assert [space.refusal() is None for _ in range(5)] == [True, False, False, True, True]


def test_refusal_says_where_how_much_is_left_and_when_it_ends(tmp_path: Path) -> None:
    refusal = DiskSpace(tmp_path, lambda directory: 5_000_000).refusal()
    assert refusal == f"{tmp_path} has 5 MB left, intake resumes at 384"


def test_space_of_a_real_disk_is_asked(tmp_path: Path) -> None:
    assert DiskSpace(tmp_path).refusal() is None or "MB left" in str(DiskSpace(tmp_path).refusal())
