"""The door to git: worktrees, branches, what is changed, merged and ignored."""

from __future__ import annotations

from .addition import forget_half_made
from .administration import administration_of, is_linked, lock_reason, unsaved_index
from .ages import commit_times
from .branches import (
    Source,
    branch_contains,
    checked_out_at,
    commit_contains,
    default_branch,
    default_commit,
    delete_branch,
    fetch,
    newer_upstream,
    ref_age,
    refuse_beside,
    resolve_source,
    safe_elsewhere,
    stranded,
    tip_of,
    track,
    upstream_of,
    valid_branch,
)
from .changes import Changes, all_changes, changes, uncommitted
from .checked_out import branches_by_place, entry_of, places
from .checkout import belongs, find_repository
from .commit_files import CommitFiles, files_of_commit
from .comparison import changed_since, fingerprint, had, listed, mentioning, tracked_files
from .directory import git_directory
from .git_hooks import hooks_folder, post_checkout
from .ignored import (
    INSTALLED,
    Untracked,
    exclude,
    hidden_by_us,
    ignored_folders,
    ignored_matching,
    include_again,
    included,
    tracked,
    untracked,
)
from .inside import has_own_work
from .known import Known, digest
from .marker import Mark, find_marked, mark, marks
from .merged import Candidate, Verdict, all_merged, merged, no_commits_yet
from .moving import bears, move_worktree, place_worktree
from .passing import passing_directory
from .program import version
from .pull_requests import PullRequest, fetch_pull_request, main_remote
from .references import References, references
from .reflogs import Loose, dropped_commits, loose_commits
from .remotes import remote_of
from .repository import Repository
from .status import operation_in, operation_of
from .submodules import dirty_submodules, lone_commits
from .traces import find_moved_by_hand, made_at, renamed, start_of
from .trash.commits_back import bring_back_commits
from .trash.contents import Contents, contents
from .trash.points import RestorePoint, drop_restore_points, note_expired, restore_points, same_restore_point
from .trash.restoring import restore_branch, restore_worktree
from .trash.saving import Subject, left_out, save
from .worktrees import (
    Entry,
    add_worktree,
    drop_empty,
    find_worktree,
    lock_worktree,
    parse_worktrees,
    remove_worktree,
    repair,
    unlock_worktree,
    worktrees,
)
from .writable import unwritable

__all__ = [
    "INSTALLED",
    "Candidate",
    "Changes",
    "CommitFiles",
    "Contents",
    "Entry",
    "Known",
    "Loose",
    "Mark",
    "PullRequest",
    "References",
    "Repository",
    "RestorePoint",
    "Source",
    "Subject",
    "Untracked",
    "Verdict",
    "add_worktree",
    "administration_of",
    "all_changes",
    "all_merged",
    "bears",
    "belongs",
    "branch_contains",
    "branches_by_place",
    "bring_back_commits",
    "changed_since",
    "changes",
    "checked_out_at",
    "commit_contains",
    "commit_times",
    "contents",
    "default_branch",
    "default_commit",
    "delete_branch",
    "digest",
    "dirty_submodules",
    "drop_empty",
    "drop_restore_points",
    "dropped_commits",
    "entry_of",
    "exclude",
    "fetch",
    "fetch_pull_request",
    "files_of_commit",
    "find_marked",
    "find_moved_by_hand",
    "find_repository",
    "find_worktree",
    "fingerprint",
    "forget_half_made",
    "git_directory",
    "had",
    "has_own_work",
    "hidden_by_us",
    "hooks_folder",
    "ignored_folders",
    "ignored_matching",
    "include_again",
    "included",
    "is_linked",
    "left_out",
    "listed",
    "lock_reason",
    "lock_worktree",
    "lone_commits",
    "loose_commits",
    "made_at",
    "main_remote",
    "mark",
    "marks",
    "mentioning",
    "merged",
    "move_worktree",
    "newer_upstream",
    "no_commits_yet",
    "note_expired",
    "operation_in",
    "operation_of",
    "parse_worktrees",
    "passing_directory",
    "place_worktree",
    "places",
    "post_checkout",
    "ref_age",
    "references",
    "refuse_beside",
    "remote_of",
    "remove_worktree",
    "renamed",
    "repair",
    "resolve_source",
    "restore_branch",
    "restore_points",
    "restore_worktree",
    "safe_elsewhere",
    "same_restore_point",
    "save",
    "start_of",
    "stranded",
    "tip_of",
    "track",
    "tracked",
    "tracked_files",
    "uncommitted",
    "unlock_worktree",
    "unsaved_index",
    "untracked",
    "unwritable",
    "upstream_of",
    "valid_branch",
    "version",
    "worktrees",
]
