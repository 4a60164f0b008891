"""A removal moves the directory aside, looks and saves there, and moves it back when the worktree stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.traces import Trace
from worktree_tasks.errors import Failure, Refused
from worktree_tasks.orchestration.flows import adopt as adoption
from worktree_tasks.orchestration.flows import remove as removal
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.flows.doctor import rebuilding, unfinished
from worktree_tasks.orchestration.flows.remove import take_away
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.steps.aside import move_aside, settle, take_back
from worktree_tasks.orchestration.steps.deletion import discarded_place
from worktree_tasks.orchestration.steps.terms import Terms, joined
from worktree_tasks.orchestration.steps.worktree import add_worktree, find_moved, find_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEADLINE = 30.0
# Each gets the worktree, writes in it from then on without a pause, and says how much when it cannot.
WRITERS = {
    "path": "open(f'{sys.argv[1]}/data/{n}', 'w').write(str(n))",
    "current directory": "open(f'data/{n}', 'w').write(str(n))",
    "open directory": "os.close(os.open(str(n), os.O_CREAT | os.O_WRONLY, dir_fd=folder))",
    "open file": "log.write('x'); log.flush()",
}
WRITER = """
import os, sys, time
os.chdir(sys.argv[1]); os.makedirs("data", exist_ok=True); n = 0
folder = os.open("data", os.O_RDONLY); log = open("data/log", "a")
if sys.argv[2] == "path": os.chdir("/"); log.close()
print("ready", flush=True)
try:
    while True:
        {statement}
        n += 1; time.sleep(0.001)
except OSError:
    print(n)
