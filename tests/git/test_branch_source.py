from __future__ import annotations

import os
import time

import pytest

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.git import Source, references, resolve_source
from worktree_tasks.git.branch_source import conflicting, on_remotes
from worktree_tasks.git.fetching import ref_age
from worktree_tasks.git.remotes import shown_url


def source(checkout, branch, base=None, default="main"):
    known = references(checkout.repo)
    return resolve_source(checkout.repo, branch, base=base, default=default, known=known)


def made(branch, start, label, *, create, track=None):
    return Source(branch, create, start, label, track)


def test_new_branch_starts_at_the_default_and_tracks_nothing(shop):
    short = shop.head[:7]
    assert source(shop, "x") == made("x", shop.head, f"new branch x from main ({short})", create=True)


def test_new_branch_starts_at_the_base_that_was_asked_for(shop):
    first = shop.head
    shop.git("tag", "v1")
    shop.commit_file("a", "1")
    for base in ("v1", "main~1", first):
        found = source(shop, "x", base)
        assert (found.create, found.start, found.track) == (True, first, None)
    assert source(shop, "x", first).label == f"new branch x from commit ({first[:7]})"


def test_local_branch_is_taken_as_it_is(shop):
    shop.git("branch", "x")
    tip = shop.head
    shop.commit_file("a", "1")
    assert source(shop, "x") == made("x", tip, "branch x", create=False)


def test_base_of_an_existing_branch_must_be_in_it(shop):
    shop.git("branch", "x")
    assert source(shop, "x", "main").create is False
    shop.commit_file("a", "1")
    with pytest.raises(BadUse, match="branch x already exists") as caught:
        source(shop, "x", "main")
    assert "--base applies to new branches" in caught.value.hint


def test_remote_branch_becomes_a_local_one_that_tracks_it(shop, clone):
    shop.git("checkout", "--quiet", "-b", "x")
    tip = shop.commit_file("a", "1")
    shop.git("checkout", "--quiet", "main")
    ours = clone(shop)
    label = "branch x from origin/x (fetched just now)"
    assert source(ours, "x") == made("x", tip, label, create=True, track="origin/x")
    assert source(ours, "x", "main").start == tip
    ours.commit_file("b", "1")
    with pytest.raises(BadUse, match="already exists"):
        source(ours, "x", "main")


def test_a_base_that_no_local_branch_has_is_from_elsewhere_unless_new_branches_start_there(shop, clone):
    ours = clone(shop)
    shop.git("switch", "--quiet", "--create", "theirs")
    theirs = shop.commit_file("a", "1")
    shop.git("switch", "--quiet", "main")
    shop.commit_file("b", "1")
    ours.git("fetch", "--quiet")
    for base in ("origin/theirs", theirs):
        found = source(ours, "x", base)
        assert (found.foreign, found.new) == (True, True)
    for base in (None, "main", "origin/main", "origin/theirs~1"):
        assert not source(ours, "x", base).foreign
    ours.git("branch", "--quiet", "--no-track", "seen", "origin/theirs")
    assert not source(ours, "x", "origin/theirs").foreign


def test_age_of_a_remote_base_is_told(shop, clone):
    ours = clone(shop)
    ours.git("fetch", "--quiet")
    old = time.time() - 3 * 86400 - 60
    os.utime(ours.path / ".git" / "FETCH_HEAD", (old, old))
    assert 3 * 86400 < ref_age(ours.repo, "refs/remotes/origin/main") < 3 * 86400 + 3600
    label = source(ours, "x", "origin/main").label
    assert label == f"new branch x from origin/main ({ours.head[:7]}, fetched 3 days ago)"


def test_fetch_in_a_worktree_counts_and_one_of_another_branch_does_not(shop, clone, tree):
    ours = clone(shop)
    linked = tree(ours, "x")
    linked.git("fetch", "--quiet")
    fetched = ours.path / ".git" / "worktrees" / "x" / "FETCH_HEAD"
    os.utime(fetched, (1, 1))
    assert ref_age(ours.repo, "refs/remotes/origin/main") > 86400
    fetched.write_text(fetched.read_text().replace("'main'", "'other'"))
    assert ref_age(ours.repo, "refs/remotes/origin/main") < 3600


def test_local_and_unknown_references_have_no_age(shop):
    assert ref_age(shop.repo, "refs/heads/main") is None
    assert ref_age(shop.repo, "refs/remotes/origin/nope") is None


def chosen(*listed: str, preferred: str = "origin") -> str | None:
    return on_remotes("x", listed, names=("origin", "a", "b", "team", "team/mates"), preferred=preferred)


