"""What stands in the way of a removal, whatever flags it has."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from harness.projects import Project

from worktree_tasks.errors import Refused
from worktree_tasks.git import exclude
from worktree_tasks.git.trash.vault import vault_of
from worktree_tasks.orchestration.steps.losses import refuse_to_lose, work_in
from worktree_tasks.orchestration.steps.trash import listed, save
from worktree_tasks.orchestration.steps.written import note_written


def git(path, *words):
    allowed = ("-c", "protocol.file.allow=always", "-c", "user.name=A", "-c", "user.email=a@example.org")
    return Project(path).git(*allowed, *words)


def test_a_worktree_without_work_may_go(site, tree):
    record = tree("idle")
    refuse_to_lose(site, record, work_in(site, record))


def test_work_is_counted_and_named(site, tree):
    record = tree("work")
    (record.path / "Dockerfile").write_text("FROM scratch\n")
    (record.path / "new.txt").write_text("new\n")
    with pytest.raises(Refused, match=r"1 modified, 1 untracked \(Dockerfile, new.txt\)") as refused:
        refuse_to_lose(site, record, work_in(site, record))
    assert refused.value.hint.endswith("wt.remove work --force, which keeps a restore point")


def test_commits_that_were_reset_away_are_work_and_amended_ones_are_only_kept(site, tree):
    record = tree("reset")
    (record.path / "work.txt").write_text("work\n")
    git(record.path, "add", ".")
    git(record.path, "commit", "--quiet", "-m", "a day of work")
    git(record.path, "commit", "--quiet", "--amend", "-m", "the same day")
    git(record.path, "push", "--quiet", str(site.main), "HEAD:refs/heads/elsewhere")
    refuse_to_lose(site, record, work_in(site, record), goes=True)
    record = save(site, record, work_in(site, record), always=False)
    (point,) = listed(site)
    assert point.name == record.trash
    subjects = git(vault_of(site.repository), "log", "--format=%s", point.commit)
    assert "a day of work" in subjects.splitlines()
    git(site.main, "branch", "--quiet", "-D", "elsewhere")
    git(record.path, "reset", "--quiet", "--hard", "HEAD~1")
    with pytest.raises(Refused, match=r"1 commit that only its reflog has \(\w+ the same day") as refused:
        refuse_to_lose(site, record, work_in(site, record))
    assert "git branch KEPT" in refused.value.hint


def test_a_worktree_inside_of_another_is_not_taken_with_it(site, tree, project):
    record = tree("outer")
    project.git("worktree", "add", "--quiet", "-b", "inner", str(record.path / "inner"))
    with pytest.raises(Refused, match="inner is another worktree"):
        work_in(site, record)


def test_a_directory_that_became_a_repository_of_its_own_is_not_removed(site, tree):
    record = tree("own")
    (record.path / ".git").unlink()
    git(record.path, "init", "--quiet")
    git(record.path, "add", ".")
    git(record.path, "commit", "--quiet", "-m", "a day of work")
    with pytest.raises(Refused, match=r"own/\.git does not lead to .*/shop/\.git"):
        work_in(site, record)


def test_a_directory_that_is_another_worktrees_copy_is_not_removed(site, tree):
    record, other = tree("one"), tree("other")
    shutil.copy(other.path / ".git", record.path / ".git")
    with pytest.raises(Refused, match=r"one/\.git does not lead to"):
        work_in(site, record)


def test_a_symbolic_link_to_a_directory_that_was_moved_is_not_removed(site, tree, tmp_path):
    record = tree("linked")
    record.path.rename(tmp_path / "large disk")
    record.path.symlink_to(tmp_path / "large disk")
    with pytest.raises(Refused, match=r"linked is a symbolic link to .*/large disk"):
        work_in(site, record)


def test_a_submodule_with_changes_is_refused_and_a_clean_one_is_not(site, tree, make_project):
    library = make_project("library")
    record = tree("sub")
    git(record.path, "submodule", "--quiet", "add", str(library.path), "lib")
    git(record.path, "commit", "--quiet", "-m", "lib")
    # Its only clone is the worktree's own, so its commits would go with it.
    git(record.path / "lib", "commit", "--quiet", "--allow-empty", "-m", "mine")
    git(record.path, "commit", "--quiet", "-am", "mine")
    with pytest.raises(Refused, match="a submodule has changes of its own"):
        refuse_to_lose(site, record, work_in(site, record), force=True)
    git(record.path / "lib", "push", "--quiet", "origin", "HEAD:refs/heads/pushed")
    git(record.path / "lib", "fetch", "--quiet")
    refuse_to_lose(site, record, work_in(site, record), force=True)
    (record.path / "lib" / "untracked.txt").write_text("mine\n")
    with pytest.raises(Refused, match="lib has changes of its own"):
        refuse_to_lose(site, record, work_in(site, record), force=True)
    (record.path / "lib" / "untracked.txt").unlink()
    git(record.path / "lib", "update-index", "--assume-unchanged", "Dockerfile")
    (record.path / "lib" / "Dockerfile").write_text("mine\n")
    assert git(record.path / "lib", "status", "--porcelain") == ""
    with pytest.raises(Refused, match="lib has changes of its own"):
        refuse_to_lose(site, record, work_in(site, record), force=True)


def test_what_is_mounted_in_a_worktree_is_not_deleted(site, tree, monkeypatch, tmp_path):
    record = tree("mounted")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 98:0 / {record.path}/my\\040data rw - ext4 /dev/x rw\n")
    monkeypatch.setattr("worktree_tasks.machine.processes._MOUNTS", mounts)
    with pytest.raises(Refused, match="my data is mounted there"):
        work_in(site, record)


def test_our_own_override_is_saved_only_when_somebody_edited_it(site, tree):
    record = tree("edited")
    name = site.compose_files.override
    exclude(site.repository, f"/{name}")
    (record.path / name).write_text("ours\n")
    assert work_in(site, record).contents.ignored == ()
    note_written(site, record, [name])
    assert work_in(site, record).contents.ignored == ()
    (record.path / name).write_text("mine\n")
    assert work_in(site, record).contents.ignored == (name,)


def test_what_no_restore_point_can_hold_is_refused_with_force_too_unless_it_is_named(site, tree):
    record = tree("large")
    site.settings = replace(site.settings, trash_max_bytes=10)
    (record.path / ".env").write_text("more than ten bytes of it\n")
    work = work_in(site, record)
    for force in (False, True):
        with pytest.raises(Refused, match=r"1 file or directory too large .*\(\.env\)") as refused:
            refuse_to_lose(site, record, work, force=force, discard=["data"])
        assert "--discard .env deletes it for good" in refused.value.hint
        assert "which keeps a restore point" not in refused.value.hint
        refuse_to_lose(site, record, work, force=force, discard=[".env"])
    (record.path / "new.txt").write_text("work\n")
    with pytest.raises(Refused, match="1 untracked"):
        refuse_to_lose(site, record, work_in(site, record), discard=[".env"])


def test_a_repository_inside_with_commits_of_its_own_is_work(site, tree):
    record = tree("nested")
    git(record.path, "init", "--quiet", "lib")
    git(record.path / "lib", "commit", "--quiet", "--allow-empty", "-m", "only here")
    git(record.path, "add", "lib")
    git(record.path, "commit", "--quiet", "-m", "lib")
    with pytest.raises(Refused, match=r"1 repository inside with work of its own \(lib\)"):
        refuse_to_lose(site, record, work_in(site, record))
    refuse_to_lose(site, record, work_in(site, record), force=True)
    git(record.path / "lib", "update-ref", "refs/remotes/origin/main", "HEAD")
    refuse_to_lose(site, record, work_in(site, record))
    (record.path / "lib" / "new.txt").write_text("mine\n")
    with pytest.raises(Refused, match=r"1 repository inside with work of its own \(lib\)"):
        refuse_to_lose(site, record, work_in(site, record))


@pytest.mark.parametrize("key", ["core.fsmonitor", "filter.x.clean"])
def test_no_program_runs_that_a_repository_inside_names(site, tree, tmp_path, key):
    record = tree("trap")
    lib = record.path / "lib"
    git(record.path, "init", "--quiet", "lib")
    (lib / ".gitattributes").write_text("* filter=x\n")
    git(lib, "add", ".")
    git(lib, "commit", "--quiet", "-m", "lib")
    git(lib, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(record.path, "add", "lib")
    git(record.path, "commit", "--quiet", "-m", "lib")
    refuse_to_lose(site, record, work_in(site, record))
    git(lib, "config", key, f"touch {tmp_path / 'ran'}; false")
    (lib / ".gitattributes").write_text("* filter=y\n")
    (lib / ".gitattributes").write_text("* filter=x\n")
    with pytest.raises(Refused, match=r"1 repository inside with work of its own \(lib\)"):
        refuse_to_lose(site, record, work_in(site, record))
    assert not (tmp_path / "ran").exists()


def test_a_worktree_with_submodules_is_looked_at_where_it_was_moved_to(site, tree, make_project):
    library = make_project("library")
    record = tree("aside")
    git(record.path, "submodule", "--quiet", "add", str(library.path), "lib")
    git(record.path, "commit", "--quiet", "-m", "lib")
    place = record.path.with_name(".aside")
    record.path.rename(place)
    git(site.main, "worktree", "repair", str(place))
    record = site.store.update(record, path=place)
    refuse_to_lose(site, record, work_in(site, record))
    (place / "lib" / "untracked.txt").write_text("mine\n")
    with pytest.raises(Refused, match="lib has changes of its own"):
        refuse_to_lose(site, record, work_in(site, record), force=True)
