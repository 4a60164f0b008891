"""The order of the steps: a goal takes all that leads to it, and no more."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from worktree_tasks.orchestration.flows.sequence import COMMON, leading_to, needs_of
from worktree_tasks.orchestration.runtimes.compose.runtime import ComposeRuntime
from worktree_tasks.orchestration.runtimes.values import Step

OF_A_START = {"ensure-main", "make-network", "ensure-network"}
NEEDS = needs_of((*COMMON, *ComposeRuntime().steps))


def test_there_is_an_order_in_which_each_step_comes_after_what_it_needs():
    assert set(TopologicalSorter(NEEDS).static_order()) == set(NEEDS)


def test_a_step_can_say_itself_what_has_to_wait_for_it():
    needs = needs_of(
        (Step("late", print, ("middle",)), Step("middle", print), Step("early", print, before=("late",)))
    )
    assert needs == {"late": {"middle", "early"}, "middle": set(), "early": set()}


@pytest.mark.parametrize(
    ("goal", "names"),
    [
        ("ensure-main", {"ensure-main"}),
        ("copy-files", {"copy-files"}),
        ("allocate-port", {"lease-stack-name", "allocate-port"}),
        ("write-env", {"lease-stack-name", "allocate-port", "write-env"}),
        ("make-network", {"lease-stack-name", "lease-network", "make-network"}),
        (
            "ensure-network",
            {"lease-stack-name", "lease-network", "make-network", "ensure-main", "ensure-network"},
        ),
        ("write-compose", NEEDS.keys() - OF_A_START),
    ],
)
def test_a_goal_takes_what_leads_to_it_and_nothing_else(goal, names):
    assert leading_to([goal], NEEDS) == names


@pytest.mark.parametrize("start", [True, False])
def test_a_stack_that_starts_takes_all_steps_and_one_that_does_not_leaves_main_alone(start):
    found = leading_to(ComposeRuntime().goals(start=start), NEEDS)
    assert found == NEEDS.keys() - (set() if start else OF_A_START)
