"""Worktrees as other machines tell them."""

from __future__ import annotations

from pathlib import Path

from worktree_tasks.configuration.compose.role_changes import RoleChange
from worktree_tasks.configuration.remote_documents import worktree_of
from worktree_tasks.configuration.worktree_result import (
    OwnDatabase,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from worktree_tasks.interface.output import documents

TREE = Worktree(
    "auth", "feature/auth", Path("/far/auth"), 1, "http://localhost:8001", "shop-auth", "running", "ready",
    {"web": ServiceState("running", "healthy", (PublishedPort(8000, 8001, "http://localhost:8001"),))},
    "clone", WorktreeChanges(1, 2, 3, 4, 5), "tree", "held",
    databases=(OwnDatabase("db", "x", "mysql", "clone"),),
    pending=(RoleChange("redis", "shared", "own", "asked"),), on="box",
)  # fmt: skip


def test_a_worktree_comes_back_from_its_document_whole():
    assert worktree_of(documents.worktree(TREE), "box") == TREE


def test_what_a_later_version_adds_to_documents_is_left_out():
    document = documents.worktree(TREE)
    document |= {"later": 1}
    document["services"]["web"]["later"] = 2
    document["services"]["web"]["ports"][0]["later"] = 3
    assert worktree_of(document, "box") == TREE
