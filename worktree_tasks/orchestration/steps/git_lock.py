"""Git's lock on a worktree while its containers have git's directory: what they see as gone is not pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.git_mounts import OURS

if TYPE_CHECKING:
    from .tree import Tree

__all__ = ["lock", "unlock"]


def lock(tree: Tree) -> None:
    """Lock a worktree before containers see git's directory, unless somebody has; that lock stays theirs."""
    repository, path = tree.project.repository, tree.record.path
    # What is ours in there is covered by something empty, for which there has to be a place.
    (repository.common_dir / OURS).mkdir(exist_ok=True)
    if git.lock_reason(git.administration_of(repository, path)) is None:
        reason = f"{OURS}: containers have its git directory; `{OURS} remove {tree.record.name}` ends that"
        git.lock_worktree(repository, path, reason)


def unlock(tree: Tree) -> None:
    """Take our lock off a worktree, where it has one."""
    repository, path = tree.project.repository, tree.record.path
    admin = git.places(repository).get(path)
    if admin is not None and (git.lock_reason(admin) or "").startswith(OURS):
        git.unlock_worktree(repository, path)
