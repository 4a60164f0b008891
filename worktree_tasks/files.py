"""The door to files: copies with their modes, and texts that appear whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from .errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["copy", "drop_unfinished", "inside", "link", "read_text", "write_text"]

# Linux's ioctl for a reflink, from <linux/fs.h>: shares the blocks where the file system can.
_FICLONE = 0x40049409
_UNFINISHED = ".worktree-tasks-unfinished"


def read_text(path: Path) -> str:
    """Read a text with every byte of it, line endings included.

    Raises:
        Failure: It cannot be read.
    """
    try:
        return path.read_bytes().decode(errors="surrogateescape")
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}", "check its permissions") from error


def write_text(path: Path, text: str, *, like: Path | None = None, mode: int = 0o644) -> bool:
    """Write a text beside its place and rename it into place; at no moment can more people read it.

    Args:
        path: Its place. A symbolic link there is replaced, not followed.
        text: The text.
        like: A file whose mode and owner it takes.
        mode: Its mode otherwise.

    Returns:
        False when the file had this text already.

    Raises:
        Failure: It cannot be written; nothing is left then.
    """
    data = text.encode(errors="surrogateescape")
    try:
        if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as (descriptor, temporary):
            with os.fdopen(os.dup(descriptor), "wb") as beside:
                beside.write(data)
            _take_after(descriptor, like.stat() if like else None, mode)
            os.fsync(descriptor)
            temporary.replace(path)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}", "check permissions and free space") from error
    return True


def copy(source: Path, target: Path) -> bool:
    """Copy a file or symbolic link with its mode, as a reflink where the file system can; never over a file.

    Returns:
        False when something is there already.

    Raises:
        Failure: It cannot be copied; nothing is left then.
    """
    if os.path.lexists(target):
        return False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
            return True
        with source.open("rb") as origin, _beside(target) as (descriptor, temporary):
            _fill(origin.fileno(), descriptor, source)
            _take_after(descriptor, source.stat(), 0o600)
            temporary.replace(target)
    except OSError as error:
        raise Failure(
            f"cannot copy {source} to {target}: {error.strerror}", "check permissions and free space"
        ) from error
    return True


def link(target: Path, aim: Path) -> bool:
    """Make a symbolic link; never over a file.

    Args:
        target: Its place.
        aim: Where it leads; relative to the directory it is in, or absolute.

    Returns:
        False when something is there already.

    Raises:
        Failure: It cannot be made.
    """
    if os.path.lexists(target):
        return False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(aim)
    except OSError as error:
        raise Failure(
            f"cannot make {target}: {error.strerror}", "check permissions and free space"
        ) from error
    return True


def drop_unfinished(root: Path, names: Iterable[str]) -> bool:
    """Delete those of some files that a killed command was writing; return whether there were any.

    Args:
        root: The directory that they are in.
        names: Their paths, relative to it.
    """
    found = [root / name for name in names if name.endswith(_UNFINISHED)]
    for path in found:
        path.unlink(missing_ok=True)
    return bool(found)


def inside(path: Path, root: Path) -> bool:
    """Return whether a path's real place, symbolic links followed, lies in a directory."""
    return path.resolve().is_relative_to(root.resolve())


class _beside:  # noqa: N801 - used as a function
    """A file beside a path, readable by its owner only, gone unless renamed.

    Its name is always the same, so that what a killed command left is used by the next one, not kept.
    """

    def __init__(self, path: Path) -> None:
        self._temporary = path.with_name(f".{path.name}{_UNFINISHED}")

    def __enter__(self) -> tuple[int, Path]:
        while True:
            try:
                self._descriptor = os.open(self._temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                self._drop_left_over()
                continue
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if self._is_mine():
                return self._descriptor, self._temporary
            # Another command took it for left over before it was locked.
            os.close(self._descriptor)

    def _drop_left_over(self) -> None:
        """Wait for the command that writes the file, and delete it if that was killed."""
        with suppress(FileNotFoundError):
            self._descriptor = os.open(self._temporary, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                if self._is_mine():
                    self._temporary.unlink()
            finally:
                os.close(self._descriptor)

    def __exit__(self, *_: object) -> None:
        if self._is_mine():
            self._temporary.unlink()
        os.close(self._descriptor)

    def _is_mine(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._temporary.lstat())
        except FileNotFoundError:
            return False


def _fill(source: int, target: int, path: Path) -> None:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        with os.fdopen(os.dup(target), "wb") as copied, path.open("rb") as origin:
            shutil.copyfileobj(origin, copied, 1 << 20)


def _take_after(descriptor: int, model: os.stat_result | None, mode: int) -> None:
    if model:
        mode = stat.S_IMODE(model.st_mode)
        # Owner and group come first: the mode must never speak of another group's members.
        if not _chown(descriptor, model.st_uid, model.st_gid) and not _chown(descriptor, -1, model.st_gid):
            mode &= ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
    os.fchmod(descriptor, mode)


def _chown(descriptor: int, user: int, group: int) -> bool:
    """Give a file away, which only root may do; others may choose among their groups."""
    try:
        os.fchown(descriptor, user, group)
    except PermissionError:
        return False
    return True
