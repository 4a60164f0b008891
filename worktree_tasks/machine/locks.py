"""Locks between commands, released by the system when a process and the programs it keeps waiting for die."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from ..child_processes import keeping
from ..errors import Failure, file_errors
from ..waiting import wait_while
from .lock_holder import orphans, sign, unsign, who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["LONGEST", "InUse", "file_of", "held", "held_names", "hold", "show", "tidy"]

# Another command may build images or clone a database; one that takes longer than this is stuck.
LONGEST = 1800.0
# A command that only checks whether a lock is held takes it for less time than this.
_LOOKED_AT_SECONDS = 0.05


class InUse(Failure):
    """A lock was not free in time."""

    kind = "in-use"


@contextmanager
def hold(
    directory: Path,
    name: str,
    waiting: Callable[[str], None] | None = None,
    *,
    what: str = "",
    seconds: float = LONGEST,
    keep: bool = True,
    shared: bool = False,
) -> Iterator[None]:
    """Hold a lock while the block runs.

    Args:
        directory: The directory of the lock's file; made if it is missing.
        name: What is locked, such as a project's number and a worktree's name.
        waiting: Called once, before waiting, with a description of who holds it.
        what: What is locked, for the error.
        seconds: How long to wait.
        keep: Whether programs that `command.run` starts with `keep` hold it too, so that the next command
            waits for those that go on when ours is killed.
        shared: Whether any number of commands may hold it at once; otherwise it is exclusive.

    Raises:
        InUse: It was not free in time.
        Failure: Its file cannot be written.
        KeyboardInterrupt: The command is being interrupted.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    descriptor = _locked_descriptor(file_of(directory, name), kind, waiting, what or name, seconds)
    try:
        # A shared lock has no single holder.
        (unsign if shared else sign)(descriptor)
        with keeping(descriptor) if keep else nullcontext():
            yield
        if not shared:
            unsign(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def file_of(directory: Path, name: str) -> Path:
    """Return the file of a lock."""
    return directory / f"{name}.lock"


def _locked_descriptor(
    file: Path, kind: int, waiting: Callable[[str], None] | None, what: str, seconds: float
) -> int:
    """Open and lock a file, waiting as long as it takes; return its descriptor."""
    while True:
        descriptor = _opened(file)
        try:
            if not _locked(descriptor, kind):
                _wait(descriptor, kind, file, waiting, what, seconds)
            if _is_at(descriptor, file):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # It was deleted before it was locked: the lock is the file that has its path now.
        os.close(descriptor)


def _is_at(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


def _wait(
    descriptor: int, kind: int, file: Path, waiting: Callable[[str], None] | None, what: str, seconds: float
) -> None:
    def in_use() -> bool:
        return not _locked(descriptor, kind)

    if not wait_while(in_use, _LOOKED_AT_SECONDS):
        return
    if waiting is not None:
        waiting(who(file))
    if wait_while(in_use, seconds):
        raise InUse(
            f"{what} is in use: waited {seconds:g} s for {who(file)}",
            "wt.doctor --fix ends what was left running"
            if orphans(file)
            else "wait for it to end, or end it, and run this again",
        )


def _opened(file: Path) -> int:
    with file_errors(str(file), "check its permissions"):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Lock a file without waiting."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def show(directory: Path, name: str) -> Iterator[None]:
    """Let `held` see that something is in use while the block runs; any number of commands may use it.

    Args:
        directory: The directory of the locks.
        name: The beginning of the lock's name.
    """
    mine = f"{name}.{os.getpid()}-{os.urandom(4).hex()}"
    with hold(directory, mine):
        try:
            yield
        finally:
            file_of(directory, mine).unlink(missing_ok=True)


def held(directory: Path, pattern: str) -> bool:
    """Return whether another command holds any of some locks.

    Args:
        directory: The directory of the locks' files.
        pattern: A glob pattern of locks' names.
    """
    return any(_is_held(file) for file in directory.glob(f"{pattern}.lock"))


def held_names(directory: Path) -> frozenset[str]:
    """Return the names of all locks that other commands hold."""
    return frozenset(file.stem for file in directory.glob("*.lock") if _is_held(file))


def _is_held(file: Path) -> bool:
    with _looked_at(file) as descriptor:
        return descriptor is not None and not _locked(descriptor)


def tidy(directory: Path) -> None:
    """Delete the files of locks that were not held for longer than any command waits for one.

    A command of an earlier version does not see that the file that it waits for is deleted; none is that old.
    """
    for file in directory.glob("*.lock"):
        with _looked_at(file) as descriptor:
            if descriptor is None or not _locked(descriptor) or not _is_at(descriptor, file):
                continue
            if time.time() - os.fstat(descriptor).st_mtime > LONGEST:
                file.unlink()


@contextmanager
def _looked_at(file: Path) -> Iterator[int | None]:
    """Open the file of a lock without making it; None if it is gone."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}", "check its permissions", kind="file-error") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)
