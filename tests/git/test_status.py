from __future__ import annotations

import pytest

from worktree_tasks.errors import Failure
from worktree_tasks.git.status import Status, operation_in, parse_status, status


def test_each_path_counts_once_and_a_rename_is_one():
    text = "MM a\0 M b c\0UU d\0R  new\0old\0?? x\n y\0?? dir/\0!! ignored\0 R to\0from\0A  e\0"
    assert parse_status(text) == Status(("a", "b c", "d", "new", "to", "e"), ("x\n y", "dir/"))
    assert parse_status("") == Status((), ())


def test_staged_unstaged_deleted_and_untracked_are_named(shop):
    for name in ("a", "b", "c"):
        shop.commit_file(name, "1")
    shop.write("a", "2")
    shop.git("add", "a")
    shop.write("a", "3")
    (shop.path / "b").unlink()
    shop.git("mv", "c", "d")
    shop.write("new dir/x", "1")
    shop.write("ü", "1")
    assert status(shop.path).paths == ("a", "b", "d", "new dir/", "ü")


def test_configuration_that_hides_changes_is_overruled(shop):
    shop.git("config", "status.showUntrackedFiles", "no")
    shop.git("config", "diff.ignoreSubmodules", "all")
    shop.git("config", "status.short", "true")
    shop.git("config", "status.branch", "true")
    shop.write("new", "1")
    assert status(shop.path) == Status((), ("new",))


def test_reading_takes_no_lock(shop):
    shop.write(".git/index.lock", "")
    shop.write("new", "1")
    assert status(shop.path).paths == ("new",)


def test_directory_that_is_no_checkout_is_an_error(tmp_path):
    with pytest.raises(Failure):
        status(tmp_path)


@pytest.fixture
def conflict(shop):
    """Two branches, `x` with two commits, that conflict with main in each."""
    for name in ("a", "b"):
        shop.commit_file(name, "base\n")
    shop.git("branch", "x")
    for name in ("a", "b"):
        shop.commit_file(name, "main\n")
    shop.git("checkout", "--quiet", "x")
    for name in ("a", "b"):
        shop.commit_file(name, "x\n")
    return shop


@pytest.mark.parametrize(
    ("command", "operation"),
    [
        (("merge", "main"), "merge"),
        (("rebase", "main"), "rebase"),
        (("rebase", "--apply", "main"), "rebase"),
        (("cherry-pick", "main"), "cherry-pick"),
        (("revert", "--no-edit", "main"), "revert"),
    ],
)
def test_operation_in_progress_is_named(conflict, command, operation):
    assert operation_in(conflict.path) is None
    conflict.git(*command, fails=True)
    assert operation_in(conflict.path) == operation
    assert len(status(conflict.path).modified) == (2 if operation == "merge" else 1)


@pytest.mark.parametrize("command", ["cherry-pick", "revert"])
def test_series_between_two_commits_is_still_in_progress(conflict, command):
    conflict.git(command, *(["--no-edit"] if command == "revert" else []), "main~1", "main", fails=True)
    conflict.git("add", ".")
    conflict.git("commit", "--quiet", "--allow-empty", "-m", "one")
    assert operation_in(conflict.path) == command


def test_bisect_and_am_are_named(conflict):
    conflict.git("bisect", "start")
    assert operation_in(conflict.path) == "bisect"
    conflict.git("bisect", "reset")
    conflict.git("format-patch", "--quiet", "-1", "main", "-o", str(conflict.path.parent / "patches"))
    (patch,) = (conflict.path.parent / "patches").iterdir()
    conflict.git("am", str(patch), fails=True)
    assert operation_in(conflict.path) == "am"


def test_operation_in_a_linked_worktree_is_its_own(conflict, tree):
    linked = tree(conflict, "y")
    linked.git("merge", "main", fails=True)
    assert (operation_in(linked.path), operation_in(conflict.path)) == ("merge", None)
