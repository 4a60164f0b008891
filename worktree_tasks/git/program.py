"""How the git program is started here: never a prompt, never another repository's environment, one lock."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import interruption
from ..command import CommandError, environment, run
from ..errors import Failure
from ..machine.locks import hold
from .git_directories import git_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..command import Result

__all__ = ["ASKING_NOTHING", "LOCK_SECONDS", "OLDEST", "alone", "fields", "git", "version"]

LOCK_SECONDS = 60.0
# The first that joins a worktree that was moved by hand with its repository again.
OLDEST = (2, 30)

# Where `core.hooksPath` is relative, git would run what the branch of the checkout has there.
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
# Nothing waits for a password, neither on a terminal nor in a window of the desktop, also of a filter or a
# partial clone. A program that the user gave to git by GIT_ASKPASS or `core.askPass` answers before them.
ASKING_NOTHING = {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS": "true", "GCM_INTERACTIVE": "never"}
# A question must not take `index.lock` from under somebody who is committing.
_QUIET = {**ASKING_NOTHING, "GIT_OPTIONAL_LOCKS": "0"}

_thread = threading.local()


def git(
    cwd: Path,
    *arguments: str,
    stdin: str | None = None,
    check: bool = True,
    extra: Mapping[str, str] | None = None,
    keep: bool = False,
    seconds: float | None = None,
) -> Result:
    """Run git in a directory, without any hook.

    Args:
        cwd: Where to run it.
        arguments: What follows `git`.
        stdin: What it reads.
        check: Whether an exit code other than 0 raises.
        extra: Environment variables to add.
        keep: Whether it holds our locks too, until it ends.
        seconds: How long it may take; for ever by default.

    Raises:
        CommandError: git failed and `check` was set.
        OutOfTime: It took longer than `seconds`.
    """
    data = stdin.encode(errors="surrogateescape") if stdin is not None else None
    variables = environment(extra={**_QUIET, **(extra or {})})
    argv = ["git", *_NO_HOOKS, *arguments]
    done = run(argv, cwd=cwd, env=variables, stdin=data, check=False, keep=keep, seconds=seconds)
    # Errors name what was asked of git.
    result = done._replace(argv=("git", *arguments))
    if check and result.code:
        interruption.settle()
        raise CommandError(result, _hint(cwd))
    return result


def _hint(cwd: Path) -> str:
    """Return what helps where a checkout's link to its repository is damaged; nothing elsewhere."""
    if not (cwd / ".git").is_file():
        return ""
    try:
        damaged = not git_directory(cwd).is_dir()
    except Failure:
        damaged = True
    return "wt.doctor --fix repairs the link of a worktree to its repository" if damaged else ""


def version(cwd: Path) -> str:
    """Return the version of the git program, such as `2.39.5`.

    Raises:
        Failure: There is none, or it is too old.
    """
    said = git(cwd, "--version").out
    found = re.search(r"(\d+)\.(\d+)(?:\.\d+)*", said)
    hint = f"install git {'.'.join(map(str, OLDEST))} or later: https://git-scm.com/downloads"
    if not found:
        raise Failure(f"git does not tell its version: {said.strip()!r}", hint, kind="git-unusable")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise Failure(f"git {found[0]} is older than {'.'.join(map(str, OLDEST))}", hint, kind="git-unusable")
    return found[0]


def fields(text: str) -> tuple[str, ...]:
    """Split the output of a `-z` command."""
    return tuple(text.removesuffix("\0").split("\0")) if text else ()


@contextmanager
def alone(common_dir: Path, *, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the repository's lock: one command of ours at a time writes its administrative files.

    The thread that holds it may enter again. git does not serialise this itself: a `worktree add` that reads
    the half-made entry of another one dies with "failed to read .git/worktrees/NAME/commondir".

    Raises:
        Failure: The lock was not free within `seconds`, or cannot be written.
        KeyboardInterrupt: The command is being interrupted.
    """
    mine: set[Path] = _thread.__dict__.setdefault("mine", set())
    if common_dir in mine:
        yield
        return
    with hold(common_dir, "worktree-tasks", what=str(common_dir), seconds=seconds, keep=False):
        mine.add(common_dir)
        try:
            yield
        finally:
            mine.discard(common_dir)
