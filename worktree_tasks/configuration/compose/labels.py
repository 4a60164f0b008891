"""The labels of a stack's containers, networks and volumes: ours, and Compose's own."""

from __future__ import annotations

__all__ = [
    "CONFIG",
    "DEPENDS_ON",
    "DIRECTORY",
    "FILES",
    "KEY",
    "LABEL",
    "MAIN",
    "PROJECT",
    "SERVICE",
    "STACK",
    "WORKTREE",
]

# The prefix of our labels; anything without them is never deleted.
LABEL = "worktree-tasks"
KEY, PROJECT, MAIN, WORKTREE = (f"{LABEL}.{name}" for name in ("key", "project", "main", "worktree"))
# Compose's own label for its project, which is a worktree's stack or main's.
STACK, SERVICE = "com.docker.compose.project", "com.docker.compose.service"
DIRECTORY, FILES = f"{STACK}.working_dir", f"{STACK}.config_files"
# What the service waits for, with the conditions.
DEPENDS_ON = "com.docker.compose.depends_on"
# Only what Compose created has it. A container run from an image that Compose built has all the other labels.
CONFIG = "com.docker.compose.config-hash"
