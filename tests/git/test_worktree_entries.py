from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.git import delete_branch, git_directory, worktrees
from worktree_tasks.git.worktree_entries import find_worktree, parse_worktrees

A, B = "a" * 40, "b" * 40


def test_every_attribute_is_parsed():
    text = (
        f"worktree /shop\0HEAD {A}\0branch refs/heads/main\0\0"
        f"worktree /w/x y\nz\0HEAD {B}\0detached\0locked by me\nagain\0\0"
        f"worktree /w/gone\0HEAD {B}\0branch refs/heads/feature/a\0locked\0"
        "prunable gitdir file points to non-existent location\0\0"
    )
    main, odd, gone = parse_worktrees(text)
    assert (main.path, main.head, main.branch, main.locked, main.prunable) == (
        Path("/shop"),
        A,
        "main",
        None,
        None,
    )
    assert (odd.path, odd.branch, odd.detached, odd.locked) == (
        Path("/w/x y\nz"),
        None,
        True,
        "by me\nagain",
    )
    assert (gone.branch, gone.locked, gone.held) == ("feature/a", "", "")
    assert replace(gone, locked="worktree-tasks: in containers").held is None
    assert gone.prunable is not None


def test_bare_repository_and_no_output_are_parsed():
    (only,) = parse_worktrees("worktree /shop.git\0bare\0\0")
    assert (only.bare, only.head, only.branch, only.detached) == (True, None, None, False)
    assert parse_worktrees("") == ()


def test_main_comes_first_with_its_branch(shop, tree):
    linked = tree(shop, "feature/a")
    main, other = worktrees(shop.repo)
    assert (main.path, main.branch, main.head) == (shop.path, "main", shop.head)
    assert (other.path, other.branch) == (linked.path, "feature/a")


def test_repository_without_commits_has_no_head(make):
    (main,) = worktrees(make("new", commits=False).repo)
    assert (main.head, main.branch) == (None, "main")


@pytest.mark.parametrize("name", ["with space", "ünïcode", "new\nline"])
def test_unusual_directories_are_listed(shop, tmp_path, name):
    shop.git("worktree", "add", "--quiet", "-b", "x", str(tmp_path / name))
    assert worktrees(shop.repo)[1].path == tmp_path / name


def test_detached_locked_and_prunable_are_told(shop, tree):
    detached, locked, gone = (tree(shop, name) for name in ("detached", "locked", "gone"))
    detached.git("checkout", "--quiet", "--detach")
    shop.git("worktree", "lock", "--reason", "in use", str(locked.path))
    shutil.rmtree(gone.path)
    found = {entry.path: entry for entry in worktrees(shop.repo)}
    assert (found[detached.path].detached, found[detached.path].branch) == (True, None)
    assert found[locked.path].locked == found[locked.path].held == "in use"
    assert found[detached.path].held is None
    assert found[gone.path].prunable is not None


def test_submodule_lists_its_own_checkout_as_main(make, at):
    library = make("library")
    shop = make("shop")
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib")
    sub = at(shop.path / "lib")
    assert worktrees(sub.repo)[0].path == sub.path


def test_worktree_is_found_over_a_symbolic_link(shop, tree, tmp_path):
    linked = tree(shop, "auth")
    (tmp_path / "link").symlink_to(linked.path)
    found = find_worktree(shop.repo, tmp_path / "link")
    assert found is not None
    assert found.branch == "auth"
    assert find_worktree(shop.repo, tmp_path) is None


@pytest.fixture
def old_git(before_git):
    """A git that cannot separate the list's lines by NUL, like those before 2.36."""
    before_git('case " $* " in *" worktree list "*" -z "*) exit 129 ;; esac')


@pytest.mark.usefixtures("old_git")
def test_an_old_git_lists_worktrees_too(shop, tree):
    linked = tree(shop, "x")
    assert [(one.path, one.branch) for one in worktrees(shop.repo)] == [
        (shop.path, "main"),
        (linked.path, "x"),
    ]


@pytest.mark.usefixtures("old_git")
def test_an_old_git_that_cannot_list_them_is_not_taken_for_one_that_has_none(shop, tree):
    tree(shop, "x")
    other = tree(shop, "y")
    (git_directory(other.path) / "commondir").write_text("")
    with pytest.raises(CommandError, match="commondir"):
        worktrees(shop.repo)
    with pytest.raises(CommandError, match="commondir"):
        delete_branch(shop.repo, "x", expect=shop.head)
