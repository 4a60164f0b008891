"""The words for a worktree's state in JSON documents. Schema 1 never drops one."""

from __future__ import annotations

from typing import Literal

__all__ = ["Merged", "Mode", "Phase", "State"]

State = Literal["running", "starting", "partial", "stopped", "created", "missing", "unmanaged", "unknown"]
Phase = Literal["booting", "ready", "degraded", "stopped", "half-made", "missing", "unmanaged", "unknown"]
Mode = Literal["shared", "clone", "empty"]
# How a branch's work got into the base.
Merged = Literal["same-commit", "ancestor", "tree", "squash", "patch"]
