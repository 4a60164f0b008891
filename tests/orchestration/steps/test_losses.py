"""What stands in the way of a removal, whatever flags it has."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from harness.projects import Project

from worktree_tasks.configuration.compose.override_text import dump
from worktree_tasks.errors import Refused
from worktree_tasks.git import exclude
from worktree_tasks.git.trash.vault_repository import vault_of
from worktree_tasks.orchestration.steps.losses import refuse_to_lose, work_in
from worktree_tasks.orchestration.steps.trash import listed, save
from worktree_tasks.orchestration.steps.written_files import note_written


def git(path, *words):
    allowed = ("-c", "protocol.file.allow=always", "-c", "user.name=A", "-c", "user.email=a@example.org")
    return Project(path).git(*allowed, *words)


def test_a_worktree_without_work_may_go(shop, tree):
    made = tree("idle")
    refuse_to_lose(made, work_in(made))


def test_work_is_counted_and_named(shop, tree):
    made = tree("work")
    (made.record.path / "Dockerfile").write_text("FROM scratch\n")
    (made.record.path / "new.txt").write_text("new\n")
    with pytest.raises(Refused, match=r"1 modified, 1 untracked \(Dockerfile, new.txt\)") as refused:
        refuse_to_lose(made, work_in(made))
    assert refused.value.hint.endswith("wt.remove work --force, which keeps a restore point")


def test_commits_that_were_reset_away_are_work_and_amended_ones_are_only_kept(shop, tree):
    made = tree("reset")
    (made.record.path / "work.txt").write_text("work\n")
    git(made.record.path, "add", ".")
    git(made.record.path, "commit", "--quiet", "-m", "a day of work")
    git(made.record.path, "commit", "--quiet", "--amend", "-m", "the same day")
    git(made.record.path, "push", "--quiet", str(shop.main), "HEAD:refs/heads/elsewhere")
    refuse_to_lose(made, work_in(made), goes=True)
    save(made, work_in(made), always=False)
    (point,) = listed(shop)
    assert point.name == made.record.trash
    subjects = git(vault_of(shop.repository), "log", "--format=%s", point.commit)
    assert "a day of work" in subjects.splitlines()
    git(shop.main, "branch", "--quiet", "-D", "elsewhere")
    git(made.record.path, "reset", "--quiet", "--hard", "HEAD~1")
    with pytest.raises(Refused, match=r"1 commit only in its reflog \(\w+ the same day") as refused:
        refuse_to_lose(made, work_in(made))
    assert "git branch KEPT" in refused.value.hint


def test_a_worktree_inside_of_another_is_not_taken_with_it(shop, tree, project):
    made = tree("outer")
    project.git("worktree", "add", "--quiet", "-b", "inner", str(made.record.path / "inner"))
    with pytest.raises(Refused, match=r"it contains another worktree, .*inner"):
        work_in(made)


@pytest.mark.parametrize("place", ["inner", "deep/down/inner"])
def test_a_worktree_that_holds_another_one_that_was_moved_into_it_stays(shop, tree, place):
    made, moved = tree("outer"), tree("inner")
    (made.record.path / place).parent.mkdir(parents=True, exist_ok=True)
    moved.record.path.rename(made.record.path / place)
    with pytest.raises(Refused, match=rf"it contains another worktree, .*outer/{place}"):
        work_in(made)


def test_a_directory_that_became_a_repository_of_its_own_is_not_removed(shop, tree):
    made = tree("own")
    (made.record.path / ".git").unlink()
    git(made.record.path, "init", "--quiet")
    git(made.record.path, "add", ".")
    git(made.record.path, "commit", "--quiet", "-m", "a day of work")
    with pytest.raises(Refused, match=r"own/\.git does not point to .*/shop/\.git"):
        work_in(made)


def test_a_directory_that_is_another_worktrees_copy_is_not_removed(shop, tree):
    made, other = tree("one"), tree("other")
    shutil.copy(other.record.path / ".git", made.record.path / ".git")
    with pytest.raises(Refused, match=r"one/\.git does not point to"):
        work_in(made)


def test_a_symbolic_link_to_a_directory_that_was_moved_is_not_removed(shop, tree, tmp_path):
    made = tree("linked")
    made.record.path.rename(tmp_path / "large disk")
    made.record.path.symlink_to(tmp_path / "large disk")
    with pytest.raises(Refused, match=r"linked is a symbolic link to .*/large disk"):
        work_in(made)


def test_a_submodule_with_changes_is_refused_and_a_clean_one_is_not(shop, tree, make_project):
    library = make_project("library")
    made = tree("sub")
    git(made.record.path, "submodule", "--quiet", "add", str(library.path), "lib")
    git(made.record.path, "commit", "--quiet", "-m", "lib")
    # Its only clone is the worktree's own, so its commits would go with it.
    git(made.record.path / "lib", "commit", "--quiet", "--allow-empty", "-m", "mine")
    git(made.record.path, "commit", "--quiet", "-am", "mine")
    with pytest.raises(Refused, match=r"lib has 1 commit that is nowhere else") as refused:
        refuse_to_lose(made, work_in(made), force=True)
    assert "wt.remove sub --force --discard lib deletes it for good" in refused.value.hint
    refuse_to_lose(made, work_in(made), force=True, discard=["lib"])
    git(made.record.path / "lib", "push", "--quiet", "origin", "HEAD:refs/heads/pushed")
    git(made.record.path / "lib", "fetch", "--quiet")
    refuse_to_lose(made, work_in(made), force=True)
    (made.record.path / "lib" / "untracked.txt").write_text("mine\n")
    with pytest.raises(Refused, match="lib has its own changes"):
        refuse_to_lose(made, work_in(made), force=True)
    refuse_to_lose(made, work_in(made), force=True, discard=["./lib/"])
    (made.record.path / "lib" / "untracked.txt").unlink()
    git(made.record.path / "lib", "update-index", "--assume-unchanged", "Dockerfile")
    (made.record.path / "lib" / "Dockerfile").write_text("mine\n")
    assert git(made.record.path / "lib", "status", "--porcelain") == ""
    with pytest.raises(Refused, match="lib has its own changes"):
        refuse_to_lose(made, work_in(made), force=True)


def test_commits_of_a_submodule_are_not_lost_with_a_worktree_whose_directory_was_deleted(
    shop, tree, make_project
):
    library = make_project("library")
    made = tree("sub")
    git(made.record.path, "submodule", "--quiet", "add", str(library.path), "lib")
    git(made.record.path, "commit", "--quiet", "-m", "lib")
    git(made.record.path / "lib", "commit", "--quiet", "--allow-empty", "-m", "mine")
    shutil.rmtree(made.record.path)
    with pytest.raises(Refused, match="lib has 1 commit that is nowhere else") as refused:
        refuse_to_lose(made, work_in(made))
    advised = refused.value.hint.partition(" keeps the latest")[0].split()
    git(shop.main, *advised[1:])
    assert library.git("log", "-1", "--format=%s", "KEPT") == "mine"


def test_what_is_mounted_in_a_worktree_is_not_deleted(shop, tree, monkeypatch, tmp_path):
    made = tree("mounted")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 98:0 / {made.record.path}/my\\040data rw - ext4 /dev/x rw\n")
    monkeypatch.setattr("worktree_tasks.machine.processes._MOUNTS", mounts)
    with pytest.raises(Refused, match="my data is mounted there"):
        work_in(made)


def test_our_own_override_is_saved_only_when_somebody_edited_it(shop, tree):
    made = tree("edited")
    name = shop.input.files.override
    exclude(shop.repository, f"/{name}")
    (made.record.path / name).write_text(dump({"name": "shop-edited"}))
    assert work_in(made).contents.ignored == ()
    note_written(made, [name])
    assert work_in(made).contents.ignored == ()
    (made.record.path / name).write_text("mine\n")
    assert work_in(made).contents.ignored == (name,)


def test_what_no_restore_point_can_hold_is_refused_with_force_too_unless_it_is_named(shop, tree):
    made = tree("large")
    shop.settings = replace(shop.settings, trash_max_bytes=10)
    (made.record.path / ".env").write_text("more than ten bytes of it\n")
    work = work_in(made)
    for force in (False, True):
        with pytest.raises(Refused, match=r"1 file or directory too large .*\(\.env\)") as refused:
            refuse_to_lose(made, work, force=force, discard=["data"])
        assert "--discard .env deletes it for good" in refused.value.hint
        assert "which keeps a restore point" not in refused.value.hint
        refuse_to_lose(made, work, force=force, discard=[".env"])
    (made.record.path / "new.txt").write_text("work\n")
    with pytest.raises(Refused, match="1 untracked"):
        refuse_to_lose(made, work_in(made), discard=[".env"])


def test_a_repository_inside_with_commits_of_its_own_is_work(shop, tree):
    made = tree("nested")
    git(made.record.path, "init", "--quiet", "lib")
    git(made.record.path / "lib", "commit", "--quiet", "--allow-empty", "-m", "only here")
    git(made.record.path, "add", "lib")
    git(made.record.path, "commit", "--quiet", "-m", "lib")
    with pytest.raises(Refused, match=r"1 nested repository with unsaved work \(lib\)"):
        refuse_to_lose(made, work_in(made))
    refuse_to_lose(made, work_in(made), force=True)
    git(made.record.path / "lib", "update-ref", "refs/remotes/origin/main", "HEAD")
    refuse_to_lose(made, work_in(made))
    (made.record.path / "lib" / "new.txt").write_text("mine\n")
    with pytest.raises(Refused, match=r"1 nested repository with unsaved work \(lib\)"):
        refuse_to_lose(made, work_in(made))


@pytest.mark.parametrize("key", ["core.fsmonitor", "filter.x.clean"])
def test_no_program_runs_that_a_repository_inside_names(shop, tree, tmp_path, key):
    made = tree("trap")
    lib = made.record.path / "lib"
    git(made.record.path, "init", "--quiet", "lib")
    (lib / ".gitattributes").write_text("* filter=x\n")
    git(lib, "add", ".")
    git(lib, "commit", "--quiet", "-m", "lib")
    git(lib, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(made.record.path, "add", "lib")
    git(made.record.path, "commit", "--quiet", "-m", "lib")
    refuse_to_lose(made, work_in(made))
    git(lib, "config", key, f"touch {tmp_path / 'ran'}; false")
    (lib / ".gitattributes").write_text("* filter=y\n")
    (lib / ".gitattributes").write_text("* filter=x\n")
    with pytest.raises(Refused, match=r"1 nested repository with unsaved work \(lib\)"):
        refuse_to_lose(made, work_in(made))
    assert not (tmp_path / "ran").exists()


def test_a_worktree_with_submodules_is_looked_at_where_it_was_moved_to(shop, tree, make_project):
    library = make_project("library")
    made = tree("aside")
    git(made.record.path, "submodule", "--quiet", "add", str(library.path), "lib")
    git(made.record.path, "commit", "--quiet", "-m", "lib")
    place = made.record.path.with_name(".aside")
    made.record.path.rename(place)
    git(shop.main, "worktree", "repair", str(place))
    made.update(path=place)
    refuse_to_lose(made, work_in(made))
    (place / "lib" / "untracked.txt").write_text("mine\n")
    with pytest.raises(Refused, match="lib has its own changes"):
        refuse_to_lose(made, work_in(made), force=True)
