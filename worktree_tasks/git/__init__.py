"""The interface to git: worktrees, branches, and what is changed, merged and ignored."""

# What the package exports is imported here for type checkers only.
# mypy: implicit-reexport
# ruff: noqa: F401

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import exporting

# Loading the module of this name later would hide the function.
from .references import references

if TYPE_CHECKING:
    from .base_branch import default_branch, default_commit
    from .branch_names import valid_branch
    from .branch_source import Source, newer_upstream, refuse_beside, resolve_source, upstream_of
    from .branches import (
        branch_contains,
        checked_out_at,
        commit_contains,
        delete_branch,
        safe_elsewhere,
        stranded,
        tip_of,
        track,
    )
    from .change_counts import Changes, CheckoutLooks, all_changes, changes, uncommitted
    from .checked_out_branches import branches_by_place, entry_of, places, registered_entries
    from .commit_ages import commit_times
    from .content_fingerprints import fingerprint
    from .exclude_file import exclude, hidden_by_us, include_again
    from .fetching import fetch
    from .file_comparison import changed_since, had, listed, mentioning, tracked_files
    from .files_in_commit import CommitFiles, files_of_commit
    from .files_without_work import KnownFiles, digest
    from .fixed_history import has_fixed_history
    from .git_directories import administration_of, git_directory, is_linked, lock_reason
    from .git_hooks import hooks_folder, post_checkout, run_post_checkout
    from .half_deleted_entries import drop_half_deleted
    from .ignored_files import (
        INSTALLED,
        Untracked,
        ignored_folders,
        ignored_matching,
        included,
        tracked,
        untracked,
    )
    from .merge_detection import Candidate, Verdict, all_merged, no_commits_yet
    from .nested_repositories import has_own_work
    from .program import version
    from .pull_requests import PullRequest, fetch_pull_request, main_remote
    from .record_traces import find_moved_by_hand, made_at, renamed, start_of
    from .remotes import remote_of
    from .repository import Repository
    from .repository_lookup import checkout_around, find_repository, foreign_directories
    from .shared_directories import shared_directory
    from .status import operation_in, operation_of
    from .submodule_changes import dirty_submodules
    from .submodule_commits import submodules_with_lone_commits
    from .submodules import populate_submodules
    from .temporary_directories import passing_directory
    from .trash.branch_restoring import restore_branch
    from .trash.commit_restoring import bring_back_commits
    from .trash.restore_points import (
        RestorePoint,
        drop_restore_points,
        note_expired,
        restore_points,
        same_point,
    )
    from .trash.worktree_restoring import restore_worktree
    from .trash.worktree_saving import Subject, left_out, save
    from .uncommitted_files import UncommittedFiles, find_uncommitted
    from .unreachable_commits import Loose, dropped_commits, loose_commits
    from .worktree_addition import add_worktree, forget_half_made
    from .worktree_entries import Entry, worktrees
    from .worktree_lock_and_removal import drop_empty, lock_worktree, remove_worktree, repair, unlock_worktree
    from .worktree_marker import WorktreeMark, find_marked, is_marked, mark, marks
    from .worktree_metadata import unsaved_index
    from .worktree_moving import bears, move_worktree, place_worktree
    from .write_permission import unwritable


# Each is loaded when it is first used.
__getattr__ = exporting(
    __name__,
    {
        "base_branch": "default_branch default_commit",
        "change_counts": "Changes CheckoutLooks all_changes changes uncommitted",
        "fixed_history": "has_fixed_history",
        "merge_detection": "Candidate Verdict all_merged no_commits_yet",
        "worktree_entries": "Entry worktrees",
        "worktree_addition": "add_worktree forget_half_made",
        "worktree_metadata": "unsaved_index",
        "commit_ages": "commit_times",
        "branch_names": "valid_branch",
        "branch_source": "Source newer_upstream refuse_beside resolve_source upstream_of",
        "fetching": "fetch",
        "branches": (
            "branch_contains checked_out_at commit_contains delete_branch "
            "safe_elsewhere stranded tip_of track"
        ),
        "checked_out_branches": "branches_by_place entry_of places registered_entries",
        "repository_lookup": "checkout_around find_repository foreign_directories",
        "files_in_commit": "CommitFiles files_of_commit",
        "file_comparison": "changed_since had listed mentioning tracked_files",
        "git_directories": "administration_of git_directory is_linked lock_reason",
        "content_fingerprints": "fingerprint",
        "git_hooks": "hooks_folder post_checkout run_post_checkout",
        "half_deleted_entries": "drop_half_deleted",
        "exclude_file": "exclude hidden_by_us include_again",
        "ignored_files": "INSTALLED Untracked ignored_folders ignored_matching included tracked untracked",
        "nested_repositories": "has_own_work",
        "files_without_work": "KnownFiles digest",
        "worktree_marker": "WorktreeMark find_marked is_marked mark marks",
        "worktree_moving": "bears move_worktree place_worktree",
        "temporary_directories": "passing_directory",
        "program": "version",
        "pull_requests": "PullRequest fetch_pull_request main_remote",
        "unreachable_commits": "Loose dropped_commits loose_commits",
        "remotes": "remote_of",
        "repository": "Repository",
        "shared_directories": "shared_directory",
        "status": "operation_in operation_of",
        "submodule_commits": "submodules_with_lone_commits",
        "submodule_changes": "dirty_submodules",
        "submodules": "populate_submodules",
        "record_traces": "find_moved_by_hand made_at renamed start_of",
        "trash.commit_restoring": "bring_back_commits",
        "uncommitted_files": "UncommittedFiles find_uncommitted",
        "trash.restore_points": "RestorePoint drop_restore_points note_expired restore_points same_point",
        "trash.branch_restoring": "restore_branch",
        "trash.worktree_restoring": "restore_worktree",
        "trash.worktree_saving": "Subject left_out save",
        "worktree_lock_and_removal": "drop_empty lock_worktree remove_worktree repair unlock_worktree",
        "write_permission": "unwritable",
    },
)
