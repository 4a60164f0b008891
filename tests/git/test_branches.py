from __future__ import annotations

from threading import Timer

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.errors import BadUse, Failure, Refused
from worktree_tasks.git import (
    add_worktree,
    branch_contains,
    branches,
    checked_out_at,
    default_branch,
    delete_branch,
    safe_elsewhere,
    stranded,
    tip_of,
    track,
    worktrees,
)
from worktree_tasks.git.references import commit_of, parse_references


def test_references_are_parsed():
    found = parse_references(
        "refs/heads/main\0a1\0\0*\0refs/remotes/origin/trunk\nrefs/heads/x/y\0b2\0\0 \0\n"
        "refs/remotes/origin/HEAD\0a1\0refs/remotes/origin/trunk\0 \0\n"
        "refs/remotes/origin/trunk\0a1\0\0 \0\n"
    )
    assert dict(found.heads) == {"main": "a1", "x/y": "b2"}
    assert dict(found.remotes) == {"origin/trunk": "a1"}
    assert (found.default, found.current) == ("trunk", "main")
    assert dict(found.upstreams) == {"main": "origin/trunk"}


def test_configured_base_is_the_default_branch(shop):
    shop.git("branch", "develop")
    assert default_branch(shop.repo, "develop") == "develop"
    with pytest.raises(BadUse, match="'nope' does not exist"):
        default_branch(shop.repo, "nope")


def test_origin_s_default_counts_when_it_exists_here(shop, clone):
    shop.git("checkout", "--quiet", "-b", "trunk")
    ours = clone(shop)
    ours.git("branch", "main", "origin/main")
    assert default_branch(ours.repo, None) == "trunk"
    ours.git("checkout", "--quiet", "main")
    ours.git("branch", "--quiet", "-D", "trunk")
    assert default_branch(ours.repo, None) == "main"


def test_main_and_master_come_before_the_branch_of_the_main_checkout(shop):
    shop.git("checkout", "--quiet", "-b", "other")
    assert default_branch(shop.repo, None) == "main"
    shop.git("branch", "-m", "main", "master")
    assert default_branch(shop.repo, None) == "master"
    shop.git("branch", "-D", "master")
    assert default_branch(shop.repo, None) == "other"


def test_detached_main_checkout_stands_for_its_commit(shop):
    shop.git("checkout", "--quiet", "--detach")
    shop.git("branch", "-D", "main")
    assert default_branch(shop.repo, None) == shop.head


def test_repository_without_commits_asks_for_one(make):
    with pytest.raises(Failure, match="no commits yet") as caught:
        default_branch(make("new", commits=False).repo, None)
    assert "commit first" in caught.value.hint


def test_checked_out_branch_is_found(shop, tree):
    linked = tree(shop, "auth")
    shop.git("branch", "free")
    trees = worktrees(shop.repo)
    assert checked_out_at(trees, "auth") == linked.path
    assert checked_out_at(trees, "main") == shop.path
    assert checked_out_at(trees, "free") is None


def test_branch_contains_its_past_only(shop):
    first = shop.head
    shop.git("branch", "old")
    second = shop.commit_file("a", "1")
    assert branch_contains(shop.repo, "main", first)
    assert not branch_contains(shop.repo, "old", second)
    with pytest.raises(Failure):
        branch_contains(shop.repo, "none", first)
    with pytest.raises(Failure):
        branch_contains(shop.repo, "main", "f" * 40)


@pytest.mark.parametrize("revision", ["", "-x", "--all", "nope", "a\nb"])
def test_what_is_no_revision_names_no_commit(shop, revision):
    assert commit_of(shop.repo, revision) is None


def test_branch_is_meant_before_a_tag_of_its_name(shop):
    shop.git("tag", "x")
    shop.git("branch", "x", shop.commit_file("a", "1"))
    assert commit_of(shop.repo, "x") == shop.head


def test_branch_is_deleted_with_its_settings_when_nothing_changed(shop, clone):
    shop.git("branch", "x")
    ours = clone(shop)
    ours.git("branch", "x", "origin/main")
    track(ours.repo, "x", "origin/x")
    tip = tip_of(ours.repo, "x")
    assert delete_branch(ours.repo, "x", expect=tip) is True
    assert tip_of(ours.repo, "x") is None
    ours.git("config", "--get-regexp", r"branch\.x\.", fails=True)
    assert delete_branch(ours.repo, "x", expect=tip) is False


def test_branch_that_moved_on_is_kept(shop):
    before = shop.head
    shop.commit_file("a", "1")
    shop.git("branch", "x")
    with pytest.raises(Refused, match="no longer at"):
        delete_branch(shop.repo, "x", expect=before)
    assert tip_of(shop.repo, "x") == shop.head


def test_branch_that_is_checked_out_is_kept(shop, tree):
    linked = tree(shop, "x")
    with pytest.raises(Refused, match=str(linked.path)):
        delete_branch(shop.repo, "x", expect=shop.head)
    assert tip_of(shop.repo, "x") == shop.head


def test_commits_are_safe_on_another_branch_or_a_remote(shop, clone):
    ours = clone(shop)
    ours.git("checkout", "--quiet", "-b", "x")
    assert safe_elsewhere(ours.repo, "x", base="main")
    ours.commit_file("a", "1")
    assert not safe_elsewhere(ours.repo, "x", base="main")
    assert not safe_elsewhere(ours.repo, "x", base="x")
    ours.git("push", "--quiet", "origin", "x")
    assert safe_elsewhere(ours.repo, "x", base="main")
    ours.commit_file("a", "2")
    ours.git("branch", "y")
    assert safe_elsewhere(ours.repo, "x", base="main")


def test_what_other_checkouts_have_without_a_branch_is_kept(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    shop.git("switch", "--quiet", "--detach")
    tip = shop.commit_file("jj", "1")
    shop.git("branch", "--force", "y", tip)
    assert stranded(shop.repo, [tip], without="y") == ()
    assert safe_elsewhere(shop.repo, "y", base="main")
    shop.git("switch", "--quiet", "main")
    assert len(stranded(shop.repo, [tip], without="y")) == 1
    shop.git("-C", str(tmp_path / "w"), "switch", "--quiet", "--detach", tip)
    assert stranded(shop.repo, [tip], without="y") == ()
    assert len(stranded(shop.repo, [tip], without="y", at=tmp_path / "w")) == 1


def test_branch_that_another_git_has_locked_is_not_taken_for_one_that_moved(shop):
    shop.git("branch", "x")
    lock = shop.path / ".git/refs/heads/x.lock"
    lock.touch()
    with pytest.raises(CommandError, match="update-ref"):
        delete_branch(shop.repo, "x", expect=shop.head)
    lock.unlink()
    assert delete_branch(shop.repo, "x", expect=shop.head) is True


def test_settings_of_a_deleted_branch_wait_for_whoever_writes_others(shop, monkeypatch):
    shop.git("branch", "x")
    shop.git("config", "branch.x.remote", "origin")
    lock = shop.path / ".git/config.lock"
    lock.touch()
    monkeypatch.setattr(branches, "_CONFIG_SECONDS", 0.1)
    with pytest.raises(CommandError, match="config"):
        delete_branch(shop.repo, "x", expect=shop.head)
    monkeypatch.undo()
    freed = Timer(0.2, lock.unlink)
    freed.start()
    # The branch is gone, but its settings are not.
    assert delete_branch(shop.repo, "x", expect=shop.head) is False
    freed.join()
    shop.git("config", "--get-regexp", r"branch\.x\.", fails=True)
