"""Access to files: copies that keep modes, and texts that are written atomically."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from typing import TYPE_CHECKING

from ..errors import Failure, file_errors
from .safe_open import UNFINISHED, beside, folder_of, kind_of, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "copy",
    "drop_unfinished",
    "inside",
    "link",
    "link_on_the_way",
    "read_text",
    "stamp",
    "text_inside",
    "write_text",
]

# Linux's ioctl for a reflink, from <linux/fs.h>: shares the blocks if the file system can.
_FICLONE = 0x40049409


def read_text(path: Path, *, root: Path | None = None) -> str:
    """Read a text with every byte preserved, including line endings.

    Args:
        path: Its place.
        root: A directory that the place must not lead out of: no symbolic link below it is followed.

    Raises:
        Failure: It cannot be read.
    """
    with file_errors(f"cannot read {path}", "check its permissions"):
        if root is None:
            data = path.read_bytes()
        else:
            with folder_of(path, root, make=False) as folder:
                data = read(folder, path.name)
    return data.decode(errors="surrogateescape")


def text_inside(path: Path, root: Path, *, most: int) -> str | None:
    """Return the text of a file; None if it is missing, leads out of a directory or has too many bytes.

    Args:
        path: Its place.
        root: The directory.
        most: How many bytes it may have.
    """
    try:
        usable = path.is_file() and inside(path, root) and path.stat().st_size <= most
    except (OSError, ValueError):
        return None
    return read_text(path) if usable else None


def write_text(
    path: Path, text: str, *, root: Path | None = None, like: Path | None = None, mode: int = 0o644
) -> bool:
    """Write a text to a temporary file and rename it into place; never more users can read it.

    Args:
        path: Its place. A symbolic link there is neither followed nor replaced.
        text: The text.
        root: A directory that the place must not lead out of: no symbolic link below it is followed.
        like: A file whose mode and owner to copy.
        mode: Its mode if `like` is not given.

    Returns:
        False when the file had this text already.

    Raises:
        Failure: It cannot be written; then nothing is left behind.
    """
    data = text.encode(errors="surrogateescape")
    with file_errors(f"cannot write {path}"), folder_of(path, root, make=True) as folder:
        there = kind_of(folder, path.name)
        if there == stat.S_IFLNK:
            raise Failure(
                f"{path} is a symbolic link", "replace it with a file, or remove it", kind="file-in-branch"
            )
        if there == stat.S_IFREG and read(folder, path.name) == data:
            return False
        with beside(folder, path.name) as (descriptor, temporary):
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(data)
            _take_after(descriptor, like.stat() if like else None, mode)
            os.fsync(descriptor)
            os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def copy(source: Path, target: Path, *, root: Path | None = None) -> bool:
    """Copy a file or symbolic link with its mode, as a reflink if possible; never over an existing file.

    Args:
        source: What to copy.
        target: Its place.
        root: A directory that the place must not lead out of: no symbolic link below it is followed.

    Returns:
        False when something is there already.

    Raises:
        Failure: It cannot be copied; then nothing is left behind.
    """
    if source.is_symlink():
        return link(target, source.readlink(), root=root)
    with file_errors(f"cannot copy {source} to {target}"), folder_of(target, root, make=True) as folder:
        if kind_of(folder, target.name):
            return False
        with source.open("rb") as origin, beside(folder, target.name) as (descriptor, temporary):
            _fill(origin.fileno(), descriptor, source)
            _take_after(descriptor, source.stat(), 0o600)
            os.replace(temporary, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def link(target: Path, destination: Path, *, root: Path | None = None) -> bool:
    """Make a symbolic link; never over an existing file.

    Args:
        target: Its place.
        destination: What it points to; relative to its directory, or absolute.
        root: A directory that the place must not lead out of: no symbolic link below it is followed.

    Returns:
        False when something is there already.

    Raises:
        Failure: It cannot be made.
    """
    with file_errors(f"cannot make {target}"), folder_of(target, root, make=True) as folder:
        if kind_of(folder, target.name):
            return False
        os.symlink(destination, target.name, dir_fd=folder)
    return True


def link_on_the_way(path: Path, root: Path) -> Path | None:
    """Return the first symbolic link between a directory and a path in it; the path itself counts too."""
    steps = [*reversed(path.relative_to(root).parents), path.relative_to(root)][1:]
    return next((root / step for step in steps if (root / step).is_symlink()), None)


def drop_unfinished(root: Path, names: Iterable[str]) -> bool:
    """Delete the temporary files that a killed command left; return whether there were any.

    Args:
        root: The directory that the files are in.
        names: Their paths, relative to it.
    """
    found = [root / name for name in names if name.endswith(UNFINISHED)]
    for path in found:
        path.unlink(missing_ok=True)
    return bool(found)


def inside(path: Path, root: Path) -> bool:
    """Return whether a path, with symbolic links resolved, is in a directory."""
    return path.resolve().is_relative_to(root.resolve())


def stamp(*folders: Path) -> str:
    """Return a value that changes when anything below some directories is written, made, renamed or deleted.

    Directories that we may not read do not count.
    """
    seen = hashlib.sha256()
    waiting = [str(folder) for folder in folders]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda one: one.name)
        except OSError:
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            state = (entry.path, status.st_ino, status.st_mode, status.st_size, status.st_ctime_ns)
            seen.update(repr(state).encode())
            if stat.S_ISDIR(status.st_mode):
                waiting.append(entry.path)
    return seen.hexdigest()


def _fill(source: int, target: int, path: Path) -> None:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        with os.fdopen(os.dup(target), "wb") as copied, path.open("rb") as origin:
            shutil.copyfileobj(origin, copied, 1 << 20)


def _take_after(descriptor: int, model: os.stat_result | None, mode: int) -> None:
    if model:
        mode = stat.S_IMODE(model.st_mode)
        # Set owner and group first: the mode must never apply to another group's members.
        if not _chown(descriptor, model.st_uid, model.st_gid) and not _chown(descriptor, -1, model.st_gid):
            mode &= ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
    os.fchmod(descriptor, mode)


def _chown(descriptor: int, user: int, group: int) -> bool:
    """Change a file's owner, which only root may do; others may choose among their groups."""
    try:
        os.fchown(descriptor, user, group)
    except PermissionError:
        return False
    return True
