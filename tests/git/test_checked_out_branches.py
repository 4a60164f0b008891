from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from worktree_tasks.git import (
    branches_by_place,
    entry_of,
    lock_worktree,
    places,
    references,
    registered_entries,
    worktrees,
)


def listed(checkout, path):
    """Return the entry that git itself lists."""
    return next((one for one in worktrees(checkout.repo) if one.path == path), None)


STATES = ["plain", "ahead", "locked", "detached", "gone", "replaced", "unborn", "locked and gone", "unlinked"]


@pytest.fixture(params=STATES)
def linked(shop, tree, request):
    """A worktree in one of the states."""
    state = request.param
    linked = tree(shop, "feature/a")
    if state == "ahead":
        linked.commit_file("new", "x")
    elif state.startswith("locked"):
        lock_worktree(shop.repo, linked.path, "in use")
        if state.endswith("gone"):
            shutil.rmtree(linked.path)
    elif state == "detached":
        linked.git("checkout", "--quiet", "--detach")
    elif state == "gone":
        shutil.rmtree(linked.path)
    elif state == "unlinked":
        (linked.path / ".git").unlink()
    elif state == "replaced":
        (linked.path / ".git").unlink()
        linked.git("init", "--quiet")
    elif state == "unborn":
        linked.git("checkout", "--quiet", "--orphan", "new")
    return linked


def test_an_entry_is_the_one_that_git_lists(shop, linked):
    found = entry_of(shop.repo, linked.path, references(shop.repo))
    assert found is not None
    assert found == listed(shop, linked.path)


def test_without_a_program_all_entries_are_known_but_their_commits(shop, tree, linked, monkeypatch):
    for path in ("z/alpha", "a/zed"):
        shop.git("worktree", "add", "--quiet", "-b", path, str(linked.path.parent / path))
    whole = worktrees(shop.repo)
    monkeypatch.setenv("PATH", "")
    found = registered_entries(shop.repo)
    assert [replace(one, prunable=None) for one in found] == [
        replace(one, head=None, prunable=None) for one in whole
    ]
    assert [one.prunable is None for one in found] == [one.prunable is None for one in whole]


def test_a_directory_that_git_does_not_know_has_no_entry(shop, tmp_path):
    assert entry_of(shop.repo, tmp_path, references(shop.repo)) is None
    assert places(shop.repo) == {}


def test_branches_are_told_by_place_and_a_detached_worktree_has_none(shop, tree):
    one, other = tree(shop, "one"), tree(shop, "other")
    assert branches_by_place(shop.repo) == {one.path: "one", other.path: "other"}
    one.git("switch", "--quiet", "-c", "later")
    other.git("checkout", "--quiet", "--detach")
    assert branches_by_place(shop.repo) == {one.path: "later"}
    assert set(places(shop.repo)) == {one.path, other.path}


def test_git_is_asked_where_its_files_do_not_tell(shop, tree):
    linked = tree(shop, "one")
    head = places(shop.repo)[linked.path] / "HEAD"
    head.write_text("ref: refs/heads/.invalid\n")
    assert linked.path not in branches_by_place(shop.repo)
    assert registered_entries(shop.repo) == ()
    found = entry_of(shop.repo, linked.path, references(shop.repo))
    assert found == listed(shop, linked.path)
