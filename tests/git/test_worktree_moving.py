"""A worktree that is moved in one instant stays one that git knows, wherever its submodules are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from worktree_tasks.git import add_worktree, bears, find_marked, mark, move_worktree, place_worktree
from worktree_tasks.git.git_directories import administration_of

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def moved(shop, tmp_path):
    """A marked worktree that was moved from `old` to `new`."""
    old, new = tmp_path / "trees" / "old", tmp_path / "trees" / "new"
    add_worktree(shop.repo, old, "x", start=shop.head, create=True)
    mark(shop.repo, old, KEY, shop.path)
    move_worktree(shop.repo, KEY, old, new)
    return old, new


def test_git_knows_a_moved_worktree_where_it_is(shop, moved):
    old, new = moved
    assert f"worktree {new}\n" in shop.git("worktree", "list", "--porcelain")
    assert "prunable" not in shop.git("worktree", "list", "--porcelain")
    assert shop.git("-C", str(new), "status", "--porcelain") == ""
    assert find_marked(shop.repo, KEY) == new
    assert (bears(shop.repo, old, KEY), bears(shop.repo, new, KEY)) == (False, True)
    assert not list((shop.path / ".git").rglob("gitdir.lock"))


def test_telling_git_the_same_place_again_changes_nothing(shop, moved):
    _, new = moved
    named = administration_of(shop.repo, new) / "gitdir"
    before = named.stat()
    place_worktree(shop.repo, KEY, new, known=moved)
    assert named.stat() == before


def test_a_relative_link_stays_relative(shop, moved):
    old, new = moved
    named = administration_of(shop.repo, new) / "gitdir"
    named.write_text(os.path.relpath(new / ".git", named.parent) + "\n")
    move_worktree(shop.repo, KEY, new, old)
    assert not Path(named.read_text()).is_absolute()
    assert find_marked(shop.repo, KEY) == old


def test_a_copy_a_link_and_a_stranger_do_not_bear_the_key(shop, moved, tmp_path):
    _, new = moved
    (tmp_path / "link").symlink_to(new)
    (tmp_path / "empty").mkdir()
    assert not bears(shop.repo, tmp_path / "empty", KEY)
    assert not bears(shop.repo, tmp_path / "missing", KEY)
    assert not bears(shop.repo, shop.path, KEY)
    assert not bears(shop.repo, new, "f" * 32)
