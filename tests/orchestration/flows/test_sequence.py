"""The order of the steps: a goal takes all that leads to it, and no more."""

from __future__ import annotations

import threading
from graphlib import TopologicalSorter
from types import SimpleNamespace

import pytest

from worktree_tasks.orchestration.flows.step_order import COMMON, carry_out, leading_to, needs_of
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.runtimes.runtime_values import Step

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


def stack_of_steps(*steps: Step) -> SimpleNamespace:
    return SimpleNamespace(runtime=SimpleNamespace(steps=steps))


def test_steps_that_may_be_early_and_what_they_need_do_not_wait_for_what_comes_first():
    done, early_done = [], threading.Event()

    def early(_: object) -> None:
        done.append("early")
        early_done.set()

    def first() -> None:
        # They wait for nothing of it.
        assert early_done.wait(30)
        done.append("first")

    tree = stack_of_steps(
        Step("before", lambda _: done.append("before")),
        Step("early", early, ("before",), early=True),
        Step("other", lambda _: done.append("other")),
        Step("goal", lambda _: done.append("goal"), ("early", "other")),
    )
    carry_out(tree, "goal", first=first)
    assert done == ["before", "early", "first", "other", "goal"]


def test_if_what_comes_first_fails_only_steps_that_may_be_early_were_done():
    done = []
    tree = stack_of_steps(
        Step("early", lambda _: done.append("early"), early=True),
        Step("goal", lambda _: done.append("goal"), ("early",)),
    )
    with pytest.raises(ZeroDivisionError):
        carry_out(tree, "goal", first=lambda: 1 / 0)
    assert done == ["early"]


@pytest.mark.parametrize("start", [True, False])
def test_a_stack_that_starts_takes_all_steps_and_one_that_does_not_leaves_main_alone(start):
    found = leading_to(ComposeRuntime().goals(start=start), NEEDS)
    assert found == NEEDS.keys() - (set() if start else OF_A_START)
