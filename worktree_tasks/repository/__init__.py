"""The door to git: worktrees, branches, what is changed, merged and ignored."""

from __future__ import annotations

from .branches import (
    Source,
    branch_contains,
    checked_out_at,
    default_branch,
    delete_branch,
    fetch,
    ref_age,
    resolve_source,
    safe_elsewhere,
    tip_of,
    track,
    valid_branch,
)
from .changes import Changes, all_changes, changes, dirty_files
from .checkout import Repository, find_repository
from .comparison import fingerprint, tracked_files
from .ignored import exclude, ignored_files, ignored_matching, included, tracked
from .merged import Candidate, Verdict, all_merged, merged, no_commits_yet
from .worktrees import (
    Worktree,
    add_worktree,
    find_worktree,
    lock_worktree,
    parse_worktrees,
    remove_worktree,
    repair,
    unlock_worktree,
    worktrees,
)

__all__ = [
    "Candidate",
    "Changes",
    "Repository",
    "Source",
    "Verdict",
    "Worktree",
    "add_worktree",
    "all_changes",
    "all_merged",
    "branch_contains",
    "changes",
    "checked_out_at",
    "default_branch",
    "delete_branch",
    "dirty_files",
    "exclude",
    "fetch",
    "find_repository",
    "fingerprint",
    "find_worktree",
    "ignored_files",
    "ignored_matching",
    "included",
    "lock_worktree",
    "merged",
    "no_commits_yet",
    "parse_worktrees",
    "ref_age",
    "remove_worktree",
    "repair",
    "resolve_source",
    "safe_elsewhere",
    "tip_of",
    "track",
    "tracked",
    "tracked_files",
    "unlock_worktree",
    "valid_branch",
    "worktrees",
]