"""


@pytest.fixture(autouse=True)
def stackless(site, project, monkeypatch):
    """Nothing of these worktrees runs, and no engine is asked."""
    monkeypatch.setattr(adoption, "view", lambda _, record: record)
    monkeypatch.setattr(removal, "_images", lambda *_: ())
    monkeypatch.setattr(removal, "_take_down", lambda *_: None)
    monkeypatch.setattr(site.engine, "check", lambda: None)
    project.write(".gitignore", ".env\n/data/\n")
    project.commit()


@contextmanager
def writing(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """Have a program write in a worktree, and wait until it has begun."""
    code = WRITER.format(statement=WRITERS[how])
    argv = [sys.executable, "-c", code, str(path), how]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stdout.readline() == "ready\n"
        deadline = time.monotonic() + DEADLINE
        while not any(file.stat().st_size or file.name != "log" for file in (path / "data").iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        try:
            yield program
        finally:
            program.kill()


@pytest.mark.parametrize("force", [False, True])
def test_what_is_written_until_the_directory_is_out_of_reach_comes_back(site, tree, force):
    record = tree("busy")
    with writing(record.path, "path") as program:
        take_away(site, record, Terms(force=force, save=force))
        written, _ = program.communicate(timeout=DEADLINE)
    back = restore(site, "busy")
    assert back.path == record.path
    assert {one.name for one in (back.path / "data").iterdir()} - {"log"} == {
        str(number) for number in range(int(written))
    }


@pytest.mark.parametrize("how", ["current directory", "open directory", "open file"])
def test_a_program_that_goes_on_writing_in_it_keeps_it_and_is_named(site, tree, project, how):
    record = tree("held")
    with writing(record.path, how) as program:
        with pytest.raises(Refused, match=rf"process {program.pid} \(.*\) goes on writing in it"):
            take_away(site, record, Terms(force=True, save=True))
        assert [one.name for one in project.root.iterdir()] == ["held"]
        assert site.store.record(record.key).state == "ready"
        assert project.git("-C", str(record.path), "status", "--porcelain") == ""
        assert program.poll() is None
    take_away(site, site.store.record(record.key), Terms(force=True, save=True))
    assert list(project.root.iterdir()) == []


def test_what_is_written_during_the_last_look_is_looked_at_again(site, tree, monkeypatch):
    record = tree("late")
    inside = os.open(record.path, os.O_RDONLY)
    looks = []

    def looking(*words: object) -> object:
        found = original(*words)
        looks.append(found)
        if len(looks) == 2:  # the first one in the place aside
            os.close(os.open(".env", os.O_CREAT | os.O_WRONLY, dir_fd=inside))
        return found

    original = removal.work_in
    monkeypatch.setattr(removal, "work_in", looking)
    take_away(site, record, Terms())
    os.close(inside)
    assert len(looks) == 3
    assert (restore(site, "late").path / ".env").is_file()


def test_work_that_came_while_the_stack_went_down_keeps_it_in_its_place(site, tree, project, monkeypatch):
    record = tree("work")
    monkeypatch.setattr(removal, "_take_down", lambda *_: (record.path / "new.txt").write_text("mine\n"))
    with pytest.raises(Refused, match=r"1 untracked \(new.txt\)") as told:
        take_away(site, record, Terms())
    assert f"in {record.path};" in told.value.hint
    assert [one.name for one in project.root.iterdir()] == ["work"]
    assert (record.path / "new.txt").read_text() == "mine\n"
    now = site.store.record(record.key)
    assert (now.path, now.state) == (record.path, "ready")
    assert project.git("-C", str(record.path), "status", "--porcelain") == "?? new.txt"


@pytest.mark.parametrize("landed", [False, True])
def test_a_branch_is_deleted_at_the_commit_that_was_judged_and_nowhere_else(
    site, tree, project, monkeypatch, landed
):
    record = tree("moving")
    judged = project.git("rev-parse", "moving")

    def delete_directory(*words: object) -> None:
        later = project.git("commit-tree", "-p", "moving", "-m", "Later", "moving^{tree}")
        project.git("update-ref", "refs/heads/moving", later)
        original(*words)

    original = removal.delete_directory
    monkeypatch.setattr(removal, "delete_directory", delete_directory)
    gone = take_away(site, record, Terms(save=True, landed=judged if landed else None))
    assert not gone.branch_deleted
    assert project.git("log", "-1", "--format=%s", "moving") == "Later"


def test_clean_deletes_no_branch_that_went_on_after_it_was_judged(site, tree, project, monkeypatch):
    record = tree("landed")
    project.git("-C", str(record.path), "commit", "--quiet", "--allow-empty", "--message", "Landed")
    project.git("merge", "--quiet", "--ff-only", "landed")
    found = survey(site)

    def go_on(*_: object) -> None:
        (record.path / "later.txt").write_text("later\n")
        project.git("-C", str(record.path), "add", "--all")
        project.git("-C", str(record.path), "commit", "--quiet", "--message", "Later")

    monkeypatch.setattr(removal, "_take_down", go_on)
    (row,) = clean(site, found).worktrees
    assert not row.removed
    assert "1 commit on no other branch or remote" in row.reason
    assert project.git("-C", str(record.path), "log", "-1", "--format=%s") == "Later"


def begun(site, record, **terms: bool):
    """Return a record whose removal was begun and killed before anything was moved."""
    return site.store.begin_removal(record, terms)


def renamed(site, record) -> None:
    """Killed after the directory was renamed, before git was told."""
    record.path.rename(site.store.update(record, path=record.aside).path)


def moved(site, record) -> None:
    """Killed while it was looked at."""
    move_aside(site, record)


def recorded(site, record) -> None:
    """Killed before the directory was renamed."""
    site.store.update(record, path=record.aside)


KILLED = pytest.mark.parametrize("killed", [recorded, renamed, moved])


@KILLED
def test_a_removal_that_was_killed_is_finished_on_the_terms_it_began_with(site, tree, project, killed):
    record = begun(site, tree("killed"), force=True, save=True)
    (record.path / "notes.txt").write_text("mine\n")
    killed(site, record)
    (trouble,) = unfinished.look(site).troubles
    assert trouble.mend
    trouble.mend()
    assert list(project.root.iterdir()) == []
    assert site.records() == ()
    assert project.git("branch", "--list", "killed") == ""
    assert (restore(site, "killed").path / "notes.txt").read_text() == "mine\n"


@KILLED
def test_one_that_began_without_force_keeps_work_and_is_back_in_its_place(site, tree, project, killed):
    record = begun(site, tree("killed"))
    (record.path / "notes.txt").write_text("mine\n")
    killed(site, record)
    with pytest.raises(Refused, match="1 untracked"):
        take_away(site, find_moved(site, site.store.record(record.key)), Terms())
    now = site.store.record(record.key)
    assert (now.path, now.state) == (record.path, "ready")
    assert project.git("-C", str(record.path), "status", "--porcelain") == "?? notes.txt"
    assert unfinished.look(site).troubles == ()


@KILLED
def test_new_takes_a_removal_that_was_killed_back(site, tree, project, killed):
    record = begun(site, tree("killed"), force=True)
    (record.path / "notes.txt").write_text("mine\n")
    killed(site, record)
    again = add_worktree(site, "killed")
    assert (again.key, again.path) == (record.key, record.path)
    assert project.git("-C", str(record.path), "status", "--porcelain") == "?? notes.txt"
    assert [one.name for one in project.root.iterdir()] == ["killed"]


@KILLED
def test_restore_takes_a_removal_that_was_killed_back(site, tree, project, killed):
    record = tree("killed")
    (record.path / "notes.txt").write_text("mine\n")
    record = removal.save(site, record, removal.work_in(site, record), always=True)
    killed(site, begun(site, record, force=True))
    (record.aside if record.aside.is_dir() else record.path).joinpath("later.txt").write_text("mine too\n")
    back = restore(site, str(record.trash))
    assert (back.name, back.path) == ("killed", record.path)
    assert sorted(one.name for one in record.path.glob("*.txt")) == ["later.txt", "notes.txt"]
    assert [one.name for one in project.root.iterdir()] == ["killed"]
    assert site.store.record(record.key).state == "ready"


def test_one_that_is_aside_is_known_by_its_own_path_and_adopt_takes_it_back(site, tree, project):
    record = move_aside(site, begun(site, tree("killed")))
    assert find_record(site, str(project.root / "killed")).key == record.key
    assert adopt(site, str(record.path)).path == project.root / "killed"
    assert site.store.record(record.key).state == "ready"
    assert [one.name for one in project.root.iterdir()] == ["killed"]


def test_what_was_restored_and_is_aside_by_now_is_taken_back_by_restoring_it_again(site, tree, project):
    record = tree("twice")
    take_away(site, record, Terms(force=True, save=True))
    first = restore(site, "twice")
    (record,) = site.records()
    move_aside(site, begun(site, record))
    again = restore(site, first.restore_point)
    assert (again.path, again.changed) == (project.root / "twice", False)
    assert site.store.record(record.key).state == "ready"


def test_new_makes_a_worktree_anew_whose_directory_was_deleted_already(site, tree, project):
    record = move_aside(site, begun(site, tree("killed")))
    record.path.rename(discarded_place(record))
    again = add_worktree(site, "killed")
    assert again.path == project.root / "killed"
    assert (again.path / "compose.yaml").is_file()
    assert project.git("-C", str(again.path), "status", "--porcelain") == ""


def test_what_took_its_place_meanwhile_is_left_alone_and_it_is_said_where_it_is(site, tree):
    record = move_aside(site, begun(site, tree("taken")))
    (record.path / "notes.txt").write_text("mine\n")
    record.home.mkdir()
    (record.home / "somebody's").touch()
    with pytest.raises(Refused, match="is taken, and the worktree that was to be removed is in") as told:
        add_worktree(site, "taken")
    assert str(record.path) in told.value.what
    take_away(site, site.store.record(record.key), Terms(force=True, save=True))
    assert [one.name for one in record.home.iterdir()] == ["somebody's"]


def test_a_name_that_is_taken_aside_stops_it_before_anything_is_moved(site, tree):
    record = begun(site, tree("both"))
    record.aside.mkdir()
    with pytest.raises(Failure, match="is in the way"):
        move_aside(site, record)
    assert site.store.record(record.key).path == record.path
    assert record.path.is_dir()


def test_submodules_go_aside_and_come_back(site, make_project, project):
    project.git("config", "protocol.file.allow", "always")
    library = make_project("library", compose=None)
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(library.path), "lib")
    project.commit("Add a submodule")
    record = site.store.update(add_worktree(site, "nested"), state="ready")
    moved = move_aside(site, begun(site, record))
    assert git.dirty_submodules(moved.path, ("lib",)) == ()
    assert project.git("-C", str(moved.path / "lib"), "rev-parse", "--show-toplevel") == str(
        moved.path / "lib"
    )
    (moved.path / "lib" / "tasks.py").write_text("# mine\n")
    assert git.dirty_submodules(moved.path, ("lib",)) == ("lib",)
    back = take_back(site, moved)
    assert project.git("-C", str(back.path), "status", "--porcelain") == "M lib"


def test_a_lost_record_of_one_that_is_aside_is_told_again_as_of_one_that_is_being_removed(
    site, tree, project, monkeypatch
):
    record = move_aside(site, begun(site, tree("lost")))
    site.store.delete(record)
    monkeypatch.setattr(site.engine, "networks", lambda: ())
    monkeypatch.setattr(rebuilding, "fill", lambda site, record, _: site.store.readmit(record, ()))
    monkeypatch.setattr(rebuilding, "_recognise", lambda *_: None)
    entry = git.find_worktree(site.repository, record.path)
    again = rebuilding.rebuild(site, entry, Trace(key=record.key, name="lost"))
    assert (again.state, again.home) == ("removing", project.root / "lost")
    assert unfinished.look(site).troubles[0].finding.what.endswith(f"its directory is in {record.path}")
    assert take_back(site, again).path == project.root / "lost"


def test_settling_changes_nothing_of_one_that_is_not_being_removed(site, tree):
    record = tree("calm")
    assert settle(site, record) is record
    assert joined(site, record, Terms()) == Terms()


def test_terms_are_joined_with_those_that_were_begun_on(site, tree):
    record = begun(site, tree("terms"), force=True, keep_branch=False)
    assert joined(site, record, Terms(keep_branch=True)) == Terms(force=True, keep_branch=True)
    assert joined(site, site.store.end_removal(record), Terms()) == Terms()


def test_a_git_directory_that_cannot_be_written_is_noticed_before_anything_is_taken_away(
    site, tree, monkeypatch
):
    record = tree("locked")
    begun_with: list[object] = []
    monkeypatch.setattr(git, "unwritable", lambda repo, _: repo.common_dir)
    monkeypatch.setattr(removal, "_take_down", lambda *_: begun_with.append(1))
    with pytest.raises(Refused, match=r"we may not write in .*\.git"):
        take_away(site, record, Terms(force=True))
    assert (begun_with, site.store.record(record.key).state) == ([], "ready")
