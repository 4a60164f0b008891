"""Which restore point is meant, and what of the record comes back; no engine is needed."""

from __future__ import annotations

import shutil
import time
from unittest.mock import Mock

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.ports import Port
from worktree_tasks.errors import BadUse, Refused
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.flows.start import start_tree
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.trash import find_point, listed, save
from worktree_tasks.orchestration.steps.worktree_handle import trees
from worktree_tasks.store import Database


@pytest.fixture
def trashed(shop, tree, project):
    """Make a worktree, and take it away as `remove` does once its stack is down."""

    def trashed(branch, prepare=lambda _: None):
        made = tree(branch)
        prepare(made)
        save(made, work_in(made), always=True)
        shutil.rmtree(made.record.path)
        project.git("worktree", "remove", "--force", str(made.record.path))
        project.git("branch", "--quiet", "-D", branch)
        shop.store.delete(made.record)
        return made.record

    return trashed


def test_a_restore_point_is_found_by_its_name_and_by_its_worktrees(shop, trashed):
    made = trashed("feature/login")
    (point,) = listed(shop)
    for name in (point.name, "feature/login", "feature-login", "feature_login"):
        assert find_point(shop, name) == point
    assert made.trash == point.name
    with pytest.raises(BadUse, match="no restore point is called 'nope'"):
        find_point(shop, "nope")


def test_the_newest_of_several_is_taken_and_that_is_said_whatever_the_clock_says(
    shop, trashed, told, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: 2e9)
        trashed("twice")
    trashed("twice")
    newest, older = listed(shop)
    assert newest.created < older.created
    assert find_point(shop, "twice") == newest
    assert told.lines[-1] == f"the newest of 2 restore points, {newest.name}; the others: {older.name}"
    told.lines.clear()
    assert find_point(shop, older.name) == older
    assert told.lines == []


def test_a_restore_that_was_interrupted_is_finished_by_the_worktrees_name_though_a_newer_point_has_it(
    shop, trashed, told, monkeypatch
):
    trashed("twice")
    trashed("twice")
    newest, older = listed(shop)
    with monkeypatch.context() as patched:
        patched.setattr(git, "restore_worktree", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(shop, older.name)
    assert restore(shop, "twice").restore_point == older.name
    said = f"finishing the restore of {older.name}, one of 2 restore points; the others: {newest.name}"
    assert said in told.lines
    assert [one.record.restoring for one in trees(shop)] == [None]
    assert find_point(shop, "twice") == newest


def test_the_record_comes_back_with_its_slot_ports_and_start(shop, trashed):
    port = Port("web", 8000, "tcp", 8000, 8000, 8001, "")
    before = trashed("ports", lambda made: made.lease_slot(lambda *_: (1, [port])))
    back = restore(shop, "ports")
    (record,) = shop.records()
    assert (back.path, record.slot, record.start_commit) == (before.path, 1, before.start_commit)
    assert (record.made_branch, record.state, record.restored) == (True, "ready", before.trash)
    assert shop.store.ports()[record.key] == (port,)
    assert restore(shop, "ports").changed is False
    assert len(shop.records()) == 1


def test_what_another_leased_meanwhile_stays_with_it(shop, trashed, tree, told):
    port = Port("web", 8000, "tcp", 8000, 8000, 8001, "")
    trashed("late", lambda made: made.lease_slot(lambda *_: (1, [port])))
    other = tree("other")
    other.lease_slot(lambda *_: (1, [port]))
    restore(shop, "late")
    records = {record.name: record for record in shop.records()}
    assert (records["late"].slot, records["other"]) == (None, other.record)
    assert "its ports (web 8001) belong to another worktree now" in "\n".join(told.lines)


def test_a_worktree_made_of_the_branch_meanwhile_keeps_its_place_and_branch(shop, trashed, tree, told):
    def work(made):
        (made.record.path / "old.txt").write_text("old\n")

    trashed("again", work)
    newer = tree("again")
    back = restore(shop, "again")
    assert back.branch == "again-restored"
    assert back.path != newer.record.path
    assert (back.path / "old.txt").read_text() == "old\n"
    assert not (newer.record.path / "old.txt").exists()
    assert any(line.endswith("it was restored as again-restored") for line in told.lines)


def test_a_start_of_what_is_only_half_restored_names_the_command_that_finishes_it(shop, trashed, monkeypatch):
    made = trashed("half")
    with monkeypatch.context() as patched:
        patched.setattr(git, "restore_branch", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(shop, "half")
    (half,) = trees(shop)
    with pytest.raises(Refused, match="half does not exist yet") as told:
        start_tree(half)
    assert told.value.hint == f"wt.restore {made.trash} finishes it"


def test_a_worktree_that_still_exists_keeps_its_databases(shop, tree):
    made = tree("pay")
    made.update(database="clone")
    wanted = Database("", made.record.key, "pay", "db", "postgres", "shop", "clone")
    shop.store.lease_database(made.record.project_id, wanted, lambda _: "shop_pay")
    # A removal that was undone leaves its restore point behind.
    save(made, work_in(made), always=True)
    assert restore(shop, "pay").branch == "pay-restored"
    assert [one.owner for one in shop.store.databases(made.record.project_id)] == [made.record.key]


def test_a_worktree_that_git_has_in_its_place_by_now_loses_nothing(shop, trashed, project):
    place = trashed("pay").path
    project.git("worktree", "add", "--quiet", "-b", "other", str(place))
    (place / "work").write_text("staged only\n")
    project.git("add", "work", cwd=place)
    admin = git.administration_of(shop.repository, place)
    # Its disk is not mounted, or it was deleted by hand.
    shutil.rmtree(place)
    with pytest.raises(Refused, match="git still has it registered"):
        restore(shop, "pay")
    assert (admin / "index").exists()
    assert [one.record.name for one in trees(shop)] == []
