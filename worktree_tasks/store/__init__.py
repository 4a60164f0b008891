"""The state store: one SQLite file per user that leases slots, ports and names and records worktrees.

A worktree is identified by its record, not by branch or path: branches are switched, directories moved.
"""

from __future__ import annotations

from .commit_cache import CommitCache
from .databases import Database
from .hosts import FarWorktree, KnownHost
from .record import ProjectRecord, Record
from .state_file import has_record, open_copy, open_store, set_aside, state_directory
from .store import Store

__all__ = [
    "CommitCache",
    "Database",
    "FarWorktree",
    "KnownHost",
    "ProjectRecord",
    "Record",
    "Store",
    "has_record",
    "open_copy",
    "open_store",
    "set_aside",
    "state_directory",
]
