"""Git's hooks: only main's hook for a new worktree, never hooks from a branch.

A relative `core.hooksPath` is relative to the checkout that git runs in, whose content comes from a branch.
So `program.git` runs no hooks at all, and this module runs main's `post-checkout`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..command import CommandError, hook_environment, run
from .git_directories import content
from .program import ASKING_NOTHING, fields, git

if TYPE_CHECKING:
    from pathlib import Path

    from .repository import Repository

__all__ = ["hook_argv", "hooks_folder", "post_checkout", "run_post_checkout"]

_NAME = "post-checkout"


def hook_argv(head: str) -> tuple[str, ...]:
    """Return the post-checkout hook's name and arguments as `git worktree add` would give them."""
    return (_NAME, "--", "0" * len(head), head, "1")


def post_checkout(repo: Repository) -> Path | None:
    """Return the hook that runs in a new worktree; None if main has none."""
    place = _directory(repo, repo.main)
    file = place / _NAME if place else None
    return file if file and os.access(file, os.X_OK) else None


def hooks_folder(repo: Repository) -> str | None:
    """Return the directory in main's checkout that `core.hooksPath` names, relative to it, if any."""
    # Most repositories do not set it, and then no process is needed.
    texts = (content(repo.common_dir / name) or b"" for name in ("config", "config.worktree"))
    if not any(word in text.lower() for text in texts for word in (b"hookspath", b"include")):
        return None
    place = _directory(repo, repo.main)
    if place is None or place == repo.main or not place.is_relative_to(repo.main):
        return None
    return None if place.is_relative_to(repo.common_dir) else str(place.relative_to(repo.main))


def run_post_checkout(repo: Repository, path: Path) -> tuple[str, ...]:
    """Run main's post-checkout hook in a new worktree.

    Returns:
        One line if it failed; the worktree is complete nevertheless.
    """
    place = _directory(repo, path)
    if place is None or not os.access(place / _NAME, os.X_OK):
        return ()
    name, *arguments = hook_argv(git(path, "rev-parse", "HEAD").out.strip())
    hooks = ("-c", f"core.hooksPath={place}")
    env = hook_environment(ASKING_NOTHING)
    done = git(path, *hooks, "hook", "run", "--ignore-missing", name, *arguments, check=False, extra=env)
    if done.code and "hook" not in git(path, "--list-cmds=builtins").out.split():  # git < 2.36
        done = run([str(place / name), *arguments[1:]], cwd=path, env=env, check=False)
    return () if done.code == 0 else (f"post-checkout hook: {CommandError(done).what}",)


def _directory(repo: Repository, checkout: Path) -> Path | None:
    """Return a checkout's hooks directory; None if it has none. A relative `core.hooksPath` is main's."""
    listed = git(checkout, "config", "-z", "--type=path", "--get-all", "core.hooksPath", check=False)
    # The last value is the one that `program.git` adds on its command line.
    configured = fields(listed.out)[:-1]
    if not configured:
        return repo.common_dir / "hooks"
    return repo.main / configured[-1] if configured[-1] else None
