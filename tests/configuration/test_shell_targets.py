"""What the words of a shell function mean, decided from what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.configuration.name_resolution import KnownWorktree
from worktree_tasks.configuration.shell_targets import Home, KnownCheckouts, resolve_project, resolve_target
from worktree_tasks.errors import BadUse

AUTH = KnownWorktree("auth-feature", "auth-feature", "/src/shop.worktrees/auth-feature")
CARD = KnownWorktree("pay-card", "pay/card", "/src/shop.worktrees/pay-card")
SHOP = Home("shop", "/src/shop", "/src/shop/.git", (AUTH, CARD), branch="trunk")
API = Home("api", "/src/api-server", "/src/api-server/.git", (KnownWorktree("shop", "shop", "/src/w/shop"),))
GONE = Home("old", "/src/old", "/src/old/.git", gone=True)


def known(here=SHOP, directory="/src/shop", homes=(SHOP, API, GONE)):
    return KnownCheckouts(homes, here, directory, lambda word: word)


def wt(*names, **where):
    return resolve_target(names, known(**where), function="wt", make=True)


def wstop(*names, **where):
    return resolve_target(names, known(**where), function="wstop", make=False)


@pytest.mark.parametrize("name", ["auth-feature", "auth_feature", "Auth/Feature", AUTH.path])
def test_a_worktree_is_found_leniently_in_the_project_one_stands_in(name):
    assert wt(name).tree == AUTH
    assert wt(name).directory == AUTH.path
    assert wstop(name).tree == AUTH


def test_a_worktree_is_found_by_the_branch_that_it_has_checked_out_and_by_its_first_one():
    switched = replace(AUTH, current="other")
    here = replace(SHOP, trees=(switched, CARD))
    assert wt("other", here=here).tree == switched
    assert wt("auth-feature", here=here).tree == switched


def test_the_branch_that_is_checked_out_is_found_as_leniently_as_by_the_tasks():
    switched = replace(AUTH, current="pay/now")
    here = replace(SHOP, trees=(switched, CARD))
    assert wstop("pay-now", here=here).tree == switched
    assert wstop("Auth/Feature", here=here).tree == switched


def test_a_word_that_names_nothing_is_a_branch_to_make():
    meant = wt("brand-new")
    assert (meant.home, meant.tree, meant.branch, meant.directory) == (SHOP, None, "brand-new", None)
    assert wt("shop", "api").branch == "api"


def test_no_name_and_the_branch_of_main_mean_main():
    for names in ((), ("trunk",), ("shop",), ("shop", "trunk"), ("/src/shop",), (".",)):
        meant = wt(*names)
        assert (meant.home, meant.directory) == (SHOP, "/src/shop"), names


def test_a_word_is_a_project_where_it_is_no_worktree():
    assert wt("api").home == API
    assert wt("api-server").home == API
    assert wt("api", here=None, directory="/").home == API


def test_a_word_that_is_both_is_the_worktree_and_the_note_names_the_other_way():
    meant = wt("shop", here=API, directory="/src/api-server")
    assert meant.tree == API.trees[0]
    assert "wt /src/shop" in meant.note
    assert wstop("shop", here=API).note.endswith("wstop shop NAME")
    assert wt("auth-feature").note == ""


def test_a_dot_and_no_name_are_the_worktree_one_stands_in():
    inside = f"{CARD.path}/deep/down"
    assert wstop(directory=inside).tree == CARD
    assert wstop(".", directory=inside).tree == CARD
    assert wt(".", directory=inside).tree == CARD
    with pytest.raises(BadUse, match="not in a managed worktree"):
        wstop(directory=f"{CARD.path}-2")


def test_two_worktrees_that_fold_to_one_name_are_told_apart_by_the_exact_one():
    trees = (KnownWorktree("a-b", "a-b", "/1"), KnownWorktree("a-b-123456", "a/b", "/2"))
    here = replace(SHOP, trees=trees)
    assert wt("a/b", here=here).tree == trees[1]
    with pytest.raises(BadUse, match=r"'A_B' is ambiguous: a-b \(/1\), a/b \(/2\)"):
        wt("A_B", here=here)


def test_two_projects_of_one_name_are_told_apart_by_directory():
    clone = replace(SHOP, main="/copies/shop", common_dir="/copies/shop/.git", trees=())
    homes = (SHOP, clone, API)
    with pytest.raises(BadUse, match="2 projects are called 'shop': /copies/shop, /src/shop"):
        wt("shop", "x", homes=homes, here=None)
    assert wt("/copies/shop", "x", homes=homes).home == clone
    gone = replace(clone, gone=True)
    assert wt("shop", "x", homes=(gone, SHOP)).home == SHOP


def test_outside_of_any_project_a_worktrees_name_is_answered_with_the_project_that_has_it():
    far = {"here": None, "directory": "/"}
    for function in (wt, wstop):
        with pytest.raises(
            BadUse, match="no project is called 'pay-card', but shop has such a worktree"
        ) as told:
            function("pay-card", **far)
        assert told.value.hint == f"{function.__name__} shop pay-card"
        assert function("shop", "pay-card", **far).tree == CARD
    clone = replace(SHOP, main="/copies/shop", common_dir="/copies/shop/.git")
    with pytest.raises(BadUse) as told:
        wt("pay-card", homes=(SHOP, clone), **far)
    assert told.value.hint == "wt /src/shop pay-card or wt /copies/shop pay-card"


def test_outside_of_any_project_the_hint_has_all_that_has_to_be_typed():
    for function, usage in ((wt, "wt PROJECT"), (wstop, "wstop PROJECT NAME")):
        with pytest.raises(BadUse, match="this directory is in no project") as told:
            function(here=None, directory="/")
        assert told.value.hint == f"{usage}; the known projects are api, shop"
        with pytest.raises(BadUse, match="the current directory no longer exists"):
            function(here=None, directory="")
    with pytest.raises(BadUse) as told:
        wt(here=None, directory="/", homes=(GONE,))
    assert told.value.hint == "cd into a project first"


@pytest.mark.parametrize("names", [("",), ("shop", ""), ("", "auth-feature")])
def test_an_empty_name_is_a_mistake_and_never_the_current_worktree_or_main(names):
    for function in (wt, wstop):
        with pytest.raises(BadUse, match="a name is empty"):
            function(*names, directory=CARD.path)
    with pytest.raises(BadUse, match="a name is empty"):
        resolve_project([""], known(), function="wl")


@pytest.mark.parametrize(
    ("names", "what", "hint"),
    [
        (("shap", "x"), "no project is called 'shap'", "did you mean shop?"),
        (("zebra", "x"), "no project is called 'zebra'", "the known projects are api, shop"),
        (("old", "x"), "/src/old does not exist", "wt.projects"),
        (("a", "b", "c"), "takes a project and a name", "[PROJECT] NAME"),
        (("auth-featrue",), "shop has no worktree called 'auth-featrue'", "auth-feature"),
        (("nothing-like-it",), "no worktree called", "auth-feature, pay-card"),
        (("api",), "api is a project", "wstop api NAME"),
        (("api", "auth-feature"), "api has no worktree called", "shop"),
    ],
)
def test_what_means_nothing_is_told_with_what_is_near(names, what, hint):
    with pytest.raises(BadUse) as told:
        wstop(*names)
    assert what in told.value.what
    assert hint in told.value.hint


def test_outside_of_all_projects_the_known_ones_are_named():
    with pytest.raises(BadUse) as told:
        resolve_project([], known(here=None), function="wl")
    assert told.value.hint == "wl PROJECT; the known projects are api, shop"
    with pytest.raises(BadUse) as told:
        resolve_project([], known(here=None, homes=()), function="wl")
    assert "cd" in told.value.hint


def test_words_for_a_project_are_one():
    with pytest.raises(BadUse, match="wl takes one project, but got 'shop api'"):
        resolve_project(["shop", "api"], known(), function="wl")


def test_a_project_whose_main_checkout_went_while_one_stands_in_a_worktree_of_it_is_told():
    with pytest.raises(BadUse, match="/src/shop does not exist"):
        wt("new-thing", here=replace(SHOP, gone=True))
