from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.cleaning import CleaningFacts, Verdict, decide
from worktree_tasks.configuration.losses import Losses

HOUR = 3600.0
LANDED = CleaningFacts(
    base="main", name="pay", age=HOUR, branch="work", losses=Losses(), merged="squash", ahead=2
)


@pytest.mark.parametrize(
    ("merged", "reason"),
    [
        ("same-commit", "it is at the same commit as main"),
        ("ancestor", "merged into main"),
        ("tree", "its content is in main"),
        ("squash", "squash-merged into main"),
        ("patch", "rebased into main"),
    ],
)
def test_work_that_is_in_the_base_goes_whichever_way_it_came_there(merged, reason):
    assert decide(replace(LANDED, merged=merged), min_age=HOUR) == Verdict(remove=True, reason=reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"age": None}, "not made by us; wt.adopt pay takes it over"),
        ({"age": HOUR - 1}, "younger than 1 hour"),
        ({"locked": ""}, "locked by git: no reason given"),
        ({"locked": "on a stick"}, "locked by git: on a stick"),
        ({"busy": True}, "another wt command is working on it"),
        ({"registered": False}, "git has no worktree registered in its directory"),
        ({"processes": None}, "cannot tell whether a program is using it"),
        ({"processes": ("12 (vim)", "13 (sh)")}, "in use by process 12 (vim), 13 (sh)"),
        ({"losses": None}, "git could not tell what has changed in it"),
        ({"losses": Losses(modified=2, untracked=1)}, "2 modified, 1 untracked"),
        ({"losses": Losses(operation="rebase")}, "a rebase in progress"),
        ({"removing": True, "merged": None}, "its removal was interrupted; wt.remove pay finishes it"),
        ({"creating": True}, "it is only half created; wt.new work finishes it"),
        ({"branch": "main"}, "the base main is checked out in it"),
        ({"merged": None, "begun": False, "ahead": 0}, "no commits yet"),
        ({"merged": None}, "2 commits not in main"),
        ({"merged": None, "ahead": None}, "cannot tell whether its work is in main"),
        ({"merged": "some new way"}, "2 commits not in main"),
    ],
)
def test_everything_else_stays_for_a_reason(change, reason):
    assert decide(replace(LANDED, **change), min_age=HOUR) == Verdict(remove=False, reason=reason)


def test_a_removal_that_was_interrupted_is_finished_when_the_work_is_in_the_base():
    begun = replace(LANDED, removing=True)
    assert decide(begun, min_age=HOUR) == Verdict(remove=True, reason="squash-merged into main")


def test_what_is_gone_is_let_go_of_unless_somebody_holds_it():
    gone = CleaningFacts(base="main", name="pay", age=0.0, present=False, registered=False)
    assert decide(gone, min_age=HOUR) == Verdict(remove=True, reason="its directory is gone")
    assert decide(replace(gone, removing=True), min_age=HOUR).reason == "its removal was interrupted"
    assert decide(replace(gone, registered=True, locked="usb"), min_age=HOUR).remove is False
    assert decide(replace(gone, busy=True), min_age=HOUR).remove is False


def test_what_is_gone_with_the_directory_above_it_stays_since_its_disk_may_not_be_mounted():
    gone = CleaningFacts(base="main", name="pay", age=0.0, present=False, housed=False)
    verdict = decide(gone, min_age=HOUR)
    assert (verdict.remove, "may not be mounted" in verdict.reason) == (False, True)
    for known in ({"removing": True}, {"creating": True}, {"registered": False}):
        assert decide(replace(gone, **known), min_age=HOUR).remove is True


FACTS = st.builds(
    CleaningFacts,
    base=st.just("main"),
    age=st.none() | st.floats(0, 2 * HOUR),
    removing=st.booleans(),
    creating=st.booleans(),
    present=st.just(value=True),
    registered=st.booleans(),
    branch=st.sampled_from([None, "main", "work"]),
    locked=st.sampled_from([None, "", "x"]),
    busy=st.booleans(),
    processes=st.sampled_from([None, (), ("1 (sh)",)]),
    losses=st.sampled_from([None, Losses(), Losses(modified=1), Losses(commits=("1 x",))]),
    merged=st.sampled_from([None, "squash", "ancestor"]),
    begun=st.booleans(),
    ahead=st.sampled_from([None, 0, 3]),
)


@given(FACTS)
def test_nothing_goes_unless_everything_is_known_and_speaks_for_it(facts):
    safe = (
        facts.age is not None and facts.age >= HOUR and facts.registered and facts.locked is None
        and not (facts.busy or facts.creating) and facts.processes == ()
        and facts.losses == Losses() and facts.merged is not None and facts.branch != "main"
    )  # fmt: skip
    assert decide(facts, min_age=HOUR).remove is safe
