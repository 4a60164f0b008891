"""Where `wt -` goes, and which machine a name means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.configuration.name_resolution import KnownWorktree
from worktree_tasks.configuration.previous_checkout import far_worktree, last_checkout
from worktree_tasks.configuration.shell_targets import Home, KnownCheckouts
from worktree_tasks.errors import BadUse

AUTH = KnownWorktree("auth", "auth", "/src/shop/.trees/auth")
CARD = KnownWorktree("card", "card", "/src/shop/.trees/card")
SHOP = Home("shop", "/src/shop", "/src/shop/.git", (AUTH, CARD))
API = Home("api", "/src/shop/api", "/src/shop/api/.git")


@pytest.mark.parametrize(
    ("directory", "been", "place"),
    [
        (CARD.path, [CARD.path, AUTH.path], AUTH.path),
        (f"{CARD.path}/deep", [CARD.path, f"{AUTH.path}/deep", "/src/shop"], AUTH.path),
        ("/tmp", [CARD.path, AUTH.path], CARD.path),
        (AUTH.path, [CARD.path, AUTH.path], CARD.path),
        (CARD.path, [CARD.path, "/tmp", AUTH.path], AUTH.path),
        (CARD.path, [CARD.path, "/src/shop/docs"], "/src/shop"),
        (CARD.path, [CARD.path, "/src/shop/api/docs"], "/src/shop/api"),
        (CARD.path, [CARD.path, "/src/shop.trees/removed", "/src/shop"], "/src/shop"),
        ("", [CARD.path, AUTH.path], CARD.path),
    ],
)
def test_it_is_the_checkout_that_one_was_in_last_and_is_not_in_now(directory, been, place):
    known = KnownCheckouts((SHOP, API), SHOP, directory, lambda word: word)
    assert last_checkout(been, known, function="wt") == place


@pytest.mark.parametrize("been", [[], [CARD.path], ["/tmp", f"{CARD.path}/deep"]])
def test_where_one_was_in_no_other_it_is_told(been):
    with pytest.raises(BadUse, match="has not been in another worktree"):
        last_checkout(been, KnownCheckouts((SHOP,), SHOP, CARD.path, lambda word: word), function="wt")


THERE = KnownWorktree("pay-card", "pay/card", "box:/home/me/pay-card", current="pay/card", on="box")
TWIN = KnownWorktree("auth", "auth", "box:/home/me/auth", on="box")
OTHER = KnownWorktree("auth", "auth", "den:/home/me/auth", on="den")
EVERYWHERE = KnownCheckouts(
    (), replace(SHOP, trees=(AUTH, CARD, THERE, TWIN, OTHER)), "/src/shop", lambda word: f"/src/shop/{word}"
)


@pytest.mark.parametrize(
    ("word", "on", "tree"),
    [
        ("pay-card", None, THERE),
        ("pay/card", None, THERE),
        ("Pay_Card", None, THERE),
        ("box:auth", None, TWIN),
        ("box:pay/card", None, THERE),
        ("den:/home/me/auth", None, OTHER),
        ("auth", "den", OTHER),
        ("den:auth", "den", OTHER),
        ("card", None, None),
        ("nothing", None, None),
        ("den:card", None, None),
        ("card", "box", None),
    ],
)
def test_a_name_means_the_machine_that_a_worktree_of_it_is_known_on(word, on, tree):
    assert far_worktree(word, EVERYWHERE, on=on) == tree


def test_a_name_that_is_here_and_on_other_machines_is_ambiguous_and_all_are_named():
    with pytest.raises(BadUse) as told:
        far_worktree("auth", EVERYWHERE)
    assert told.value.kind == "ambiguous-name"
    for one in (AUTH, TWIN, OTHER):
        assert one.path in told.value.what
    assert "MACHINE:NAME" in told.value.hint


def test_where_no_machine_is_known_no_name_means_one():
    assert far_worktree("auth", KnownCheckouts((), SHOP, "/src/shop", str)) is None
    assert far_worktree("auth", KnownCheckouts((), None, "", str)) is None
