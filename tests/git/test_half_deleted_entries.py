"""What a killed git left of an entry goes, and nothing that git still uses."""

from __future__ import annotations

import pytest

from worktree_tasks.git import add_worktree
from worktree_tasks.git.half_deleted_entries import drop_half_deleted


@pytest.fixture
def admin(shop, tmp_path):
    """The directory that git has of a worktree `w`."""
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    return shop.path / ".git" / "worktrees" / "w"


def test_the_rest_of_an_entry_that_names_no_worktree_is_deleted(shop, admin):
    (admin / "gitdir").unlink()
    drop_half_deleted(shop.repo)
    assert not admin.exists()


def test_an_entry_that_git_is_creating_stays(shop, admin):
    (admin / "gitdir").unlink()
    (admin / "locked").write_text("initializing\n")
    drop_half_deleted(shop.repo)
    assert (admin / "locked").exists()


@pytest.mark.parametrize("missing", ["HEAD", "commondir", "index"])
def test_an_entry_that_names_its_worktree_stays(shop, admin, missing):
    (admin / missing).unlink()
    drop_half_deleted(shop.repo)
    assert (admin / "gitdir").exists()


def test_nothing_is_needed_where_no_worktree_was_ever_made(shop):
    drop_half_deleted(shop.repo)
