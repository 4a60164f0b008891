"""What a removal would lose of a worktree's submodules, which no restore point holds."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ... import git
from ...configuration.formatting import spoken_count
from ...configuration.unsavable_files import discard_flags, is_discarded
from ...errors import Refused
from ...printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...git.submodule_commits import LoneCommits
    from .worktree_handle import Tree

__all__ = ["refuse_to_lose_submodules"]


def refuse_to_lose_submodules(
    tree: Tree, submodules: Collection[str], *, force: bool, discard: Iterable[str]
) -> None:
    """Refuse to remove a worktree if a submodule has changes, or commits that are nowhere else.

    Its submodules' commits are in git's directory of the worktree, so they are there also after somebody
    deleted the worktree's own directory.

    Args:
        tree: The worktree.
        submodules: Those that are checked out.
        force: Whether `--force` was given.
        discard: What may be lost, as paths in the worktree.

    Raises:
        Refused: There is such work; the message names the submodules.
    """
    root, repository = tree.record.path, tree.project.repository
    allowed = tuple(discard)
    changed = [
        path
        for path in (git.dirty_submodules(root, submodules) if root.is_dir() else ())
        if not is_discarded(path, allowed)
    ]
    admin = git.administration_of(repository, root)
    lone = [
        one
        for one in git.submodules_with_lone_commits(repository.common_dir, admin, root)
        if not is_discarded(one.path, allowed)
    ]
    if not changed and not lone:
        return
    reasons = (*(f"{printable(path)} has its own changes" for path in changed), *map(_spoken, lone))
    flags = discard_flags((*changed, *(one.path for one in lone)))
    command = f"wt.remove {tree.record.name}{' --force' if force else ''} {flags}"
    raise Refused(
        f"{tree.record.name} is not removed: {', '.join(reasons)}; a restore point cannot hold submodules",
        f"{_remedy(changed, lone)}; or {command} deletes it for good",
        kind="submodule-changed",
    )


def _spoken(lone: LoneCommits) -> str:
    count = spoken_count(len(lone.commits), "commit that is nowhere else", "commits that are nowhere else")
    return f"{printable(lone.path)} has {count} ({lone.commits[0][:7]})"


def _remedy(changed: Collection[str], lone: Collection[LoneCommits]) -> str:
    if changed or not lone:
        return "commit and push them there, or undo them"
    first = next(iter(lone))
    place, latest = shlex.quote(str(first.clone)), first.commits[0][:7]
    return f"git --git-dir={place} --work-tree=. push origin {latest}:refs/heads/KEPT keeps the latest"
