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
from worktree_tasks.orchestration.flows.clean import Cleaning, CleaningRow, clean
from worktree_tasks.orchestration.flows.remove import remove
from worktree_tasks.orchestration.flows.restart import restart
from worktree_tasks.orchestration.flows.restore import restore
from worktree_tasks.orchestration.flows.start import start
from worktree_tasks.orchestration.flows.stop import stop
from worktree_tasks.orchestration.flows.stop_all import stop_all
from worktree_tasks.orchestration.steps.losses import work_in
from worktree_tasks.orchestration.steps.trash import save
from worktree_tasks.orchestration.steps.worktree_lock import holding

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def shop(shop, monkeypatch):
    """A project of which no engine is asked before the lock is taken."""
    monkeypatch.setattr(shop, "check", lambda: None)
    monkeypatch.setattr(shop.engine, "check", lambda: None)
    return shop


@pytest.fixture
def meanwhile(shop, monkeypatch) -> Callable[..., ExitStack]:
    """Let another command hold a branch's lock and do something before it lets go of it."""

    def hold(branch: str, do: Callable[[], object]) -> ExitStack:
        other = ExitStack()
        other.enter_context(shop.locks.alone(branch))

        def waiting(text: str) -> None:
            if text.startswith("waiting for"):
                do()
                other.close()

        monkeypatch.setattr(shop.progress, "news", waiting)
        return other

    return hold


@pytest.mark.parametrize("flow", [start, stop, restart, remove])
def test_a_worktree_that_was_removed_meanwhile_is_gone_and_nothing_is_made(
    shop, tree, project, meanwhile, flow
):
    made = tree("gone")

    def removal() -> None:
        git.remove_worktree(shop.repository, made.record.path, force=True)
        shop.store.delete(made.record)

    with meanwhile("gone", removal), pytest.raises(WorktreeGone):
        flow(shop, "gone")
    assert list(project.root.iterdir()) == []
    assert shop.records() == ()


def test_stop_all_and_clean_take_one_that_was_removed_meanwhile_for_done(shop, tree, meanwhile, monkeypatch):
    made = tree("gone")
    with meanwhile("gone", lambda: shop.store.delete(made.record)):
        assert stop_all(shop) == ()
    again = shop.store.create(
        shop.entry, branch="gone", name=lambda _: "gone", path=lambda _: made.record.path,
        start_commit=None, made_branch=False, host="",
    )  # fmt: skip
    row = CleaningRow("gone", "gone", again.path, remove=True, reason="", key=again.key)
    monkeypatch.setattr(shop.locks, "busy", lambda _: False)
    with meanwhile("gone", lambda: shop.store.delete(again)):
        (told,) = clean(shop, Cleaning((row,))).worktrees
    assert (told.removed, told.reason) == (True, "another command removed it in the meantime")


def test_one_that_got_another_branch_meanwhile_is_held_by_that_ones_lock(shop, tree, meanwhile):
    made = tree("old")
    with (
        meanwhile("old", lambda: made.update(branch="new")),
        holding(made),
    ):
        assert made.record.branch == "new"
        assert shop.locks.busy("new")
        assert not shop.locks.busy("old")


def test_adopt_looks_again_at_the_worktree_that_it_waited_for(shop, project, meanwhile):
    path = project.root / "other"
    project.git("worktree", "add", "--quiet", "-b", "other", str(path))
    with (
        meanwhile("other", lambda: project.git("-C", str(path), "switch", "--quiet", "--create", "next")),
        pytest.raises(Failure, match="switched to next in the meantime"),
    ):
        adopt(shop, str(path))
    with (
        meanwhile("next", lambda: project.git("worktree", "remove", "--force", str(path))),
        pytest.raises(BadUse, match="does not exist"),
    ):
        adopt(shop, str(path))
    assert shop.records() == ()


def test_restore_looks_again_for_the_restore_point_that_it_waited_for(shop, tree, project, meanwhile):
    made = tree("saved")
    save(made, work_in(made), always=True)
    (point,) = git.restore_points(shop.repository)
    with (
        meanwhile("saved", lambda: git.drop_restore_points(shop.repository, [point])),
        pytest.raises(BadUse, match="no restore point"),
    ):
        restore(shop, "saved")
    assert [one.key for one in shop.records()] == [made.record.key]


@pytest.mark.parametrize("branch", ["main", "stack", "auth"])
def test_the_lock_of_mains_stack_is_no_branchs(shop, branch):
    with shop.locks.alone(branch), shop.locks.alone(None):
        assert (shop.locks.locked(branch), shop.locks.locked(None)) == (True, True)
        assert shop.locks.file(branch) != shop.locks.file(None)


@pytest.mark.parametrize("held", ["main", "auth"])
def test_a_lock_that_a_command_of_an_earlier_version_has_is_in_nobodys_way(shop, held):
    former = label_hash(f"{shop.repository.common_dir}\0{held}")
    with hold(shop.store.path.parent / "locks", former), shop.locks.alone(None), shop.locks.alone("main"):
        shop.locks.tidy("other")
    with hold(shop.store.path.parent / "locks", former, lambda _: pytest.fail("it was not let go")):
        pass
