from __future__ import annotations

from pathlib import Path

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.errors import Failure
from worktree_tasks.git import status as git_status
from worktree_tasks.git.status import Status, operation_in, parse_status, parse_statuses, status, statuses


def test_each_path_counts_once_and_a_rename_is_one():
    text = "MM a\0 M b c\0UU d\0R  new\0old\0?? x\n y\0?? dir/\0!! ignored\0 R to\0from\0A  e\0"
    assert parse_status(text) == Status(("a", "b c", "d", "new", "to", "e"), ("x\n y", "dir/"))
    assert parse_status("") == Status((), ())


def test_the_statuses_of_several_checkouts_are_told_apart():
    text = "## main...origin/main\0 M a\0R  ## new\0## old\0## HEAD (no branch)\0## x\0?? b\0"
    assert parse_statuses(text) == [
        Status(("a", "## new"), ()),
        Status((), ()),
        Status((), ("b",)),
    ]
    assert parse_statuses("") == []
    assert parse_statuses("12:00 trace: built-in: git status\0## main\0?? a\0") == [Status((), ("a",))]


@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_several_checkouts_read_at_once_are_as_each_by_itself(shop, tree, number):
    shop.commit_file("## a", "1")
    linked = [tree(shop, f"x{one}-ü") for one in range(number)]
    for count, one in enumerate(linked):
        for name in range(count % 3):
            one.write(f"## new{name}", "")
    if number:
        linked[0].git("mv", "## a", "## b")
        linked[-1].git("checkout", "--quiet", "--detach")
    places = [one.path for one in linked]
    assert statuses(places) == {path: status(path) for path in places}
    assert statuses([shop.path, *places]) == {path: status(path) for path in [shop.path, *places]}


def test_several_checkouts_are_read_from_a_worktree_and_without_its_environment(shop, tree, monkeypatch):
    first, second = tree(shop, "x"), tree(shop, "y")
    second.write("new", "")
    monkeypatch.chdir(first.path)
    monkeypatch.setenv("GIT_DIR", str(shop.path / ".git"))
    found = statuses([first.path, second.path])
    assert [one.untracked for one in found.values()] == [(), ("new",)]


def test_configuration_of_the_user_does_not_add_checkouts(shop, tree):
    linked = [tree(shop, name).path for name in "xy"]
    shop.write("new", "")
    Path.home().joinpath(".gitconfig").write_text(f"[worktree-tasks]\ncheckout = {shop.path}\n")
    assert statuses(linked) == dict.fromkeys(linked, Status((), ()))


def test_output_of_too_few_checkouts_is_an_error(shop, tree, monkeypatch):
    monkeypatch.setattr(git_status, "_WITH_HEAD", ())
    with pytest.raises(CommandError):
        statuses([shop.path, tree(shop, "x").path])


def test_one_of_several_directories_that_is_no_checkout_is_an_error(shop, tree, tmp_path):
    with pytest.raises(Failure):
        statuses([shop.path, tmp_path, tree(shop, "x").path])


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
