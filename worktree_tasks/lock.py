"""Locks between commands, released by the system when a process dies."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["held", "hold", "show"]


@contextmanager
def hold(directory: Path, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock while the block runs.

    Args:
        directory: Where the lock's file lies; made when it is not there.
        name: What is locked, such as a project's number and a worktree's name.
        waiting: Called once when another command has it, before waiting.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - costs 50 ms, and reading commands take no lock

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(directory / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


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
    from filelock import FileLock, Timeout  # noqa: PLC0415 - as above

    for file in directory.glob(f"{pattern}.lock"):
        try:
            with FileLock(file).acquire(timeout=0):
                continue
        except Timeout:
            return True
    return False
