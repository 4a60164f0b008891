from __future__ import annotations

import shutil

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.errors import Failure, Refused
from worktree_tasks.git import (
    add_worktree,
    is_linked,
    lock_worktree,
    remove_worktree,
    repair,
    unlock_worktree,
    worktrees,
)
from worktree_tasks.git.program import git
from worktree_tasks.git.worktree_entries import find_worktree


@pytest.mark.parametrize("change", ["modified", "untracked", "staged"])
def test_removing_never_takes_work_by_itself(shop, tree, change):
    linked = tree(shop, "auth")
    linked.write("README" if change == "modified" else "new", "mine\n")
    if change == "staged":
        linked.git("add", "new")
    with pytest.raises(Refused, match="README" if change == "modified" else "new"):
        remove_worktree(shop.repo, linked.path, force=False)
    assert linked.git("status", "--porcelain") != ""
    remove_worktree(shop.repo, linked.path, force=True)
    assert not linked.path.exists()


def test_locked_worktree_is_not_removed_even_by_force(shop, tree):
    linked = tree(shop, "auth")
    lock_worktree(shop.repo, linked.path, "in use")
    for force in (False, True):
        with pytest.raises(Refused, match="locked: in use"):
            remove_worktree(shop.repo, linked.path, force=force)
    assert linked.path.exists()


def test_directory_deleted_by_hand_is_forgotten(shop, tree):
    linked = tree(shop, "auth")
    shutil.rmtree(linked.path)
    remove_worktree(shop.repo, linked.path, force=False)
    assert len(worktrees(shop.repo)) == 1


def test_lock_keeps_its_reason_and_can_be_asked_for_twice(shop, tree):
    linked = tree(shop, "auth")
    for _ in range(2):
        lock_worktree(shop.repo, linked.path, "mounted: -by us")
    assert find_worktree(shop.repo, linked.path).locked == "mounted: -by us"
    with pytest.raises(Refused, match="mounted"):
        lock_worktree(shop.repo, linked.path, "other")
    for _ in range(2):
        unlock_worktree(shop.repo, linked.path)
    assert find_worktree(shop.repo, linked.path).locked is None


def test_locking_and_removing_what_is_no_worktree_is_an_error(shop, tmp_path):
    with pytest.raises(Failure):
        lock_worktree(shop.repo, tmp_path, "x")
    with pytest.raises(Failure):
        unlock_worktree(shop.repo, tmp_path)
    with pytest.raises(Failure):
        remove_worktree(shop.repo, tmp_path, force=True)
    assert tmp_path.is_dir()


def test_worktree_moved_by_hand_is_joined_again(shop, tree, tmp_path):
    linked = tree(shop, "auth")
    shutil.move(linked.path, tmp_path / "elsewhere")
    assert worktrees(shop.repo)[1].prunable is not None
    repair(shop.repo, tmp_path / "elsewhere")
    found = worktrees(shop.repo)[1]
    assert (found.path, found.prunable, found.branch) == (tmp_path / "elsewhere", None, "auth")


def test_repairing_what_is_no_worktree_is_an_error(shop, tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(Failure, match="could not be repaired"):
        repair(shop.repo, tmp_path / "nothing")


@pytest.mark.parametrize("text", ["", "hello\n", None, "gitdir: /nowhere/worktrees/w\n"])
def test_a_damaged_link_to_the_repository_is_seen_and_repaired(shop, tmp_path, text):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    link = tmp_path / "w" / ".git"
    assert is_linked(shop.repo, tmp_path / "w")
    link.unlink()
    if text is not None:
        link.write_text(text)
    assert not is_linked(shop.repo, tmp_path / "w")
    repair(shop.repo, tmp_path / "w")
    assert is_linked(shop.repo, tmp_path / "w")
    assert shop.git("-C", str(tmp_path / "w"), "status", "--porcelain") == ""


def test_a_repository_in_place_of_the_link_is_not_written_over(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    (tmp_path / "w" / ".git").unlink()
    shop.git("init", "--quiet", str(tmp_path / "w"))
    with pytest.raises(Failure, match="could not be repaired"):
        repair(shop.repo, tmp_path / "w")
    assert (tmp_path / "w" / ".git").is_dir()


@pytest.mark.parametrize("text", ["hello\n", "gitdir: /nowhere/worktrees/w\n"])
def test_what_git_cannot_do_for_a_damaged_link_says_what_repairs_it(shop, tmp_path, text):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    (tmp_path / "w" / ".git").write_text(text)
    with pytest.raises(CommandError) as raised:
        git(tmp_path / "w", "status")
    assert "wt.doctor --fix" in raised.value.hint
