"""Flags and arguments that several tasks share, with their help."""

from __future__ import annotations

__all__ = [
    "BASE",
    "BUILD",
    "DATABASE",
    "EVENTS",
    "HOOKS",
    "JSON",
    "NAME",
    "NAME_OR_MAIN",
    "ON",
    "RENEW",
    "SLOT",
    "START",
    "TELL",
    "TIMEOUT",
    "TRUST",
]

NAME = {"name": "The worktree: its branch, slug or path; . for the one you are in."}
NAME_OR_MAIN = {"name": f"{NAME['name'].rstrip('.')}; main for the main checkout."}
BASE = {"base": "Where a new branch starts; by default the setting base, else the default branch."}
START = {"start": "With --no-start the stack stays down."}
SLOT = {"slot": "The worktree's N: its ports are base + N. The smallest free one by default."}
BUILD = {"build": "Rebuild this worktree's images; main's stay unchanged."}
DATABASE = {"database": "shared: main's database; clone: a copy of it; empty: one without tables."}
RENEW = {
    "renew": "Re-decide which services are own, ports, network and host; by default all stay as they are."
}
HOOKS = {"hooks": "With --no-hooks neither the project's hooks nor git's run."}
TRUST = {
    "trust": "Accept a branch from elsewhere that asks for more access than main does; wt.plan shows what."
}
TELL = {
    "quiet": "Print only errors on stderr.",
    "verbose": "Stream the output of Compose and of builds.",
}
ON = {"on": "The machine to run on, as ssh or the setting hosts knows it; by default this one."}
TIMEOUT = {"timeout": "Give up after this many seconds; the same command finishes what was begun."}
EVENTS = {"events": "With --json: report each step on stderr, as one JSON object per line."}
JSON = {"json": "Print one JSON document on stdout, and nothing else there."}
