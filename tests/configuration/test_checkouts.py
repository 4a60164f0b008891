"""Where `wt -` goes."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.checkouts import last_checkout
from worktree_tasks.configuration.resolving import KnownWorktree, Unclear
from worktree_tasks.configuration.whereabouts import Home, Known

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
    known = Known((SHOP, API), SHOP, directory, lambda word: word)
    assert last_checkout(been, known, function="wt") == place


@pytest.mark.parametrize("been", [[], [CARD.path], ["/tmp", f"{CARD.path}/deep"]])
def test_where_one_was_in_no_other_it_is_told(been):
    with pytest.raises(Unclear, match="in no other worktree before"):
        last_checkout(been, Known((SHOP,), SHOP, CARD.path, lambda word: word), function="wt")
