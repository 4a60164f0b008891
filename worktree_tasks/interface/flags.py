"""What the help says of arguments and flags that several tasks have."""

from __future__ import annotations

__all__ = ["BUILD", "HOOKS", "JSON", "NAME", "SLOT", "TELL", "TRUST"]

NAME = {"name": "The worktree: its branch, slug or path; . for the one you are in."}
SLOT = {"slot": "The worktree's N, so that ports are base + N; the smallest free one otherwise."}
BUILD = {"build": "Build this worktree's images anew; main's stay what they are."}
HOOKS = {"hooks": "Run the project's hooks and git's; --no-hooks goes without."}
TRUST = {"trust": "Take a branch from elsewhere that asks for what main does not; wt.plan shows it."}
TELL = {
    "quiet": "Say nothing on stderr but errors.",
    "verbose": "Show what Compose and builds say, as they say it.",
}
JSON = {"json": "Print one JSON document on stdout, and nothing else there."}
