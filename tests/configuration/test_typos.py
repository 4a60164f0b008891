"""Names of new worktrees that may be typos."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.name_resolution import KnownWorktree
from worktree_tasks.configuration.shell_targets import Home, KnownCheckouts, Target
from worktree_tasks.configuration.typos import close, possible_typo

SEARCH = KnownWorktree("search", "search", "/src/shop.worktrees/search")
CARD = KnownWorktree("pay-card", "pay/card", "/src/shop.worktrees/pay-card")
SHOP = Home("shop", "/src/shop", "/src/shop/.git", (SEARCH, CARD), branch="trunk")
API = Home("billing", "/src/billing", "/src/billing/.git")
GONE = Home("invoices", "/src/invoices", "/src/invoices/.git", gone=True)


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("serach", "search"),
        ("searhc", "search"),
        ("seach", "search"),
        ("searcch", "search"),
        ("sesrch", "search"),
        ("pya", "pay"),
        ("Search", "search"),
        ("paycard", "pay/card"),
        ("auth-featrue", "auth-feature"),
        ("uath_feature", "auth-feature"),
        ("isue-12", "issue-12"),
        ("lsit", "list"),
    ],
)
def test_what_a_slip_of_the_finger_makes_of_a_name_is_close_to_it(word, known):
    assert close(word, ["other-thing", known]) == (known,)


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("pay-2", "pay-1"),
        ("pay2", "pay"),
        ("pay-12", "pay-21"),
        ("fix-1235", "fix-1234"),
        ("isue-13", "issue-12"),
        ("v2", "v1"),
        ("plan-b", "plan-a"),
        ("a", "b"),
        ("api", "app"),
        ("auth", "auth-feature"),
        ("fix-logout", "fix-login"),
        ("add-login", "fix-login"),
        ("pay-cart-feature", "pay-card"),
    ],
)
def test_names_of_several_alike_and_longer_or_other_words_are_not_close(word, known):
    assert close(word, [known]) == ()
    assert close(known, [word]) == ()


def test_the_closest_come_first_and_no_more_than_three():
    known = ["searches", "searched", "seaarch", "search", "serches"]
    assert close("searchs", known) == ("searches", "search", "searched")


def asked(word, *, branches=("trunk", "release/next"), home=SHOP, words=("list", "build")):
    known = KnownCheckouts((SHOP, API, GONE), SHOP, "/src/shop", lambda one: one)
    return possible_typo(Target(home, branch=word), known, lambda _: branches, words)


@pytest.mark.parametrize(
    ("word", "name", "target"),
    [
        ("serach", "search", Target(SHOP, SEARCH)),
        ("pay-crad", "pay-card", Target(SHOP, CARD)),
        ("relaese-next", "release/next", Target(SHOP, branch="release/next")),
        ("tunk", "trunk", Target(SHOP)),
        ("biling", "billing", Target(API)),
    ],
)
def test_a_new_name_may_be_meant_as_a_worktree_a_branch_main_or_a_project(word, name, target):
    assert asked(word).targets == {name: target}


def test_a_new_name_may_be_meant_as_a_task_or_a_flag():
    assert asked("lsit").words == ("list",)
    assert asked("build").words == ("build",)
    assert asked("buidl").words == ("build",)


def test_a_branch_that_is_there_and_a_name_close_to_nothing_leave_no_doubt():
    assert asked("serach", branches=("trunk", "serach")) is None
    assert asked("brand-new") is None
    assert asked("invoicse") is None
