"""How git is run."""

from __future__ import annotations

import shlex

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.git.program import git
from worktree_tasks.git.worktree_metadata import beyond

BEYOND_ALL = ("--not", "--branches")


@pytest.fixture
def deleting(tmp_path, before_git):
    """Let the first walks along all branches fail as they do when a branch is deleted meanwhile."""
    walks = tmp_path / "walks"
    # One line for each walk that was begun.
    file = shlex.quote(str(walks))

    def fail(times: int) -> None:
        before_git(
            f"""case " $* " in
*" --branches "*)
    echo walk >> {file}
    if [ "$(wc -l < {file})" -le {times} ]; then
        echo "fatal: bad object gone" >&2
        exit 128
    fi
esac"""
        )

    fail.walks = lambda: len(walks.read_text().splitlines())
    return fail


@pytest.fixture
def lone(shop):
    """A commit that no branch has."""
    return shop.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Lone").strip()


def test_a_walk_along_all_branches_starts_again_if_one_is_deleted_meanwhile(shop, lone, deleting):
    deleting(2)
    assert git(shop.path, "rev-list", lone, *BEYOND_ALL).out.split() == [lone]
    assert deleting.walks() == 3


def test_a_commit_is_not_taken_for_one_without_history_when_a_branch_is_deleted_meanwhile(
    shop, lone, deleting
):
    deleting(1)
    assert beyond(shop.repo, (lone,), BEYOND_ALL) == (lone,)


def test_a_walk_that_fails_each_time_says_why(shop, lone, deleting):
    deleting(9)
    with pytest.raises(CommandError, match="bad object gone"):
        git(shop.path, "rev-list", lone, *BEYOND_ALL)
    assert deleting.walks() == 3


def test_a_killed_git_gave_no_answer(shop, before_git):
    before_git("kill -9 $$")
    with pytest.raises(CommandError, match="git config: killed by SIGKILL"):
        git(shop.path, "config", "--get", "no.such", check=False)


def test_a_checkout_of_somebody_else_is_refused_with_gits_own_way_out(shop):
    with pytest.raises(CommandError) as told:
        git(shop.path, "status", extra={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert "dubious ownership" in told.value.what
    assert told.value.hint == f"git config --global --add safe.directory {shop.path}"
