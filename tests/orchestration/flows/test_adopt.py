"""Which directories are taken over as worktrees, decided before anything is changed."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.steps.branch_locks import BranchLocks
from worktree_tasks.store import open_store


@pytest.fixture
def theirs(project, tmp_path):
    """A worktree that plain git made."""
    project.git("worktree", "add", "--quiet", "-b", "theirs", str(tmp_path / "theirs"))
    return tmp_path / "theirs"


def refused(shop, path):
    with pytest.raises(BadUse) as told:
        adopt(shop, str(path))
    assert told.value.kind == "cannot-adopt"
    assert shop.records() == ()
    return told.value


def test_a_directory_that_git_has_no_worktree_in_is_refused(shop, tmp_path):
    (tmp_path / "plain").mkdir()
    assert "is not a worktree of" in refused(shop, tmp_path / "plain").what


def test_what_is_not_there_is_refused_also_while_git_still_lists_it(shop, theirs, tmp_path):
    shutil.rmtree(theirs)
    for place in (theirs, tmp_path / "never", tmp_path / ("long" * 100)):
        assert refused(shop, place).what == f"{place} does not exist"


def test_the_main_checkout_and_what_is_in_it_are_refused(shop):
    (shop.main / "docs").mkdir()
    for place in (shop.main, shop.main / "docs"):
        assert refused(shop, place).what == f"{shop.main} is the main checkout"


def test_one_on_no_branch_is_refused_with_how_to_give_it_one(shop, project, theirs):
    project.git("switch", "--quiet", "--detach", cwd=theirs)
    assert f"git -C {theirs} switch --create" in refused(shop, theirs).hint


def test_one_in_the_middle_of_a_rebase_is_refused_until_that_is_over(shop, project, theirs):
    project.git("commit", "--quiet", "--allow-empty", "--message", "theirs", cwd=theirs)
    project.git("rebase", "--quiet", "--force-rebase", "--exec", "false", "HEAD~1", cwd=theirs, fails=True)
    error = refused(shop, theirs)
    assert error.what.startswith(f"a rebase is in progress in {theirs}")
    assert "switch" not in error.hint


def test_a_directory_in_a_worktree_within_another_means_the_inner_one(shop, project, theirs):
    inner = theirs / "inner"
    project.git("worktree", "add", "--quiet", "--detach", str(inner))
    (inner / "docs").mkdir()
    assert refused(shop, inner / "docs").what.startswith(f"{inner} has no branch checked out")


def test_one_of_ours_that_is_not_to_be_started_stays_as_it_is(shop, tree, told):
    made = tree("auth")
    before = made.record
    assert adopt(shop, str(made.record.path), start=False).name == "auth"
    assert shop.records() == (before,)
    assert told.lines[-1] == "worktree: auth already has its own stack"


def test_one_of_another_state_directory_is_left_to_it(shop, tree, tmp_path):
    made = tree("auth")
    other = open_store(tmp_path / "other")
    shop.work_on(other)
    with pytest.raises(BadUse) as told:
        adopt(shop, str(made.record.path))
    assert told.value.kind == "other-state"
    assert told.value.what.endswith(f"belongs to another state directory: {tmp_path / 'state'}")
    other.close()


def test_one_that_is_switched_while_its_lock_is_waited_for_is_not_taken_over(
    shop, project, theirs, monkeypatch
):
    alone = BranchLocks.alone

    @contextmanager
    def waited(locks, branch):
        with alone(locks, branch):
            project.git("switch", "--quiet", "--create", "other", cwd=theirs)
            yield

    monkeypatch.setattr(BranchLocks, "alone", waited)
    with pytest.raises(Failure) as told:
        adopt(shop, str(theirs))
    assert told.value.kind == "branch-switched"
    assert shop.records() == ()
