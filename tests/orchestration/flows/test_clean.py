"""The list that `clean` shows; no engine, no network and no change is needed for it."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import replace

import pytest

from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.trash import listed, save


def reasons(site) -> dict[str, str]:
    return {row.name: ("remove: " if row.remove else "") + row.reason for row in survey(site).worktrees}


def squash(project, record):
    (record.path / "work.txt").write_text("work\n")
    project.git("add", ".", cwd=record.path)
    project.git("commit", "--quiet", "-m", "Work", cwd=record.path)
    project.git("merge", "--quiet", "--squash", record.branch)
    project.git("commit", "--quiet", "-m", "Squashed")


def test_each_worktree_has_its_verdict_and_reason(site, tree, project):
    squash(project, tree("landed"))
    tree("fresh")
    (tree("dirty").path / "x").write_text("x")
    shutil.rmtree(tree("byhand").path)
    project.git("worktree", "add", "--quiet", "-b", "theirs", str(project.root / "theirs"))
    assert reasons(site) == {
        "landed": "remove: squash-merged into main",
        "fresh": "no commits yet",
        "dirty": "1 untracked",
        "byhand": "remove: its directory is gone",
        "theirs": "not made by us; wt.adopt takes it over",
    }


def test_a_commit_after_the_squash_keeps_it(site, tree, project):
    record = tree("more")
    squash(project, record)
    (record.path / "work.txt").write_text("more\n")
    project.git("commit", "--quiet", "-am", "More", cwd=record.path)
    assert reasons(site) == {"more": "2 commits not in main"}


def test_one_that_is_fresh_stays_also_when_main_moves_on(site, tree, project):
    record = tree("fresh")
    project.write("later.txt", "later\n")
    project.commit()
    assert reasons(site) == {"fresh": "no commits yet"}
    project.git("merge", "--quiet", "--ff-only", "main", cwd=record.path)
    assert reasons(site) == {"fresh": "no commits yet"}


def test_a_command_of_ours_keeps_it_while_it_runs(site, tree, project):
    record = tree("busy")
    squash(project, record)
    with site.using(record.branch), site.using(record.branch):
        assert reasons(site) == {"busy": "a command of ours runs in it"}
    with site.alone(record.branch):
        assert reasons(site) == {"busy": "a command of ours runs in it"}
    assert reasons(site) == {"busy": "remove: squash-merged into main"}


def test_a_program_that_works_in_it_keeps_it(site, tree, project):
    record = tree("used")
    squash(project, record)
    with subprocess.Popen(["sleep", "600"], cwd=record.path) as program:
        try:
            assert reasons(site) == {"used": f"in use by process {program.pid} (sleep)"}
        finally:
            program.kill()
    assert reasons(site) == {"used": "remove: squash-merged into main"}


def test_what_the_trash_cannot_hold_keeps_it(site, tree, project):
    record = tree("big")
    squash(project, record)
    site.settings = replace(site.settings, trash_max_bytes=10)
    (record.path / ".env").write_text("more than ten bytes of it\n")
    assert "1 file or directory too large" in reasons(site)["big"]


@pytest.fixture
def saved_twice(site, tree, project):
    """Two restore points of one worktree, the latest first."""
    for _ in range(2):
        record = tree("old")
        save(site, record, work_in(site, record), always=True)
        project.git("worktree", "remove", "--force", str(record.path))
        site.store.delete(record)
    return listed(site)


def look(site, monkeypatch, now, *, note=True):
    monkeypatch.setattr(time, "time", lambda: now)
    found = survey(site, note=note)
    clean(site, found)
    return found.expired


@pytest.mark.parametrize(("days", "gone"), [(40, False), (29, True)])
def test_a_restore_point_goes_when_its_time_was_seen_to_be_over_twice(
    site, saved_twice, monkeypatch, days, gone
):
    newest, older = saved_twice
    site.settings = replace(site.settings, trash_days=days)
    day = 86400
    assert look(site, monkeypatch, older.created + 30 * day) == ()
    assert [one.name for one in listed(site)] == [newest.name, older.name]
    went = look(site, monkeypatch, older.created + 31 * day)
    assert [one.name for one in went] == ([older.name] if gone else [])
    assert [one.name for one in listed(site)] == [newest.name, *([] if gone else [older.name])]


def test_a_clock_that_jumps_years_ahead_takes_no_restore_point(site, saved_twice, monkeypatch):
    newest, older = saved_twice
    for years in (5, 0, 5, 0):
        assert look(site, monkeypatch, older.created + years * 365 * 86400) == ()
    assert listed(site) == (newest, older)


def test_a_dry_run_is_no_look_that_counts(site, saved_twice, monkeypatch):
    newest, older = saved_twice
    for day in (40, 50, 60):
        assert look(site, monkeypatch, older.created + day * 86400, note=False) == ()
    assert listed(site) == (newest, older)


def test_the_restore_point_of_a_removal_that_was_begun_never_expires(site, saved_twice, tree, monkeypatch):
    _, older = saved_twice
    site.settings = replace(site.settings, trash_days=0)
    site.store.update(tree("begun"), trash=older.name)
    for day in range(3):
        assert look(site, monkeypatch, older.created + day * 86400) == ()
