"""Count what would be lost with a worktree, or is still to be done in it."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import Failure
from ..lazy_values import once
from ..parallel import each, together
from ..quick_dataclasses import dataclass
from .divergence import Divergence, WorkLine, divergences
from .status import operation_in, status
from .submodule_commits import lone_commits
from .worktree_metadata import is_linked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, MutableMapping
    from pathlib import Path

    from .repository import Repository
    from .status import Status
    from .worktree_entries import Entry

__all__ = ["Changes", "CheckoutLook", "all_changes", "changes", "uncommitted"]

_THREADS = (os.cpu_count() or 1) + 2
_NOTHING = Divergence(0, 0, 0)
_NO_LOOKS: Mapping[Path, CheckoutLook] = MappingProxyType({})


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


class CheckoutLook:
    """A look at the files of one checkout, which is made once, however many threads want its result."""

    def __init__(self, repo: Repository, path: Path) -> None:
        self._repo = repo
        self._path = path

    @once
    def inside(self) -> _Inside | None:
        """What was found; None if git could not read the checkout."""
        try:
            return _inside(self._repo, self._path)
        except Failure:
            return None

    @staticmethod
    def make_all(looks: Collection[CheckoutLook]) -> list[_Inside | None]:
        """Make those looks that nobody made yet, side by side, and return what all found."""
        return each(lambda look: look.inside, looks, threads=_THREADS)


def changes(repo: Repository, worktree: Entry, *, base: str) -> Changes:
    """Count one worktree's changes.

    Args:
        repo: The repository.
        worktree: The worktree.
        base: What `ahead` and `behind` are counted from.

    Raises:
        Failure: git could not tell.
    """
    counted = _inside(repo, worktree.path)
    line = _line(worktree)
    apart = divergences(repo, (line,), base=base)[line] if line is not None else _NOTHING
    return _joined(counted, apart)


def all_changes(
    repo: Repository,
    trees: Iterable[Entry],
    *,
    base: str,
    known: MutableMapping[tuple[str, str], tuple[int, int]] | None = None,
    begun: Mapping[Path, CheckoutLook] = _NO_LOOKS,
) -> dict[Path, Changes]:
    """Count the changes of many worktrees, all at once.

    Args:
        repo: The repository.
        trees: The worktrees.
        base: What `ahead` and `behind` are counted from.
        known: Cached counts, as for `divergences`.
        begun: Looks that were begun before, by path.

    Returns:
        Path to counts; a worktree that git could not read is left out: its state is unknown, not clean.

    Raises:
        Failure: The base does not exist.
    """
    chosen = tuple(tree for tree in trees if not tree.bare)
    lines = tuple(line for tree in chosen if (line := _line(tree)) is not None)
    found: list[_Inside | None] = []
    apart: dict[WorkLine, Divergence] = {}
    together(
        lambda: found.extend(
            CheckoutLook.make_all([begun.get(tree.path) or CheckoutLook(repo, tree.path) for tree in chosen])
        ),
        lambda: apart.update(divergences(repo, lines, base=base, known=known)),
    )
    return {
        tree.path: _joined(
            inside, apart.get(line, _NOTHING) if (line := _line(tree)) is not None else _NOTHING
        )
        for tree, inside in zip(chosen, found, strict=True)
        if inside is not None
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
    # A program, also one in its containers, may have replaced its `.git`; git would follow it.
    if path not in (repo.main, repo.common_dir) and not is_linked(repo, path):
        raise Failure(
            f"{path / '.git'} does not point to {repo.common_dir}",
            "wt.doctor --fix repairs it",
            kind="link-replaced",
        )
    return status(path, inside=submodules)


def _inside(repo: Repository, path: Path) -> _Inside:
    found = uncommitted(repo, path)
    lone = lone_commits(repo.common_dir, path) or 0
    return _Inside(len(found.modified), len(found.untracked), lone, operation_in(path))


def _joined(inside: _Inside, apart: Divergence) -> Changes:
    return Changes(
        modified=inside.modified,
        untracked=inside.untracked,
        ahead=apart.ahead,
        behind=apart.behind,
        unpushed=apart.unpushed + inside.lone,
        operation=inside.operation,
    )
