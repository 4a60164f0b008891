"""Files opened through their directories, so that a symbolic link made meanwhile cannot lead elsewhere."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["UNFINISHED", "beside", "folder_of", "kind_of", "read"]

UNFINISHED = ".worktree-tasks-unfinished"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


@contextmanager
def folder_of(path: Path, root: Path | None, *, make: bool) -> Iterator[int]:
    """Open the directory that a path is in; missing parts of it can be made.

    Args:
        path: The path.
        root: A directory below which no symbolic link is followed; None follows all.
        make: Whether to make missing directories.
    """
    if root is None and make:
        path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root or path.parent, _DIRECTORY)
    try:
        for part in path.parent.relative_to(root).parts if root else ():
            with suppress(FileExistsError):
                if make:
                    os.mkdir(part, dir_fd=descriptor)
            inner = os.open(part, _DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def kind_of(folder: int, name: str) -> int:
    """Return the kind of a file in a directory, as in `stat`; 0 if there is none."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def read(folder: int, name: str) -> bytes:
    """Return the content of a file in a directory."""
    # Whatever was put there meanwhile, this neither follows a link nor blocks.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


class beside:  # noqa: N801 - used as a function
    """A temporary file beside another, readable by its owner only, deleted unless renamed.

    Its name is always the same, so that the next command reuses what a killed command left.
    """

    def __init__(self, folder: int, name: str) -> None:
        self._folder = folder
        self._temporary = f".{name}{UNFINISHED}"

    def __enter__(self) -> tuple[int, str]:
        while True:
            try:
                self._descriptor = self._open(os.O_RDWR | os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                self._drop_left_over()
                continue
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if self._is_mine():
                return self._descriptor, self._temporary
            # Another command took it for a leftover before it was locked.
            os.close(self._descriptor)

    def _open(self, flags: int) -> int:
        return os.open(self._temporary, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=self._folder)

    def _drop_left_over(self) -> None:
        """Wait for the command that writes the file, and delete the file if that command was killed."""
        with suppress(FileNotFoundError):
            self._descriptor = self._open(os.O_RDONLY)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                self._drop_mine()
            finally:
                os.close(self._descriptor)

    def __exit__(self, *_: object) -> None:
        self._drop_mine()
        os.close(self._descriptor)

    def _drop_mine(self) -> None:
        if self._is_mine():
            os.unlink(self._temporary, dir_fd=self._folder)

    def _is_mine(self) -> bool:
        try:
            there = os.stat(self._temporary, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(self._descriptor), there)
