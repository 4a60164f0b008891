"""Which worktree a word means, out of those of a project."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.name_resolution import KnownWorktree, matching, resolve
from worktree_tasks.configuration.naming import fold, slug
from worktree_tasks.errors import BadUse

AUTH = KnownWorktree("feature-auth", "feature/auth", "/w/feature-auth")
PAY = KnownWorktree("pay", "first", "/w/pay", current="pay_v2")
FOLDED = KnownWorktree("feature-auth-1a2b3c", "feature_auth", "/w/feature-auth-1a2b3c")
MOVED = KnownWorktree("gone", "gone", "/w/.gone.12345678.removing", key="123456789")
ALL = (AUTH, PAY, FOLDED, MOVED)
BRANCHES = st.text("abB-_/.é", min_size=1, max_size=6).filter(fold)


def named(word, worktrees=ALL, path=""):
    return resolve(word, worktrees, project="shop", path=path)


@pytest.mark.parametrize(
    ("word", "path", "expected"),
    [
        ("feature/auth", "/somewhere/feature/auth", AUTH),
        ("feature-auth", "", AUTH),
        ("./feature-auth", "/w/feature-auth", AUTH),
        ("feature_auth", "", FOLDED),
        ("pay-v2", "", PAY),
        ("PAY/V2", "", PAY),
        ("pay", "", PAY),
        ("first", "", PAY),
        ("First", "", PAY),
        ("../w/gone", "/w/gone", MOVED),
        ("../w/.gone.12345678.removing", "/w/.gone.12345678.removing", MOVED),
    ],
)
def test_a_worktree_is_found_by_branch_slug_path_or_folded(word, path, expected):
    assert named(word, path=path) == expected


@pytest.mark.parametrize("machine", ["box", "me@10.0.0.5", "fd00::2", "ssh://me@box:2222"])
def test_a_worktree_on_another_machine_is_found_by_the_machine_and_its_name_there(machine):
    far = KnownWorktree("auth", "auth", f"{machine}:/root/auth", on=machine)
    here = KnownWorktree("auth", "auth", "/w/auth")
    for word in (f"{machine}:auth", far.path):
        assert named(word, (far, here)) == far
    with pytest.raises(BadUse):
        named(":auth", (far, here))


def test_a_folded_name_of_two_worktrees_lists_both_in_the_same_order_every_time():
    for order in (ALL, ALL[::-1]):
        with pytest.raises(BadUse) as told:
            named("Feature.Auth", order)
        assert told.value.what == (
            "'Feature.Auth' is ambiguous: "
            "feature/auth (/w/feature-auth), feature_auth (/w/feature-auth-1a2b3c)"
        )
        assert told.value.hint == "give the branch or the directory exactly as it is written there"


def test_a_slug_that_is_anothers_branch_is_ambiguous_and_the_hint_leads_out():
    first = KnownWorktree("feature-a", "feature/a", "/w/feature-a")
    second = KnownWorktree("feature-a-9f9f9f", "feature-a", "/w/feature-a-9f9f9f")
    with pytest.raises(BadUse) as told:
        named("feature-a", (first, second))
    assert first.path in told.value.what
    assert second.path in told.value.what
    assert told.value.hint == "give the directory exactly as it is written there"
    for one in (first, second):
        assert named(one.path, (first, second), path=one.path) == one


def test_a_worktree_is_the_one_that_is_stood_in_and_not_one_that_begins_alike():
    for directory in ("/w/pay", "/w/pay/deep/down"):
        assert resolve(".", ALL, project="shop", directory=directory) == PAY
    for directory in ("", "/", "/w", "/w/pay-2"):
        with pytest.raises(BadUse, match="not in a managed worktree"):
            resolve(".", ALL, project="shop", directory=directory)


def test_a_name_that_nothing_bears_is_told_in_a_short_line_with_what_is_there():
    with pytest.raises(BadUse) as told:
        named("featur-auht")
    assert told.value.hint == "did you mean feature-auth or feature-auth-1a2b3c?"
    with pytest.raises(BadUse) as told:
        named("xyzzy")
    listed = "feature-auth, pay, feature-auth-1a2b3c, gone"
    assert told.value.hint == f"its worktrees: {listed}; wt.list shows them all"
    with pytest.raises(BadUse) as told:
        named("x" * 300, ())
    assert len(told.value.what) < 120
    assert told.value.hint == "wt.list shows them all"


@settings(deadline=None)
@given(st.lists(BRANCHES, unique_by=fold, min_size=1, max_size=6))
def test_whoever_is_listed_is_found_by_their_path_and_exact_branch(branches):
    names: dict[str, str] = {}
    for branch in branches:
        names[slug(branch, names)] = branch
    known = [KnownWorktree(name, branch, f"/w/{name}") for name, branch in names.items()]
    for one in known:
        assert named(one.path, known, path=one.path) == one
        assert one in matching(one.branch, known)
        bearers = [other for other in known if one.branch in (other.name, other.branch)]
        if len(bearers) == 1:
            assert named(one.branch, known) == one
