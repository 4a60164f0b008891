"""Which restore point is meant, and what of the record comes back; no engine is needed."""

from __future__ import annotations

import shutil
import time

import pytest

from worktree_tasks.configuration.ports import Port
from worktree_tasks.errors import BadUse
from worktree_tasks.orchestration.flows.restore import find_point, restore
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.trash import listed, save


@pytest.fixture
def trashed(site, tree, project):
    """Make a worktree, and take it away as `remove` does once its stack is down."""

    def trashed(branch, prepare=lambda _: None):
        record = tree(branch)
        prepare(record)
        record = save(site, site.store.record(record.key), work_in(site, record), always=True)
        shutil.rmtree(record.path)
        project.git("worktree", "remove", "--force", str(record.path))
        project.git("branch", "--quiet", "-D", branch)
        site.store.delete(record)
        return record

    return trashed


def test_a_restore_point_is_found_by_its_name_and_by_its_worktrees(site, trashed):
    record = trashed("feature/login")
    (point,) = listed(site)
    for name in (point.name, "feature/login", "feature-login", "feature_login"):
        assert find_point(site, name) == point
    assert record.trash == point.name
    with pytest.raises(BadUse, match="no restore point is called 'nope'"):
        find_point(site, "nope")


def test_the_newest_of_several_is_taken_and_that_is_said_whatever_the_clock_says(
    site, trashed, told, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: 2e9)
        trashed("twice")
    trashed("twice")
    newest, older = listed(site)
    assert newest.created < older.created
    assert find_point(site, "twice") == newest
    assert told.lines[-1] == f"the newest of 2 restore points, {newest.name}; the others: {older.name}"
    told.lines.clear()
    assert find_point(site, older.name) == older
    assert told.lines == []


def test_the_record_comes_back_with_its_slot_ports_and_start(site, trashed):
    port = Port("web", 8000, "tcp", 8000, 8000, 8001, "")
    before = trashed("ports", lambda record: site.store.lease_slot(record, lambda *_: (1, [port])))
    back = restore(site, "ports")
    (record,) = site.records()
    assert (back.path, record.slot, record.start_commit) == (before.path, 1, before.start_commit)
    assert (record.made_branch, record.state, record.restored) == (True, "ready", before.trash)
    assert site.store.ports()[record.key] == (port,)
    assert restore(site, "ports").changed is False
    assert len(site.records()) == 1


def test_what_another_leased_meanwhile_stays_with_it(site, trashed, tree, told):
    port = Port("web", 8000, "tcp", 8000, 8000, 8001, "")
    trashed("late", lambda record: site.store.lease_slot(record, lambda *_: (1, [port])))
    other = site.store.lease_slot(tree("other"), lambda *_: (1, [port]))
    restore(site, "late")
    records = {record.name: record for record in site.records()}
    assert (records["late"].slot, records["other"]) == (None, other)
    assert "its ports (web 8001) are another worktree's by now" in "\n".join(told.lines)


def test_a_worktree_made_of_the_branch_meanwhile_keeps_its_place_and_branch(site, trashed, tree, told):
    def work(record):
        (record.path / "old.txt").write_text("old\n")

    trashed("again", work)
    newer = tree("again")
    back = restore(site, "again")
    assert back.branch == "again-restored"
    assert back.path != newer.path
    assert (back.path / "old.txt").read_text() == "old\n"
    assert not (newer.path / "old.txt").exists()
    assert "branch again is elsewhere by now; it came back as again-restored" in told.lines
