"""What `ci/bench` says of a measured work: its medians, its goal, and whether it is met."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

GOALS = runpy.run_path(str(Path(__file__).parent.parent / "ci" / "measuring" / "goals.py"))
Goal, Row = GOALS["Goal"], GOALS["Row"]


@pytest.mark.parametrize(
    ("goal", "beside", "seconds"),
    [(Goal(1.05), 2.0, 2.1), (Goal(1, 60), 0.1, 0.16), (Goal(0, 90), 0.0, 0.09), (Goal(0, 90), 5.0, 0.09)],
)
def test_a_goal_is_so_many_times_what_is_beside_it_and_so_many_milliseconds_more(goal, beside, seconds):
    assert goal.seconds(beside) == pytest.approx(seconds)


def test_a_row_is_judged_by_its_medians():
    good = Row("list", (0.1, 0.2, 9.0), "git", (0.2, 0.2, 0.1), Goal(1.0))
    assert good.medians == (0.2, 0.2)
    assert " met (100 to 9000)" in good.line()
    assert good.document()["goal"] == 0.2
    late = Row("list", (0.3,), "", (), Goal(0, 200))
    assert "1.50 times the goal (300 to 300)" in late.line()
    assert late.document()["median_beside"] == 0.0
