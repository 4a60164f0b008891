"""Worktrees that are saved, taken away and brought back, and whatever a person can see of them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from worktree_tasks.git import (
    KnownFiles,
    Subject,
    bring_back_commits,
    find_uncommitted,
    git_directory,
    operation_in,
    restore_branch,
    restore_worktree,
    save,
)
from worktree_tasks.git.worktree_entries import find_worktree

from .work import snapshot

if TYPE_CHECKING:
    from worktree_tasks.git import RestorePoint

__all__ = ["back", "gone", "has", "round_trip", "saved", "write"]

MANY = 100 << 20


def saved(repo, root, *, limit=MANY, known=None, name=None, **notes) -> RestorePoint:
    tree = find_worktree(repo, root)
    subject = Subject(
        root.name, root, git_directory(root), tree.head, tree.branch, operation_in(root), keep=()
    )
    held = find_uncommitted(root, known or KnownFiles(repo.main))
    return save(repo, subject, held, limit=limit, notes=notes, name=name)


def gone(checkout, root, *, collect=True):
    """Take the worktree away as a removal does, and let git delete whatever nothing names."""
    shutil.rmtree(root)
    checkout.git("worktree", "remove", "--force", str(root))
    if not collect:
        return
    checkout.git("reflog", "expire", "--expire=now", "--all")
    checkout.git("gc", "--quiet", "--prune=now")


def back(repo, point, root):
    bring_back_commits(repo, point)
    renamed = {}
    branch = point.branch
    if branch and point.head:
        branch = restore_branch(repo, branch, point.head, path=root)
        renamed = {point.branch: branch}
    return restore_worktree(repo, point, root, branch=branch, renamed=renamed)


def round_trip(checkout, root, *, collect=True, **options):
    before = snapshot(root)
    point = saved(checkout.repo, root, **options)
    assert snapshot(root) == before, "saving changed something"
    gone(checkout, root, collect=collect)
    assert back(checkout.repo, point, root) == ()
    assert snapshot(root) == before
    return point


def write(path, data, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if mode is not None:
        path.chmod(mode)


def has(store, oid):
    """Return whether a git directory has an object."""
    argv = ["git", "--git-dir", str(store), "cat-file", "-e", oid]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0
