"""The list that `clean` shows; no engine, no network and no change is needed for it."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import replace

import pytest

from worktree_tasks.errors import Refused
from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.trash import listed, save


def reasons(shop) -> dict[str, str]:
    return {row.name: ("remove: " if row.remove else "") + row.reason for row in survey(shop).worktrees}


def squash(project, made):
    (made.record.path / "work.txt").write_text("work\n")
    project.git("add", ".", cwd=made.record.path)
    project.git("commit", "--quiet", "-m", "Work", cwd=made.record.path)
    project.git("merge", "--quiet", "--squash", made.record.branch)
    project.git("commit", "--quiet", "-m", "Squashed")


def test_each_worktree_has_its_verdict_and_reason(shop, tree, project):
    squash(project, tree("landed"))
    tree("fresh")
    (tree("dirty").record.path / "x").write_text("x")
    shutil.rmtree(tree("byhand").record.path)
    project.git("worktree", "add", "--quiet", "-b", "theirs", str(project.root / "theirs"))
    assert reasons(shop) == {
        "landed": "remove: squash-merged into main",
        "fresh": "no commits yet",
        "dirty": "1 untracked",
        "byhand": "remove: its directory is gone",
        "theirs": f"not made by us; wt.adopt {project.root / 'theirs'} takes it over",
    }


def test_a_commit_after_the_squash_keeps_it(shop, tree, project):
    made = tree("more")
    squash(project, made)
    (made.record.path / "work.txt").write_text("more\n")
    project.git("commit", "--quiet", "-am", "More", cwd=made.record.path)
    assert reasons(shop) == {"more": "2 commits not in main"}


def test_one_that_is_fresh_stays_also_when_main_moves_on(shop, tree, project):
    made = tree("fresh")
    project.write("later.txt", "later\n")
    project.commit()
    assert reasons(shop) == {"fresh": "no commits yet"}
    project.git("merge", "--quiet", "--ff-only", "main", cwd=made.record.path)
    assert reasons(shop) == {"fresh": "no commits yet"}


def test_a_command_of_ours_keeps_it_while_it_runs(shop, tree, project):
    made = tree("busy")
    squash(project, made)
    with shop.locks.using(made.record.branch), shop.locks.using(made.record.branch):
        assert reasons(shop) == {"busy": "another wt command is working on it"}
    with shop.locks.alone(made.record.branch):
        assert reasons(shop) == {"busy": "another wt command is working on it"}
    assert reasons(shop) == {"busy": "remove: squash-merged into main"}


def test_a_program_that_works_in_it_keeps_it(shop, tree, project):
    made = tree("used")
    squash(project, made)
    with subprocess.Popen(["sleep", "600"], cwd=made.record.path) as program:
        try:
            assert reasons(shop) == {"used": f"in use by process {program.pid} (sleep)"}
        finally:
            program.kill()
    assert reasons(shop) == {"used": "remove: squash-merged into main"}


def test_what_the_trash_cannot_hold_keeps_it(shop, tree, project):
    made = tree("big")
    squash(project, made)
    shop.settings = replace(shop.settings, trash_max_bytes=10)
    (made.record.path / ".env").write_text("more than ten bytes of it\n")
    assert "1 file or directory too large" in reasons(shop)["big"]


def test_what_is_kept_after_all_is_told_with_its_reason(shop, tree, project, told, monkeypatch):
    monkeypatch.setattr(ComposeRuntime, "check", lambda *_: None)
    squash(project, tree("busy"))
    found = survey(shop)
    with shop.locks.using("busy"):
        clean(shop, found)
    assert "busy is kept: another wt command is working on it" in told.lines


def test_one_whose_removal_fails_is_kept_with_the_reason_once(shop, tree, project, told, monkeypatch):
    def fail(*_: object) -> None:
        raise Refused("held is not removed: a process keeps writing to it")

    monkeypatch.setattr(ComposeRuntime, "check", lambda *_: None)
    monkeypatch.setattr("worktree_tasks.orchestration.flows.clean.take_away", fail)
    squash(project, tree("held"))
    clean(shop, survey(shop))
    assert "held is kept: a process keeps writing to it" in told.lines


@pytest.fixture
def saved_twice(shop, tree, project):
    """Two restore points of one worktree, the latest first."""
    for _ in range(2):
        made = tree("old")
        save(made, work_in(made), always=True)
        project.git("worktree", "remove", "--force", str(made.record.path))
        shop.store.delete(made.record)
    return listed(shop)


def look(shop, monkeypatch, now, *, note=True):
    monkeypatch.setattr(time, "time", lambda: now)
    found = survey(shop, note=note)
    clean(shop, found)
    return found.expired


@pytest.mark.parametrize(("days", "gone"), [(40, False), (29, True)])
def test_a_restore_point_goes_when_its_time_was_seen_to_be_over_twice(
    shop, saved_twice, monkeypatch, days, gone
):
    newest, older = saved_twice
    shop.settings = replace(shop.settings, trash_days=days)
    day = 86400
    assert look(shop, monkeypatch, older.created + 30 * day) == ()
    assert [one.name for one in listed(shop)] == [newest.name, older.name]
    went = look(shop, monkeypatch, older.created + 31 * day)
    assert [one.name for one in went] == ([older.name] if gone else [])
    assert [one.name for one in listed(shop)] == [newest.name, *([] if gone else [older.name])]


def test_a_clock_that_jumps_years_ahead_takes_no_restore_point(shop, saved_twice, monkeypatch):
    newest, older = saved_twice
    for years in (5, 0, 5, 0):
        assert look(shop, monkeypatch, older.created + years * 365 * 86400) == ()
    assert listed(shop) == (newest, older)


def test_a_dry_run_is_no_look_that_counts(shop, saved_twice, monkeypatch):
    newest, older = saved_twice
    for day in (40, 50, 60):
        assert look(shop, monkeypatch, older.created + day * 86400, note=False) == ()
    assert listed(shop) == (newest, older)


def test_the_restore_point_of_a_removal_that_was_begun_never_expires(shop, saved_twice, tree, monkeypatch):
    _, older = saved_twice
    shop.settings = replace(shop.settings, trash_days=0)
    tree("begun").update(trash=older.name)
    for day in range(3):
        assert look(shop, monkeypatch, older.created + day * 86400) == ()


def test_a_restore_point_that_somebody_restores_since_it_was_listed_is_kept(shop, saved_twice, monkeypatch):
    newest, older = saved_twice
    shop.settings = replace(shop.settings, trash_days=29)
    assert look(shop, monkeypatch, older.created + 30 * 86400) == ()
    monkeypatch.setattr(time, "time", lambda: older.created + 31 * 86400)
    found = survey(shop, note=True)
    assert [one.name for one in found.expired] == [older.name]
    with shop.locks.alone(older.notes["branch"]):
        clean(shop, found)
    assert [one.name for one in listed(shop)] == [newest.name, older.name]
    clean(shop, found)
    assert [one.name for one in listed(shop)] == [newest.name]
