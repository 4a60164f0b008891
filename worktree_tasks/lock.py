"""Locks between commands, released by the system when a process dies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["hold"]


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
