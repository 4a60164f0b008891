"""The order of the steps: each after what it needs, and no more than what leads to the goals."""

from __future__ import annotations

import pytest

from worktree_tasks.orchestration.flows.sequence import ORDER, needed

NAMES = [step.name for step in ORDER]


def test_each_step_stands_after_those_that_it_needs():
    for number, step in enumerate(ORDER):
        assert set(step.needs) <= set(NAMES[:number]), step.name


@pytest.mark.parametrize(
    ("goal", "names"),
    [
        ("ensure-main", ["ensure-main"]),
        ("allocate-port", ["lease-stack-name", "allocate-port"]),
        ("write-env", ["lease-stack-name", "allocate-port", "write-env"]),
        ("ensure-network", ["lease-stack-name", "lease-network", "ensure-main", "ensure-network"]),
        ("write-compose", [name for name in NAMES if name not in ("ensure-main", "ensure-network")]),
    ],
)
def test_a_goal_takes_what_leads_to_it_and_nothing_else(goal, names):
    assert [step.name for step in needed([goal])] == names


def test_several_goals_lead_to_all_steps_once():
    assert [step.name for step in needed(["ensure-network", "write-compose"])] == NAMES
