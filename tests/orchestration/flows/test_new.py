"""What a new worktree gets, whatever git's own configuration says."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from worktree_tasks.errors import Failure, Refused, WorktreeTasksError
from worktree_tasks.git import restore_points, tip_of
from worktree_tasks.git.program import git
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.new import Wish, new
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree, record_worktree
from worktree_tasks.waiting import wait_while


@pytest.mark.parametrize("absolute", [False, True])
def test_the_hooks_of_a_folder_that_git_ignores_run_there_too(plain, absolute):
    hooks = plain.main / ".husky" / "_"
    hooks.mkdir(parents=True)
    (hooks / ".gitignore").write_text("*\n")
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    git(plain.main, "config", "core.hooksPath", str(hooks) if absolute else ".husky/_")
    path = new(plain, Wish("pay", start=False)).path
    words = ("-C", str(path), "commit", "--quiet", "--allow-empty", "--message", "Not checked")
    assert plain_git(*words) == 1
    assert git(path, "status", "--porcelain").out == ""


def test_a_worktree_is_made_while_the_description_of_main_is_still_read(plain, monkeypatch):
    new(plain, Wish("first", start=False))
    read, late = plain.runtime.model, []

    def read_once_it_is_there(project, checkout, *rest, **further):
        late.append(wait_while(lambda: not (project.root / "pay" / ".git").exists(), 20))
        return read(project, checkout, *rest, **further)

    monkeypatch.setattr(plain.runtime, "model", read_once_it_is_there)
    again = Project(plain.repository, plain.settings, plain.store, plain.progress, runtimes=plain.runtimes)
    new(again, Wish("pay", start=False))
    assert late[0] is False


@pytest.fixture
def broken(plain):
    """A project whose files cannot be checked out, until the yielded function is called."""
    (plain.main / ".gitattributes").write_text("*.bin filter=broken\n")
    (plain.main / "photo.bin").write_text("light\n")
    git(plain.main, "add", "--all")
    git(plain.main, "commit", "--quiet", "--message", "Add a photo")
    git(plain.main, "config", "filter.broken.smudge", "false")
    git(plain.main, "config", "filter.broken.required", "true")
    return lambda: git(plain.main, "config", "filter.broken.smudge", "cat")


@pytest.mark.usefixtures("broken")
def test_nothing_is_left_if_the_files_cannot_be_checked_out(plain, told):
    with pytest.raises(WorktreeTasksError, match=r"photo\.bin"):
        new(plain, Wish("pay", start=False))
    assert plain.records() == ()
    assert not plain.root.exists()
    assert tip_of(plain.repository, "pay") is None
    assert "nothing of pay is kept" in told.lines


@pytest.mark.parametrize(
    "make",
    [lambda project: new(project, Wish("pay", start=False)), lambda project: add_worktree(project, "pay")],
)
def test_what_a_killed_command_recorded_stays_if_the_next_one_fails(plain, broken, make):
    record_worktree(plain, "pay")
    with pytest.raises(WorktreeTasksError, match=r"photo\.bin"):
        make(plain)
    assert [one.branch for one in plain.records()] == ["pay"]
    broken()
    make(plain)
    assert (plain.root / "pay" / "photo.bin").read_text() == "light\n"


def test_a_missing_directory_of_another_branch_keeps_its_entry(plain):
    place = plain.root / "pay"
    git(plain.main, "worktree", "add", "--quiet", "-b", "other", str(place))
    place.rename(plain.main.with_name("moved-away"))
    with pytest.raises(Failure, match="still has it registered"):
        new(plain, Wish("pay", start=False))
    assert plain.records() == ()
    assert "branch refs/heads/other" in git(plain.main, "worktree", "list", "--porcelain").out


def test_only_a_worktree_of_the_repository_is_offered_for_adoption(plain):
    place = plain.root / "pay"
    place.mkdir(parents=True)
    with pytest.raises(Refused, match="exists already") as refused:
        new(plain, Wish("pay", start=False))
    assert refused.value.hint == "move it away"
    git(plain.main, "worktree", "add", "--quiet", "-b", "other", str(place))
    with pytest.raises(Refused, match="exists already") as refused:
        new(plain, Wish("pay", start=False))
    assert refused.value.hint.endswith(f"or take it over with wt.adopt {place}")
    assert adopt(plain, str(place), start=False).branch == "other"


def plain_git(*words: str) -> int:
    """Run git as a person does, with hooks."""
    return subprocess.run(["git", *words], check=False, capture_output=True).returncode


def test_what_git_has_of_a_deleted_directory_is_saved_before_it_is_made_again(plain):
    path = new(plain, Wish("pay", start=False)).path
    git(path, "commit", "--quiet", "--allow-empty", "--message", "Reset away")
    dropped = git(path, "rev-parse", "HEAD").out
    git(path, "reset", "--quiet", "--hard", "HEAD~1")
    (path / "staged").write_text("staged only\n")
    git(path, "add", "staged")
    shutil.rmtree(path)
    assert new(plain, Wish("pay", start=False)).path == path
    assert git(path, "status", "--porcelain").out == ""
    assert new(plain, Wish("pay", start=False)).path == path
    (point,) = restore_points(plain.repository)
    back = restore(plain, point.name)
    assert back.branch == "pay-restored"
    assert git(back.path, "show", ":staged").out == "staged only\n"
    assert git(back.path, "rev-parse", "HEAD@{1}").out == dropped


def test_a_deleted_directory_with_nothing_of_its_own_leaves_no_restore_point(plain):
    path = new(plain, Wish("pay", start=False)).path
    shutil.rmtree(path)
    assert new(plain, Wish("pay", start=False)).path == path
    assert restore_points(plain.repository) == ()


def test_commits_of_a_deleted_directorys_submodule_stop_its_being_made_again(plain, tmp_path):
    library = tmp_path / "library"
    local = ("-c", "protocol.file.allow=always", "-c", "user.name=A", "-c", "user.email=a@example.org")
    work = (*local, "commit", "--quiet", "--allow-empty", "--message", "Work")
    git(tmp_path, "init", "--quiet", str(library))
    git(library, *work)
    git(plain.main, *local, "submodule", "--quiet", "add", str(library), "library")
    git(plain.main, "commit", "--quiet", "--message", "Submodule")
    path = new(plain, Wish("pay", start=False)).path
    git(path / "library", *work)
    shutil.rmtree(path)
    with pytest.raises(Refused, match="pay is not made again: library has 1 commit that is nowhere else"):
        new(plain, Wish("pay", start=False))


@pytest.mark.parametrize("switch", [("--detach",), ("-c", "other")])
def test_a_deleted_directory_is_not_made_again_if_it_was_not_on_its_branch(plain, switch):
    path = new(plain, Wish("pay", start=False)).path
    git(path, "switch", "--quiet", *switch)
    shutil.rmtree(path)
    with pytest.raises(Failure, match="pay is gone") as failed:
        new(plain, Wish("pay" if "--detach" in switch else "other", start=False))
    assert "wt.remove pay" in failed.value.hint
