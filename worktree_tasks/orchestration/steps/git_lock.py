"""Lock a worktree in git while its containers can run git, so that they do not prune it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.git_mounts import OURS

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["lock", "unlock"]


def lock(tree: Tree) -> None:
    """Lock a worktree before containers get git's directory; a lock that exists already is left as it is."""
    repository, path = tree.project.repository, tree.record.path
    # Containers get an empty mount over our directory in there, so the mount point has to exist.
    (repository.common_dir / OURS).mkdir(exist_ok=True)
    if git.lock_reason(git.administration_of(repository, path)) is None:
        reason = f"{OURS}: containers use its git directory; `{OURS} remove {tree.record.name}` unlocks it"
        git.lock_worktree(repository, path, reason)


def unlock(tree: Tree) -> None:
    """Remove our lock from a worktree, if it has one."""
    repository, path = tree.project.repository, tree.record.path
    admin = git.places(repository).get(path)
    if admin is not None and (git.lock_reason(admin) or "").startswith(OURS):
        git.unlock_worktree(repository, path)