def test_the_preferred_remote_comes_before_origin_and_a_remote_may_have_a_slash_in_its_name():
    assert chosen("a/x", "origin/x", preferred="a") == "a/x"
    assert chosen("team/mates/x", "team/mates/y") == "team/mates/x"
    assert chosen("team/y/x", "team/mates/y/x") is None


def test_a_branch_of_a_remote_with_a_slash_in_its_name_is_found_and_its_age_told(shop, clone):
    shop.git("branch", "solo")
    ours = clone(shop)
    ours.git("remote", "rename", "origin", "team/mates")
    ours.git("fetch", "--quiet", "team/mates")
    old = time.time() - 2 * 86400 - 60
    os.utime(ours.path / ".git" / "FETCH_HEAD", (old, old))
    ours.git("reflog", "expire", "--expire=all", "--all")
    found = source(ours, "solo")
    assert (found.track, found.label) == (
        "team/mates/solo", "branch solo from team/mates/solo (fetched 2 days ago)",
    )  # fmt: skip
    with pytest.raises(BadUse, match="is a remote branch") as caught:
        source(ours, "team/mates/solo")
    assert caught.value.hint == "use the name solo"


def test_gits_own_setting_says_which_of_several_remotes_a_branch_is_taken_from(shop, clone):
    shop.git("branch", "x")
    ours = clone(shop)
    ours.git("remote", "add", "upstream", str(shop.path))
    ours.git("fetch", "--quiet", "upstream")
    assert source(ours, "x").track == "origin/x"
    ours.git("config", "checkout.defaultRemote", "upstream")
    assert source(ours, "x").track == "upstream/x"


def test_a_fetch_from_another_remote_says_nothing_of_this_one(shop, clone):
    ours, other = clone(shop), clone(shop, "other")
    ours.git("remote", "add", "mates", str(other.path))
    then = int(time.time()) - 3 * 86400
    log = ours.path / ".git" / "logs" / "refs" / "remotes" / "origin" / "main"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{'0' * 40} {ours.head} A <a@example.org> {then} +0000\tfetch\n")
    ours.git("fetch", "--quiet", "mates")
    assert ref_age(ours.repo, "refs/remotes/origin/main") >= 3 * 86400
    assert ref_age(ours.repo, "refs/remotes/mates/main") < 3600


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@example.org/shop.git/", "https://example.org/shop"),
        ("git@example.org:team/shop.git", "example.org:team/shop"),
        ("ssh://git@example.org/shop", "ssh://example.org/shop"),
        ("https://example.org/a@b/shop", "https://example.org/a@b/shop"),
        ("/srv/a@b/shop.git", "/srv/a@b/shop"),
        ("../shop/", "../shop"),
    ],
)
def test_a_url_is_compared_as_git_writes_it_into_fetch_head(url, shown):
    assert shown_url(url) == shown


def test_origin_comes_before_other_remotes_and_two_others_are_ambiguous():
    assert chosen("a/x", "origin/x") == "origin/x"
    assert chosen("a/x", "b/y") == "a/x"
    assert chosen("a/y/x") is None
    with pytest.raises(BadUse, match="a/x, b/x"):
        chosen("b/x", "a/x")


def test_name_of_a_remote_branch_is_not_made_a_local_one(shop, clone):
    with pytest.raises(BadUse, match="is a remote branch") as caught:
        source(clone(shop), "origin/main")
    assert caught.value.hint == "use the name main"


def test_unknown_base_is_named_with_near_ones(shop):
    shop.git("branch", "develop")
    with pytest.raises(BadUse, match="'devlop' does not exist") as caught:
        source(shop, "x", "devlop")
    assert "develop" in caught.value.hint


@pytest.mark.parametrize("base", ["--all", "-x", "a b", "$(touch pwned)", ""])
def test_hostile_base_is_unknown(shop, base):
    with pytest.raises(BadUse, match="does not exist"):
        source(shop, "x", base)


@pytest.mark.parametrize("branch", ["--upload-pack=x", "../../x", "a;touch pwned", "@{-1}", "HEAD"])
def test_hostile_branch_is_bad_use(shop, branch):
    with pytest.raises(BadUse, match="cannot be a branch"):
        source(shop, branch)


@pytest.mark.parametrize(("there", "asked"), [("release", "release/x"), ("release/x", "release")])
def test_release_beside_release_x_names_both(shop, there, asked):
    shop.git("branch", there)
    with pytest.raises(BadUse) as caught:
        source(shop, asked)
    assert caught.value.what == f"branch {asked} cannot exist beside branch {there}"
    assert conflicting("rel", [there]) is None


def test_repository_without_commits_asks_for_one(make):
    with pytest.raises(Failure, match="no commits yet") as caught:
        source(make("new", commits=False), "x")
    assert "commit first" in caught.value.hint
