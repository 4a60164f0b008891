"""What a removal leaves: nothing of its own, and a restore point only of what is nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.errors import BadUse, Refused
from worktree_tasks.git import find_repository
from worktree_tasks.git.program import git
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.new import Wish, new
from worktree_tasks.orchestration.flows.remove import remove
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.steps.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def _edit(tree: Path) -> None:
    (tree / "stack.json").write_text("{}\n")


def _commit(tree: Path) -> None:
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "Work")


def _stage(tree: Path) -> None:
    (tree / "new").write_text("new\n")
    git(tree, "add", "new")
    (tree / "new").unlink()


def _note(tree: Path) -> None:
    (tree / ".env").write_text("MINE=1\n")


def test_a_worktree_with_nothing_of_its_own_leaves_nothing(plain):
    path = new(plain, Wish("pay", start=False)).path
    assert remove(plain, "pay", force=True).restore_point is None
    assert not path.parent.exists()
    assert [file.name for file in (plain.store.path.parent / "locks").iterdir()] == []


@pytest.mark.parametrize("change", [_edit, _commit, _stage, _note])
def test_what_is_nowhere_else_is_saved_by_force(plain, change):
    change(new(plain, Wish("pay", start=False)).path)
    point = remove(plain, "pay", force=True).restore_point
    assert point
    assert restore(plain, point).branch == "pay"


def test_commands_in_hints_can_be_pasted_whatever_the_path_is(plain, tmp_path, monkeypatch, told):
    place = tmp_path / "Müller & Co" / "a tree"
    git(plain.main, "worktree", "add", "--quiet", "--detach", str(place))
    with pytest.raises(BadUse) as detached:
        adopt(plain, str(place), start=False)
    assert detached.value.hint == f"git -C '{place}' switch --create NAME"
    git(place, "switch", "--quiet", "--create", "pay")
    adopt(plain, str(place), start=False)
    git(plain.main, "worktree", "lock", str(place))
    with pytest.raises(Refused) as locked:
        remove(plain, "pay")
    assert locked.value.hint == f"git worktree unlock '{place}'"
    git(plain.main, "worktree", "unlock", str(place))

    main = plain.main.rename(tmp_path / "main checkout")
    git(main, "worktree", "repair")
    monkeypatch.chdir(place)
    remove(Project(find_repository(main), plain.settings, plain.store, told, runtimes=plain.runtimes), ".")
    assert f"your current directory was deleted: cd '{main}'" in told.lines


def test_files_where_a_submodule_has_no_repository_are_work(plain):
    commit = git(plain.main, "rev-parse", "HEAD").out.strip()
    git(plain.main, "update-index", "--add", "--cacheinfo", f"160000,{commit},library")
    git(plain.main, "commit", "--quiet", "--message", "A submodule that is not cloned")
    place = new(plain, Wish("pay", start=False)).path / "library"
    place.mkdir(exist_ok=True)
    (place / "work").write_text("only here\n")
    with pytest.raises(Refused, match=r"1 untracked \(library/\)"):
        remove(plain, "pay")
    restore(plain, str(remove(plain, "pay", force=True).restore_point))
    assert (place / "work").read_text() == "only here\n"


def test_files_that_git_status_does_not_show_are_saved_without_force(plain):
    path = new(plain, Wish("pay", start=False)).path
    git(path, "update-index", "--skip-worktree", "stack.json")
    (path / "stack.json").unlink()
    (path / "stack.json").mkdir()
    (path / "stack.json" / "work").write_text("only here\n")
    assert git(path, "status", "--porcelain").out == ""
    restore(plain, str(remove(plain, "pay").restore_point))
    assert (path / "stack.json" / "work").read_text() == "only here\n"


def test_a_directory_with_a_file_called_git_is_work_and_comes_back(plain):
    path = new(plain, Wish("pay", start=False)).path
    (path / "notes").mkdir()
    (path / "notes" / ".git").write_text("what I know of git\n")
    with pytest.raises(Refused, match=r"1 nested repository with unsaved work \(notes\)"):
        remove(plain, "pay")
    restore(plain, str(remove(plain, "pay", force=True).restore_point))
    assert (path / "notes" / ".git").read_text() == "what I know of git\n"


def test_what_the_restore_point_does_not_contain_is_noted_once(plain, told):
    plain.settings = replace(plain.settings, trash_max_bytes=10)
    tree = new(plain, Wish("pay", start=False)).path
    (tree / ".env").write_text("more than ten bytes of it\n")
    (tree / "new").write_text("new\n")
    gone = remove(plain, "pay", force=True, discard=[str(tree / ".env")])
    assert [one.path for one in gone.left_out] == [".env"]
    assert len([line for line in told.lines if line.startswith("not in the restore point: ")]) == 1


def test_the_directory_of_other_worktrees_stays(plain):
    path = new(plain, Wish("pay", start=False)).path
    other = new(plain, Wish("shop", start=False)).path
    remove(plain, "pay")
    assert [one.name for one in path.parent.iterdir()] == [other.name]


def test_an_env_file_that_main_does_not_have_is_ours_until_somebody_edits_it(plain, told):
    (plain.main / ".env").unlink()
    settings = Settings(clean_min_age=0, fetch=False, env={"WHO": "{slug}"})
    project = Project(plain.repository, settings, plain.store, told, runtimes=plain.runtimes)
    assert "WHO=pay\n" in (new(project, Wish("pay", start=False)).path / ".env").read_text()
    assert remove(project, "pay").restore_point is None
    (new(project, Wish("pay", start=False)).path / ".env").write_text("WHO=me\n")
    assert remove(project, "pay").restore_point is not None


def test_one_with_nothing_of_its_own_goes_where_main_is_on_no_branch(plain):
    git(plain.main, "branch", "trunk")
    git(plain.main, "switch", "--quiet", "--detach")
    git(plain.main, "branch", "-D", "main")
    git(plain.main, "commit", "--quiet", "--allow-empty", "--message", "As jj does it")
    new(plain, Wish("pay", start=False))
    assert remove(plain, "pay").branch_deleted
    new(plain, Wish("pay", start=False))
    git(plain.main, "commit", "--quiet", "--allow-empty", "--amend", "--message", "Main moved on")
    gone = remove(plain, "pay")
    assert (gone.restore_point, gone.branch_deleted) == (None, False)
