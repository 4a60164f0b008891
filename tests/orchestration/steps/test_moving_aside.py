"""A removal moves the directory aside, looks and saves there, and moves it back when the worktree stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.record_traces import Trace
from worktree_tasks.errors import Failure, Refused
from worktree_tasks.git.trash import worktree_restoring
from worktree_tasks.git.worktree_entries import find_worktree
from worktree_tasks.orchestration.flows import adopt as adoption
from worktree_tasks.orchestration.flows import remove as removal
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.flows.doctor import record_rebuilding, unfinished_worktrees
from worktree_tasks.orchestration.flows.remove import take_away
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps import removal_terms
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.moving_aside import correct_path, move_aside, undo_removal
from worktree_tasks.orchestration.steps.removal_terms import Terms, joined
from worktree_tasks.orchestration.steps.trash import find_point, listed, save
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree
from worktree_tasks.orchestration.steps.worktree_deletion import discarded_place
from worktree_tasks.orchestration.steps.worktree_handle import trees
from worktree_tasks.orchestration.steps.worktree_search import find_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
        n += 1; time.sleep(float(sys.argv[3]))
except OSError:
    print(n)
"""


@pytest.fixture(autouse=True)
def stackless(shop, project, monkeypatch):
    """Nothing of these worktrees runs, and no engine is asked."""
    monkeypatch.setattr(adoption, "view", lambda made: made.record)
    monkeypatch.setattr(ComposeRuntime, "emptying", lambda *_: lambda _: None)
    going_down(monkeypatch, lambda: None)
    monkeypatch.setattr(removal, "_empty_broker", lambda _: None)
    monkeypatch.setattr(shop.engine, "check", lambda: None)
    project.write(".gitignore", ".env\n/data/\n")
    project.commit()


def going_down(
    monkeypatch, meanwhile: Callable[[], object], after: Callable[[], object] = lambda: None
) -> None:
    """Have something happen while a stack goes down, and after all that ran is gone."""

    def down(_: object, tree: object, *, beside: Callable[[], object]) -> None:
        meanwhile()
        beside()
        after()

    monkeypatch.setattr(ComposeRuntime, "down", down)


