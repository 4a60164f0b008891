"""Count what would be lost with a worktree, or is still to be done in it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from ..errors import Failure
from ..lazy_values import once
from ..parallel import each, together
from ..quick_dataclasses import dataclass
from .divergence import Divergence, WorkLine, divergences
from .git_directories import git_directory, linked_administration
from .status import operation_of, status, statuses
from .submodule_commits import lone_commits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, MutableMapping
    from pathlib import Path

    from .repository import Repository
    from .status import Status
    from .worktree_entries import Entry

__all__ = ["Changes", "CheckoutLooks", "all_changes", "changes", "uncommitted"]

_THREADS = (os.cpu_count() or 1) + 2
_NOTHING = Divergence(0, 0, 0)
# So many checkouts are read by one process: a large one keeps few others waiting.
_MOST = 8


@dataclass(slots=True, frozen=True)
class Changes:
    """Counts for one worktree.

    Attributes:
        modified: Paths with staged, unstaged or conflicting changes, each once; dirty submodules too.
        untracked: Untracked paths; a directory with nothing else counts as one.
        ahead: Commits that are not in the base.
        behind: Commits that are only in the base.
        unpushed: Commits that are on no other local branch and no remote branch, and those of its submodules
            that exist nowhere else on this machine.
        operation: The git operation in progress, such as "rebase"; None if there is none.
    """

    modified: int
    untracked: int
    ahead: int
    behind: int
    unpushed: int
    operation: str | None


@dataclass(slots=True, frozen=True)
class _Inside:
    modified: int
    untracked: int
    lone: int
    operation: str | None


class CheckoutLooks:
    """Looks at the files of some checkouts, made once, however many threads want what they find.

    Args:
        repo: The repository.
        paths: The checkouts.
    """

    def __init__(self, repo: Repository, paths: Iterable[Path]) -> None:
        self._repo = repo
        self.paths = tuple(paths)

    @once
    def found(self) -> Mapping[Path, _Inside]:
        """What was found; a checkout that git could not read is left out."""
        size = min(_MOST, -(-len(self.paths) // _THREADS))
        groups = [self.paths[begin : begin + size] for begin in range(0, len(self.paths), size or 1)]
        looks = each(partial(_look, self._repo), groups, threads=_THREADS)
        # Where one of several failed, each is read by itself.
        failed = (group for group, found in zip(groups, looks, strict=True) if found is None)
        alone = [(path,) for group in failed if len(group) > 1 for path in group]
        looks += each(partial(_look, self._repo), alone, threads=_THREADS)
        return {path: inside for found in looks for path, inside in (found or {}).items()}


def _look(repo: Repository, paths: Collection[Path]) -> dict[Path, _Inside] | None:
    """Look at some checkouts; None if git failed in one of them."""
    try:
        admins = {path: admin for path in paths if (admin := _admin(repo, path)) is not None}
        found = statuses(admins)
        return {path: _counted(repo, status, admins[path]) for path, status in found.items()}
    except Failure:
        return None


def changes(repo: Repository, worktree: Entry, *, base: str) -> Changes:
    """Count one worktree's changes.

    Args:
        repo: The repository.
        worktree: The worktree.
        base: What `ahead` and `behind` are counted from.

    Raises:
        Failure: git could not tell.
    """
    found = uncommitted(repo, worktree.path)
    counted = _counted(repo, found, git_directory(worktree.path))
    line = _line(worktree)
    apart = divergences(repo, (line,), base=base)[line] if line is not None else _NOTHING
    return _joined(counted, apart)


def all_changes(
    repo: Repository,
    trees: Iterable[Entry],
    *,
    base: str,
    known: MutableMapping[tuple[str, str], tuple[int, int]] | None = None,
    begun: CheckoutLooks | None = None,
) -> dict[Path, Changes]:
    """Count the changes of many worktrees, all at once.

    Args:
        repo: The repository.
        trees: The worktrees.
        base: What `ahead` and `behind` are counted from.
        known: Cached counts, as for `divergences`.
        begun: Looks that were begun before; those that are missing are made.

    Returns:
        Path to counts; a worktree that git could not read is left out: its state is unknown, not clean.

    Raises:
        Failure: The base does not exist.
    """
    chosen = tuple(tree for tree in trees if not tree.bare)
    lines = tuple(line for tree in chosen if (line := _line(tree)) is not None)
    looked_at = begun.paths if begun else ()
    rest = CheckoutLooks(repo, [tree.path for tree in chosen if tree.path not in looked_at])
    apart: dict[WorkLine, Divergence] = {}
    together(
        lambda: rest.found,
        lambda: apart.update(divergences(repo, lines, base=base, known=known)),
    )
    found = {**(begun.found if begun else {}), **rest.found}
    return {
        tree.path: _joined(
            found[tree.path], apart.get(line, _NOTHING) if (line := _line(tree)) is not None else _NOTHING
        )
        for tree in chosen
        if tree.path in found
    }


def _line(tree: Entry) -> WorkLine | None:
    return WorkLine(tree.head, tree.branch) if tree.head is not None else None


def uncommitted(repo: Repository, path: Path, *, submodules: bool = True) -> Status:
    """Read the changes in a checkout whose `.git` leads to its repository.

    Args:
        repo: The repository.
        path: The checkout.
        submodules: Whether to look into submodules too.

    Raises:
        Failure: It leads elsewhere, or git failed.
    """
    if _admin(repo, path) is None:
        raise Failure(
            f"{path / '.git'} does not point to {repo.common_dir}",
            "wt.doctor --fix repairs it",
            kind="link-replaced",
        )
    return status(path, inside=submodules)


def _admin(repo: Repository, path: Path) -> Path | None:
    """Return git's directory of a checkout; None if its `.git` does not lead to its repository."""
    # A program, also one in its containers, may have replaced its `.git`; git would follow it.
    return git_directory(path) if path in (repo.main, repo.common_dir) else linked_administration(repo, path)


def _counted(repo: Repository, found: Status, admin: Path) -> _Inside:
    lone = lone_commits(repo.common_dir, admin) or 0
    return _Inside(len(found.modified), len(found.untracked), lone, operation_of(admin))


def _joined(inside: _Inside, apart: Divergence) -> Changes:
    return Changes(
        modified=inside.modified,
        untracked=inside.untracked,
        ahead=apart.ahead,
        behind=apart.behind,
        unpushed=apart.unpushed + inside.lone,
        operation=inside.operation,
    )
