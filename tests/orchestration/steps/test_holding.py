"""A command that waited for a worktree's lock acts on what is there then, not on what it read before."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.naming import label_hash
from worktree_tasks.errors import BadUse, Failure, WorktreeGone
from worktree_tasks.machine.locks import hold
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.clean import Cleaning, Row, clean
from worktree_tasks.orchestration.flows.remove import remove
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.flows.start import restart, start, stop
from worktree_tasks.orchestration.flows.stop_all import stop_all
from worktree_tasks.orchestration.steps.holding import holding
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.trash import save

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def site(site, monkeypatch):
    """A site of which no engine is asked before the lock is taken."""
    monkeypatch.setattr(site, "check", lambda: None)
    monkeypatch.setattr(site.engine, "check", lambda: None)
    return site


@pytest.fixture
def meanwhile(site, monkeypatch) -> Callable[..., ExitStack]:
    """Let another command hold a branch's lock and do something before it lets go of it."""

    def hold(branch: str, do: Callable[[], object]) -> ExitStack:
        other = ExitStack()
        other.enter_context(site.alone(branch))

        def waiting(text: str) -> None:
            if text.startswith("waiting for"):
                do()
                other.close()

        monkeypatch.setattr(site.progress, "note", waiting)
        return other

    return hold


@pytest.mark.parametrize("flow", [start, stop, restart, remove])
def test_a_worktree_that_was_removed_meanwhile_is_gone_and_nothing_is_made(
    site, tree, project, meanwhile, flow
):
    record = tree("gone")

    def removal() -> None:
        git.remove_worktree(site.repository, record.path, force=True)
        site.store.delete(record)

    with meanwhile("gone", removal), pytest.raises(WorktreeGone):
        flow(site, "gone")
    assert list(project.root.iterdir()) == []
    assert site.records() == ()


def test_stop_all_and_clean_take_one_that_was_removed_meanwhile_for_done(site, tree, meanwhile, monkeypatch):
    record = tree("gone")
    with meanwhile("gone", lambda: site.store.delete(record)):
        assert stop_all(site) == ()
    record = site.store.create(
        site.project, branch="gone", name=lambda _: "gone", path=lambda _: record.path,
        start_commit=None, made_branch=False, host="",
    )  # fmt: skip
    row = Row("gone", "gone", record.path, remove=True, reason="", key=record.key)
    monkeypatch.setattr(site, "busy", lambda _: False)
    with meanwhile("gone", lambda: site.store.delete(record)):
        (told,) = clean(site, Cleaning((row,))).worktrees
    assert (told.removed, told.reason) == (True, "another command removed it meanwhile")


def test_one_that_got_another_branch_meanwhile_is_held_by_that_ones_lock(site, tree, meanwhile):
    record = tree("old")
    with (
        meanwhile("old", lambda: site.store.update(record, branch="new")),
        holding(site, record) as now,
    ):
        assert now.branch == "new"
        assert site.busy("new")
        assert not site.busy("old")


def test_adopt_looks_again_at_the_worktree_that_it_waited_for(site, project, meanwhile):
    path = project.root / "other"
    project.git("worktree", "add", "--quiet", "-b", "other", str(path))
    with (
        meanwhile("other", lambda: project.git("-C", str(path), "switch", "--quiet", "--create", "next")),
        pytest.raises(Failure, match="switched to next meanwhile"),
    ):
        adopt(site, str(path))
    with (
        meanwhile("next", lambda: project.git("worktree", "remove", "--force", str(path))),
        pytest.raises(BadUse, match="is not there"),
    ):
        adopt(site, str(path))
    assert site.records() == ()


def test_restore_looks_again_for_the_restore_point_that_it_waited_for(site, tree, project, meanwhile):
    record = tree("saved")
    save(site, record, work_in(site, record), always=True)
    (point,) = git.restore_points(site.repository)
    with (
        meanwhile("saved", lambda: git.drop_restore_points(site.repository, [point])),
        pytest.raises(BadUse, match="no restore point"),
    ):
        restore(site, "saved")
    assert [one.key for one in site.records()] == [record.key]


@pytest.mark.parametrize("branch", ["main", "stack", "auth"])
def test_the_lock_of_mains_stack_is_no_branchs(site, branch):
    with site.alone(branch), site.alone(None):
        assert (site.locked(branch), site.locked(None)) == (True, True)
        assert site.lock_file(branch) != site.lock_file(None)


@pytest.mark.parametrize("held", ["main", "auth"])
def test_a_lock_that_a_command_of_an_earlier_version_has_is_in_nobodys_way(site, held):
    former = label_hash(f"{site.repository.common_dir}\0{held}")
    with hold(site.store.path.parent / "locks", former), site.alone(None), site.alone("main"):
        site.tidy_locks()
    with hold(site.store.path.parent / "locks", former, lambda _: pytest.fail("it was not let go")):
        pass
