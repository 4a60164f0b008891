from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from worktree_tasks.git import is_linked, lock_reason, mark, marks
from worktree_tasks.git.checked_out_branches import branches_by_place
from worktree_tasks.git.git_directories import entries_of, registered
from worktree_tasks.git.worktree_marker import administration_marked


@pytest.fixture
def vanishing(shop, tree, monkeypatch):
    """Remove the first of two worktrees just before one of git's files on it is read."""
    first, second = tree(shop, "auth"), tree(shop, "cart")
    for one in (first, second):
        mark(shop.repo, one.path, one.path.name, shop.repo.main)
    admin = next(entries_of(shop.repo, first.path))
    read = Path.read_bytes

    def at(name: str) -> Path:
        def reading(path: Path) -> bytes:
            if path == admin / name and admin.exists():
                shutil.rmtree(admin)
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", reading)
        return second.path

    return at


def test_a_worktree_that_is_removed_while_others_are_looked_for_is_in_nobodys_way(shop, vanishing):
    left = vanishing("gitdir")
    assert [link.parent for _, link in registered(shop.repo)] == [left]
    assert [admin.name for admin in entries_of(shop.repo, left)] == [left.name]
    assert branches_by_place(shop.repo) == {left: "cart"}


@pytest.mark.parametrize("file", ["gitdir", "worktree-tasks"])
def test_a_worktree_that_is_removed_while_marks_are_read_has_none(shop, vanishing, file):
    left = vanishing(file)
    assert [one.place for one in marks(shop.repo)] == [left]


def test_a_worktree_that_is_removed_while_its_lock_is_read_has_none(shop, vanishing):
    admin, _ = next(registered(shop.repo))
    (admin / "locked").write_text("in use\n")
    assert lock_reason(admin) == "in use"
    vanishing("locked")
    assert lock_reason(admin) is None


def test_only_a_directory_that_names_the_link_of_a_worktree_is_its_own(shop, tree):
    linked = tree(shop, "auth").path
    admin = next(entries_of(shop.repo, linked))
    (admin / "gitdir").write_text(f"{linked}/elsewhere\n")
    assert not list(entries_of(shop.repo, linked))
    assert not is_linked(shop.repo, linked)


def test_a_directory_that_lost_what_it_names_is_still_known_by_its_mark(shop, tree):
    linked = tree(shop, "auth").path
    admin = next(entries_of(shop.repo, linked))
    mark(shop.repo, linked, "key", shop.repo.main)
    (admin / "gitdir").write_text("")
    assert not list(entries_of(shop.repo, linked))
    assert administration_marked(shop.repo, "key") == admin


def test_nothing_is_registered_before_the_first_worktree_and_after_the_last(shop):
    assert list(registered(shop.repo)) == []


def test_a_directory_above_those_of_worktrees_is_nobodys(shop, tree):
    linked = tree(shop, "x").path
    common = shop.path / ".git"
    (linked / ".git").write_text(f"gitdir: {common}/worktrees/..\n")
    (common / "gitdir").write_text(f"{linked}/.git\n")
    assert not is_linked(shop.repo, linked)


def test_a_worktree_is_linked_however_its_paths_are_written(shop, tree, tmp_path):
    linked = tree(shop, "x").path
    admin = shop.path / ".git" / "worktrees" / "x"
    (tmp_path / "same").symlink_to(shop.path)
    by_link = tmp_path / "same" / ".git" / "worktrees" / "x"
    for written in (admin, by_link, os.path.relpath(admin, linked)):
        (linked / ".git").write_text(f"gitdir: {written}\n")
        assert is_linked(shop.repo, linked)
