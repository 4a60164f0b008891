"""Run the git program: without prompts, without another repository's environment, with one lock."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import interruption
from ..command import CommandError, environment, run
from ..errors import Failure
from ..lazy_modules import later
from ..machine.locks import hold
from ..printable import lines_of
from ..quick_dataclasses import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..command import Result
    from . import damage
else:
    # Only failures need it.
    (damage,) = later(__package__, ".damage")

__all__ = ["ASKING_NOTHING", "LOCK_SECONDS", "OLDEST", "alone", "fields", "git", "version"]

LOCK_SECONDS = 60.0
# The first version that can relink a worktree that was moved by hand.
OLDEST = (2, 30)

# With a relative `core.hooksPath`, git would run hooks from the checkout's branch.
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
# Nothing prompts for a password, on a terminal or in a desktop window, not even for a filter or a partial
# clone. A program in the user's GIT_ASKPASS or `core.askPass` still takes precedence.
ASKING_NOTHING = {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS": "true", "GCM_INTERACTIVE": "never"}
# A read-only command must not take `index.lock` while the user commits.
_QUIET = {**ASKING_NOTHING, "GIT_OPTIONAL_LOCKS": "0"}

# A walk along all branches that it lists first, and then reads one by one.
_WALKS = ("log", "rev-list")
_ALONG_ALL = ("--all", "--branches", "--glob", "--remotes")
_FATAL = 128
_TRIES = 3

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

    A walk along all branches ends with "bad object" if another command deletes one of them meanwhile. It
    starts again then.

    Args:
        cwd: Where to run it.
        arguments: What follows `git`.
        stdin: Its standard input.
        check: Whether a non-zero exit code raises. A killed git gave no answer, so that always raises.
        extra: Environment variables to add.
        keep: Whether it inherits our locks until it ends.
        seconds: How long it may take; unlimited by default.

    Raises:
        CommandError: git failed and `check` was set, or git was killed.
        OutOfTime: It took longer than `seconds`.
    """
    data = stdin.encode(errors="surrogateescape") if stdin is not None else None
    variables = environment(extra={**_QUIET, **(extra or {})})
    argv = ["git", *_NO_HOOKS, *arguments]
    for _ in range(_TRIES if _walks_along_all(arguments) else 1):
        done = run(argv, cwd=cwd, env=variables, stdin=data, check=False, keep=keep, seconds=seconds)
        if done.code != _FATAL:
            break
    # Errors show the command without our options.
    result = replace(done, argv=("git", *arguments))
    if result.code < 0 or (check and result.code):
        interruption.wait_for_ctrl_c()
        raise CommandError(result, damage.remedy(cwd, result.err) or _advice(result.err))
    return result


def _walks_along_all(arguments: tuple[str, ...]) -> bool:
    return arguments[0] in _WALKS and any(one.partition("=")[0] in _ALONG_ALL for one in arguments)


def _advice(said: str) -> str:
    """Return the command that git advises, which it indents, such as the one that trusts a directory."""
    last = next(iter(lines_of(said)[-1:]), "")
    return last.strip() if last.startswith("\t") else ""


def version(cwd: Path) -> str:
    """Return the version of the git program, such as `2.39.5`.

    Raises:
        Failure: Its version is unknown or too old.
    """
    printed = git(cwd, "--version").out
    found = re.search(r"(\d+)\.(\d+)(?:\.\d+)*", printed)
    hint = f"install git {'.'.join(map(str, OLDEST))} or later: https://git-scm.com/downloads"
    if not found:
        raise Failure(f"git does not print its version: {printed.strip()!r}", hint, kind="git-unusable")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise Failure(f"git {found[0]} is older than {'.'.join(map(str, OLDEST))}", hint, kind="git-unusable")
    return found[0]


def fields(text: str) -> tuple[str, ...]:
    """Split the output of a `-z` command."""
    return tuple(text.removesuffix("\0").split("\0")) if text else ()


@contextmanager
def alone(common_dir: Path, *, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the repository's lock, so that only one of our commands writes its administrative files at a time.

    The lock is reentrant within its thread. git does not serialise this itself: a `worktree add` that reads
    the half-created entry of another one fails with "failed to read .git/worktrees/NAME/commondir".

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
