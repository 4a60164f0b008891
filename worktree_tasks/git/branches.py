"""Branches: the default one, whether one contains a commit, where one is checked out, and deleting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..command import CommandError
from ..errors import Refused
from ..waiting import wait_while
from .branch_names import valid_branch
from .program import alone, fields, git
from .references import commit_of
from .worktree_entries import worktrees

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ..command import Result
    from .references import References
    from .repository import Repository
    from .worktree_entries import Entry

__all__ = [
    "branch_contains",
    "checked_out_at",
    "commit_contains",
    "delete_branch",
    "safe_elsewhere",
    "stranded",
    "tip_of",
    "track",
]

# The exit code of `git config --remove-section` if there is no such section.
_NO_SECTION = 128
_CONFIG_SECONDS = 5.0


def checked_out_at(trees: Iterable[Entry], branch: str) -> Path | None:
    """Return the worktree that has a branch checked out."""
    return next((tree.path for tree in trees if tree.branch == branch), None)


def branch_contains(repo: Repository, branch: str, commit: str) -> bool:
    """Return whether a branch contains a commit.

    Raises:
        CommandError: One of them does not exist.
    """
    return commit_contains(repo, _full(branch), commit)


def commit_contains(repo: Repository, commit: str, other: str) -> bool:
    """Return whether a commit has another one in its history.

    Raises:
        CommandError: One of them does not exist.
    """
    asked = git(repo.main, "merge-base", "--is-ancestor", other, commit, check=False)
    if asked.code not in {0, 1}:
        git(repo.main, "rev-parse", "--verify", f"{commit}^{{commit}}")
        git(repo.main, "rev-parse", "--verify", f"{other}^{{commit}}")
    return asked.code == 0


def tip_of(repo: Repository, branch: str) -> str | None:
    """Return the tip of a local branch; None if it does not exist."""
    asked = git(repo.main, "rev-parse", "--quiet", "--verify", f"{_full(branch)}^{{commit}}", check=False)
    return asked.out.strip() if asked.code == 0 else None


def safe_elsewhere(
    repo: Repository, branch: str, *, base: str, tip: str | None = None, known: References | None = None
) -> bool:
    """Return whether every commit of a local branch is on its base, another branch or a checkout's HEAD.

    Args:
        repo: The repository.
        branch: The branch.
        base: Its base.
        tip: The commit to use as its tip; by default, its real tip.
        known: All branches, if they were read already.

    Raises:
        CommandError: The branch or the base does not exist.
    """
    # If the base is a branch, it is already among the others.
    root = commit_of(repo, base) if base != branch and not (known and known.commit(base)) else None
    others = ("--not", *([root] if root else []), f"--exclude={branch}", "--branches", "--remotes")
    words = ("rev-list", "--max-count=1", tip or _full(branch), *others)
    if not git(repo.main, *words).out:
        return True
    detached = _detached(repo)
    return bool(detached) and not git(repo.main, *words, *detached).out


def stranded(
    repo: Repository, tips: Sequence[str], *, without: str | None, at: Path | None = None
) -> tuple[str, ...]:
    """Return the commits, as `1a2b3c4 Subject`, that are on no other local branch and no remote branch.

    Args:
        repo: The repository.
        tips: Commits to start from.
        without: A branch that does not count, because it will be deleted.
        at: A worktree that does not count, because it will be removed; the HEADs of others count.

    Raises:
        CommandError: A commit does not exist.
    """
    if not tips:
        return ()
    others = (*([f"--exclude={without}"] if without is not None else []), "--branches", "--remotes")
    words = ("log", "-z", "--no-show-signature", "--format=%h %s", *tips, "--not", *others)
    found = fields(git(repo.main, *words, "--").out)
    detached = _detached(repo, at) if found else ()
    return fields(git(repo.main, *words, *detached, "--").out) if detached else found


def _detached(repo: Repository, besides: Path | None = None) -> tuple[str, ...]:
    """Return the commits of checkouts with a detached HEAD, which main always has with jj."""
    there = (tree for tree in worktrees(repo) if tree.prunable is None and tree.path != besides)
    return tuple(tree.head for tree in there if tree.detached and tree.head)


def track(repo: Repository, branch: str, upstream: str) -> None:
    """Make a local branch track a remote one, such as `origin/x`.

    Raises:
        CommandError: One of them does not exist.
    """
    with alone(repo.common_dir):
        git(repo.main, "branch", f"--set-upstream-to={upstream}", "--", branch)


def delete_branch(repo: Repository, branch: str, *, expect: str) -> bool:
    """Delete a local branch if its tip is still the expected commit.

    Returns:
        Whether it was deleted; False if it did not exist any more.

    Raises:
        Refused: Its tip is another commit, or a worktree has it checked out.
        CommandError: git cannot delete it, such as while another git command holds a lock.
    """
    valid_branch(branch)
    with alone(repo.common_dir):
        where = checked_out_at((tree for tree in worktrees(repo) if tree.head is not None), branch)
        if where is not None:
            raise Refused(
                f"branch {branch} is checked out at {where}",
                "remove that worktree first",
                kind="branch-moved",
            )
        done = git(repo.main, "update-ref", "-d", _full(branch), expect, check=False)
        if done.code != 0:
            tip = tip_of(repo, branch)
            if tip == expect:
                raise CommandError(done, "run the same command again")
            if tip is not None:
                raise Refused(
                    f"branch {branch} is now at {tip[:7]}, no longer at {expect[:7]}",
                    f"git branch -D {branch}",
                    kind="branch-moved",
                )
        _forget_upstream(repo, branch)
        return done.code == 0


def _forget_upstream(repo: Repository, branch: str) -> None:
    """Delete a deleted branch's configuration: a later branch of its name would track the same upstream.

    Raises:
        CommandError: git cannot write its configuration.
    """

    def failed() -> Result | None:
        # Most repositories have no such section, which costs no process to see.
        if b"[branch" not in (repo.common_dir / "config").read_bytes().lower():
            return None
        done = git(repo.main, "config", "--remove-section", f"branch.{branch}", check=False)
        return done if done.code not in (0, _NO_SECTION) else None

    # git itself does not wait for the lock of its configuration.
    if done := wait_while(failed, _CONFIG_SECONDS):
        raise CommandError(done, "run the same command again")


def _full(branch: str) -> str:
    return f"refs/heads/{branch}"
