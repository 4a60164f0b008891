"""Locks between commands, released by the system when a process and the programs it keeps waiting for die."""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import interruption
from .command import keeping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["held", "hold", "show"]

_POLL_SECONDS = 0.05


@contextmanager
def hold(directory: Path, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock while the block runs.

    Programs that `command.run` starts with `keep` hold it too, so that the next command waits for those that
    go on when ours is killed.

    Args:
        directory: Where the lock's file lies; made when it is not there.
        name: What is locked, such as a project's number and a worktree's name.
        waiting: Called once when another command has it, before waiting.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor):
            waiting()
            # Ctrl-C ends no wait of a thread by itself.
            while not _locked(descriptor):
                interruption.pause(_POLL_SECONDS)
        with keeping(descriptor):
            yield
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock a file if that is possible at once."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def show(directory: Path, name: str) -> Iterator[None]:
    """Let `held` see that something is in use while the block runs; any number of commands may use it.

    Args:
        directory: Where locks lie.
        name: How the lock's name begins.
    """
    mine = f"{name}.{os.getpid()}-{secrets.token_hex(4)}"
    with hold(directory, mine, lambda: None):
        try:
            yield
        finally:
            (directory / f"{mine}.lock").unlink(missing_ok=True)


def held(directory: Path, pattern: str) -> bool:
    """Return whether another command has one of some locks.

    Args:
        directory: Where the locks' files lie.
        pattern: A glob pattern of locks' names.
    """
    for file in directory.glob(f"{pattern}.lock"):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _locked(descriptor):
                return True
        finally:
            os.close(descriptor)
    return False
