"""Which parts of a log can be meant."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.log_parts import check_part
from worktree_tasks.errors import BadUse


@pytest.mark.parametrize(
    "since", ["10m", "2h30m", "1.5h", "2026-01-31", "2026-01-31T12:00:00Z", "1700000000"]
)
def test_what_docker_takes_for_a_time_is_taken(since):
    check_part(since, None)


@pytest.mark.parametrize("since", ["1d", "yesterday", "", "--x", "m"])
def test_another_time_is_told_with_how_to_write_it(since):
    with pytest.raises(BadUse, match="--since"):
        check_part(since, None)


@pytest.mark.parametrize("tail", ["-1", "x", "", "1.5"])
def test_another_number_of_lines_is_told(tail):
    with pytest.raises(BadUse, match="--tail"):
        check_part(None, tail)


@pytest.mark.parametrize("tail", ["0", "20", "all"])
def test_numbers_of_lines_and_all_are_taken(tail):
    check_part(None, tail)