@contextmanager
def writing(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """Have a program write in a worktree, and wait until it has begun."""
    code = WRITER.format(statement=WRITERS[how])
    argv = [sys.executable, "-c", code, str(path), how, "0.001" if how == "path" else "0.005"]
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
def test_what_is_written_until_the_directory_is_out_of_reach_comes_back(shop, tree, force):
    made = tree("busy")
    with writing(made.record.path, "path") as program:
        take_away(made, Terms(force=force, save=force))
        written, _ = program.communicate(timeout=DEADLINE)
    back = restore(shop, "busy")
    assert back.path == made.record.home
    assert {one.name for one in (back.path / "data").iterdir()} - {"log"} == {
        str(number) for number in range(int(written))
    }


@pytest.mark.parametrize("how", ["current directory", "open directory", "open file"])
def test_a_program_that_goes_on_writing_in_it_keeps_it_and_is_named(shop, tree, project, how):
    made = tree("held")
    with writing(made.record.path, how) as program:
        with pytest.raises(Refused, match=rf"process {program.pid} \(.*\) keeps writing to it"):
            take_away(made, Terms(force=True, save=True))
        assert [one.name for one in project.root.iterdir()] == ["held"]
        assert shop.store.record(made.record.key).state == "ready"
        assert project.git("-C", str(made.record.path), "status", "--porcelain") == ""
        assert program.poll() is None
    take_away(made, Terms(force=True, save=True))
    assert not project.root.exists()


def test_what_is_written_during_the_last_look_is_looked_at_again(shop, tree, monkeypatch):
    made = tree("late")
    inside = os.open(made.record.path, os.O_RDONLY)
    looks = []

    def looking(*words: object) -> object:
        found = original(*words)
        looks.append(found)
        if len(looks) == 2:  # the first one in the place aside
            os.close(os.open(".env", os.O_CREAT | os.O_WRONLY, dir_fd=inside))
        return found

    original = removal_terms.work_in
    monkeypatch.setattr(removal_terms, "work_in", looking)
    take_away(made, Terms())
    os.close(inside)
    assert len(looks) == 3
    assert (restore(shop, "late").path / ".env").is_file()


def test_work_that_came_while_the_stack_went_down_keeps_it_in_its_place(shop, tree, project, monkeypatch):
    made = tree("work")
    going_down(monkeypatch, lambda: (made.record.path / "new.txt").write_text("mine\n"))
    with pytest.raises(Refused, match=r"1 untracked \(new.txt\)") as told:
        take_away(made, Terms())
    assert f"in {made.record.path};" in told.value.hint
    assert [one.name for one in project.root.iterdir()] == ["work"]
    assert (made.record.path / "new.txt").read_text() == "mine\n"
    now = shop.store.record(made.record.key)
    assert (now.path, now.state) == (made.record.path, "ready")
    assert project.git("-C", str(made.record.path), "status", "--porcelain") == "?? new.txt"


@pytest.mark.parametrize("error", [Failure("network in use"), KeyboardInterrupt()])
def test_a_stack_of_which_something_stays_keeps_the_worktree_in_its_place(
    shop, tree, project, monkeypatch, error
):
    made = tree("stuck")
    places: list[Path] = []

    def fail() -> None:
        places.append(made.record.path)
        raise error

    going_down(monkeypatch, lambda: None, fail)
    monkeypatch.setattr(ComposeRuntime, "left_of", lambda *_: ("network shop_stuck",))
    with pytest.raises((Failure, KeyboardInterrupt)) as told:
        take_away(made, Terms(force=True))
    assert places == [made.record.aside]
    now = shop.store.record(made.record.key)
    assert (now.path, now.state) == (made.record.home, "removing")
    assert [one.name for one in project.root.iterdir()] == ["stuck"]
    assert project.git("-C", str(made.record.home), "status", "--porcelain") == ""
    if isinstance(error, Failure):
        assert "network in use; still there: network shop_stuck" in told.value.what
    going_down(monkeypatch, lambda: None)
    made.refresh()
    take_away(made, Terms())
    assert not project.root.exists()


@pytest.mark.parametrize("error", [Failure("network in use"), KeyboardInterrupt()])
def test_a_worktree_that_cannot_be_moved_back_hides_no_reason(shop, tree, monkeypatch, told, error):
    made = tree("stuck")

    def fail() -> None:
        made.record.home.mkdir()
        raise error

    going_down(monkeypatch, lambda: None, fail)
    monkeypatch.setattr(ComposeRuntime, "left_of", lambda *_: ())
    with pytest.raises(type(error)) as raised:
        take_away(made, Terms(force=True))
    assert made.record.aside.is_dir()
    if isinstance(error, Failure):
        assert raised.value.what == "stuck is not removed: network in use"
    assert any(f"something else is at {made.record.home}" in line for line in told.lines)


def test_a_refusal_is_told_beside_what_stays_of_the_stack(shop, tree, project, monkeypatch):
    made = tree("stuck")

    def fail() -> None:
        raise Failure("network in use")

    going_down(monkeypatch, (made.record.path / "new.txt").touch, fail)
    monkeypatch.setattr(ComposeRuntime, "left_of", lambda *_: ())
    with pytest.raises(Failure, match=r"network in use; stuck .*1 untracked \(new.txt\)"):
        take_away(made, Terms())
    assert [one.name for one in project.root.iterdir()] == ["stuck"]


@pytest.mark.parametrize("landed", [False, True])
def test_a_branch_is_deleted_at_the_commit_that_was_judged_and_nowhere_else(
    shop, tree, project, monkeypatch, landed
):
    made = tree("moving")
    judged = project.git("rev-parse", "moving")

    def delete_directory(*words: object) -> None:
        later = project.git("commit-tree", "-p", "moving", "-m", "Later", "moving^{tree}")
        project.git("update-ref", "refs/heads/moving", later)
        original(*words)

    original = removal.delete_directory
    monkeypatch.setattr(removal, "delete_directory", delete_directory)
    gone = take_away(made, Terms(save=True, landed=judged if landed else None))
    assert not gone.branch_deleted
    assert project.git("log", "-1", "--format=%s", "moving") == "Later"


def test_clean_deletes_no_branch_that_went_on_after_it_was_judged(shop, tree, project, monkeypatch):
    made = tree("landed")
    project.git("-C", str(made.record.path), "commit", "--quiet", "--allow-empty", "--message", "Landed")
    project.git("merge", "--quiet", "--ff-only", "landed")
    found = survey(shop)

    def go_on() -> None:
        (made.record.path / "later.txt").write_text("later\n")
        project.git("-C", str(made.record.path), "add", "--all")
        project.git("-C", str(made.record.path), "commit", "--quiet", "--message", "Later")

    going_down(monkeypatch, go_on)
    (row,) = clean(shop, found).worktrees
    assert not row.removed
    assert "1 commit on no other branch or remote" in row.reason
    assert project.git("-C", str(made.record.path), "log", "-1", "--format=%s") == "Later"


def begun(made, **terms: bool):
    """Return a worktree whose removal was begun and killed before anything was moved."""
    made.project.store.begin_removal(made.record, terms)
    made.refresh()
    return made


def renamed(made) -> None:
    """Killed after the directory was renamed, before git was told."""
    made.record.path.rename(made.record.aside)
    made.update(path=made.record.aside)


def moved(made) -> None:
    """Killed while it was looked at."""
    move_aside(made)


def recorded(made) -> None:
    """Killed before the directory was renamed."""
    made.update(path=made.record.aside)


KILLED = pytest.mark.parametrize("killed", [recorded, renamed, moved])


@KILLED
def test_a_removal_that_was_killed_is_finished_on_the_terms_it_began_with(shop, tree, project, killed):
    made = begun(tree("killed"), force=True, save=True)
    (made.record.path / "notes.txt").write_text("mine\n")
    killed(made)
    (trouble,) = unfinished_worktrees.look(shop).troubles
    assert trouble.repair
    trouble.repair()
    assert not project.root.exists()
    assert shop.records() == ()
    assert project.git("branch", "--list", "killed") == ""
    assert (restore(shop, "killed").path / "notes.txt").read_text() == "mine\n"


@KILLED
def test_one_that_began_without_force_keeps_work_and_is_back_in_its_place(shop, tree, project, killed):
    made = begun(tree("killed"))
    (made.record.path / "notes.txt").write_text("mine\n")
    killed(made)
    with pytest.raises(Refused, match="1 untracked"):
        take_away(made, Terms())
    now = shop.store.record(made.record.key)
    assert (now.path, now.state) == (made.record.home, "ready")
    assert project.git("-C", str(made.record.home), "status", "--porcelain") == "?? notes.txt"
    assert unfinished_worktrees.look(shop).troubles == ()


@KILLED
def test_new_takes_a_removal_that_was_killed_back(shop, tree, project, killed):
    made = begun(tree("killed"), force=True)
    (made.record.path / "notes.txt").write_text("mine\n")
    killed(made)
    again = add_worktree(shop, "killed")
    assert (again.record.key, again.record.path) == (made.record.key, made.record.home)
    assert project.git("-C", str(made.record.home), "status", "--porcelain") == "?? notes.txt"
    assert [one.name for one in project.root.iterdir()] == ["killed"]


@KILLED
def test_restore_takes_a_removal_that_was_killed_back(shop, tree, project, killed):
    made = tree("killed")
    (made.record.path / "notes.txt").write_text("mine\n")
    save(made, work_in(made), always=True)
    killed(begun(made, force=True))
    place = made.record.aside if made.record.aside.is_dir() else made.record.home
    (place / "later.txt").write_text("mine too\n")
    back = restore(shop, str(made.record.trash))
    assert (back.name, back.path) == ("killed", made.record.home)
    assert sorted(one.name for one in made.record.home.glob("*.txt")) == ["later.txt", "notes.txt"]
    assert [one.name for one in project.root.iterdir()] == ["killed"]
    assert shop.store.record(made.record.key).state == "ready"


def test_restore_finishes_a_removal_whose_directory_was_deleted_already(shop, tree, project):
    made = tree("killed")
    (made.record.path / "notes.txt").write_text("mine\n")
    save(made, work_in(made), always=True)
    move_aside(begun(made, force=True))
    made.record.path.rename(discarded_place(made.record))
    back = restore(shop, "killed")
    assert (back.path / "notes.txt").read_text() == "mine\n"
    assert [one.name for one in project.root.iterdir()] == ["killed"]
    assert [(one.state, one.restored) for one in shop.records()] == [("ready", back.restore_point)]


def test_what_was_only_half_restored_when_it_was_removed_is_not_taken_for_the_newest(
    shop, tree, told, monkeypatch
):
    made = tree("halved")
    (made.record.path / "notes.txt").write_text("mine\n")
    take_away(made, Terms(force=True, save=True))
    (whole,) = listed(shop)
    with monkeypatch.context() as patched:
        patched.setattr(worktree_restoring, "delete_files", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(shop, "halved")
    (half,) = trees(shop)
    (half.record.path / "more.txt").write_text("more\n")
    take_away(half, Terms(force=True, save=True))
    part, _ = listed(shop)
    back = restore(shop, "halved")
    assert (back.restore_point, back.branch) == (whole.name, "halved")
    assert (back.path / "notes.txt").read_text() == "mine\n"
    said = f"the newest complete one of 2 restore points, {whole.name}; the others: {part.name}"
    assert said in told.lines
    assert find_point(shop, part.name) == part


def test_one_that_is_aside_is_known_by_its_own_path_and_adopt_takes_it_back(shop, tree, project):
    made = begun(tree("killed"))
    move_aside(made)
    assert find_tree(shop, str(project.root / "killed")).record.key == made.record.key
    assert adopt(shop, str(made.record.path), start=False).path == project.root / "killed"
    assert shop.store.record(made.record.key).state == "ready"
    assert [one.name for one in project.root.iterdir()] == ["killed"]


def test_what_was_restored_and_is_aside_by_now_is_taken_back_by_restoring_it_again(shop, tree, project):
    made = tree("twice")
    (made.record.path / "notes.txt").write_text("mine\n")
    take_away(made, Terms(force=True, save=True))
    first = restore(shop, "twice")
    (made,) = trees(shop)
    move_aside(begun(made))
    again = restore(shop, first.restore_point)
    assert (again.path, again.changed) == (project.root / "twice", False)
    assert shop.store.record(made.record.key).state == "ready"


def test_new_makes_a_worktree_anew_whose_directory_was_deleted_already(shop, tree, project):
    made = begun(tree("killed"))
    move_aside(made)
    made.record.path.rename(discarded_place(made.record))
    again = add_worktree(shop, "killed")
    assert again.record.path == project.root / "killed"
    assert (again.record.path / "compose.yaml").is_file()
    assert project.git("-C", str(again.record.path), "status", "--porcelain") == ""


def test_what_took_its_place_meanwhile_is_left_alone_and_it_is_said_where_it_is(shop, tree):
    made = begun(tree("taken"))
    move_aside(made)
    (made.record.path / "notes.txt").write_text("mine\n")
    made.record.home.mkdir()
    (made.record.home / "somebody's").touch()
    with pytest.raises(
        Refused, match=r"something else is at .* now; the worktree being removed is in"
    ) as told:
        add_worktree(shop, "taken")
    assert str(made.record.path) in told.value.what
    take_away(made, Terms(force=True, save=True))
    assert [one.name for one in made.record.home.iterdir()] == ["somebody's"]


def test_a_name_that_is_taken_aside_stops_it_before_anything_is_moved(shop, tree):
    made = begun(tree("both"))
    made.record.aside.mkdir()
    with pytest.raises(Failure, match="is in the way"):
        move_aside(made)
    assert shop.store.record(made.record.key).path == made.record.path
    assert made.record.path.is_dir()


def test_submodules_go_aside_and_come_back(shop, make_project, project):
    project.git("config", "protocol.file.allow", "always")
    library = make_project("library", compose=None)
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(library.path), "lib")
    project.commit("Add a submodule")
    made = begun(add_worktree(shop, "nested"))
    move_aside(made)
    aside = made.record.path
    assert git.dirty_submodules(aside, ("lib",)) == ()
    assert project.git("-C", str(aside / "lib"), "rev-parse", "--show-toplevel") == str(aside / "lib")
    (aside / "lib" / "tasks.py").write_text("# mine\n")
    assert git.dirty_submodules(aside, ("lib",)) == ("lib",)
    undo_removal(made)
    assert project.git("-C", str(made.record.path), "status", "--porcelain") == "M lib"


def test_a_lost_record_of_one_that_is_aside_is_told_again_as_of_one_that_is_being_removed(
    shop, tree, project, monkeypatch
):
    made = begun(tree("lost"))
    move_aside(made)
    shop.store.delete(made.record)
    monkeypatch.setattr(shop.engine, "networks", lambda: ())
    monkeypatch.setattr(record_rebuilding, "own_ports", lambda *_: ())
    monkeypatch.setattr(record_rebuilding, "_recognise", lambda *_: None)
    entry = find_worktree(shop.repository, made.record.path)
    again = record_rebuilding.rebuild(shop, entry, Trace(key=made.record.key, name="lost"))
    assert (again.record.state, again.record.home) == ("removing", project.root / "lost")
    assert (
        unfinished_worktrees.look(shop)
        .troubles[0]
        .finding.what.endswith(f"its directory is in {made.record.path}")
    )
    undo_removal(again)
    assert again.record.path == project.root / "lost"


def test_settling_changes_nothing_of_one_that_is_not_being_removed(shop, tree):
    made = tree("calm")
    before = made.record
    correct_path(made)
    assert made.record is before
    assert joined(made, Terms()) == Terms()


def test_terms_are_joined_with_those_that_were_begun_on(shop, tree):
    made = begun(tree("terms"), force=True, keep_branch=False)
    assert joined(made, Terms(keep_branch=True)) == Terms(force=True, keep_branch=True)
    shop.store.end_removal(made.record)
    made.refresh()
    assert joined(made, Terms()) == Terms()


def test_a_git_directory_that_cannot_be_written_is_noticed_before_anything_is_taken_away(
    shop, tree, monkeypatch
):
    made = tree("locked")
    begun_with: list[object] = []
    monkeypatch.setattr(git, "unwritable", lambda repo, _: repo.common_dir)
    going_down(monkeypatch, lambda: begun_with.append(1))
    with pytest.raises(Refused, match=r".*\.git is not writable"):
        take_away(made, Terms(force=True))
    assert (begun_with, shop.store.record(made.record.key).state) == ([], "ready")
