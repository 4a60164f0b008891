"""Where the git directories of checkouts are, and which is whose, read from files without running git."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .repository import Repository

__all__ = [
    "administration_of",
    "common_directory",
    "content",
    "entries_of",
    "git_directory",
    "is_linked",
    "linked_administration",
    "lock_reason",
    "registered",
]


def git_directory(checkout: Path) -> Path:
    """Return the git directory of a checkout's root.

    Raises:
        Failure: There is none.
    """
    link = checkout / ".git"
    if link.is_dir():
        return link
    try:
        # As bytes: reading text would change line ends, and a path may contain a `\r`.
        text = os.fsdecode(link.read_bytes())
    except OSError as error:
        raise Failure(
            f"{checkout} is not a checkout", "git worktree list shows them", kind="link-broken"
        ) from error
    if not text.startswith("gitdir: "):
        raise Failure(
            f"{link} does not name a git directory", "git worktree repair may fix it", kind="link-broken"
        )
    return checkout / text.removeprefix("gitdir: ").removesuffix("\n")


def common_directory(checkout: Path) -> Path:
    """Return the git directory that a checkout's root shares with its other worktrees.

    Raises:
        Failure: There is none.
    """
    own = git_directory(checkout)
    try:
        return own / os.fsdecode((own / "commondir").read_bytes().removesuffix(b"\n"))
    except FileNotFoundError:
        return own


def administration_of(repo: Repository, worktree: Path) -> Path:
    """Return git's directory of a linked worktree, whose own directory may be gone.

    Raises:
        Failure: git does not know it.
    """
    found = next(entries_of(repo, worktree), None)
    if found is None:
        raise Failure(
            f"git has no worktree registered at {worktree}",
            "git worktree list shows them",
            kind="link-broken",
        )
    return found


def entries_of(repo: Repository, worktree: Path) -> Iterator[Path]:
    """Yield git's directories that name a linked worktree; several if git was killed at a bad moment."""
    for admin, link in registered(repo):
        if link == worktree / ".git":
            yield admin


def registered(repo: Repository) -> Iterator[tuple[Path, Path]]:
    """Yield git's directories of linked worktrees, each with the `.git` file that it names."""
    try:
        found = sorted((repo.common_dir / "worktrees").iterdir())
    except FileNotFoundError:  # git creates it with the first worktree and removes it with the last
        return
    for admin in found:
        link = _link(admin)
        if link is not None:
            yield admin, link


def is_linked(repo: Repository, worktree: Path) -> bool:
    """Return whether the `.git` file of a worktree leads to its git directory, and that back."""
    return linked_administration(repo, worktree) is not None


def linked_administration(repo: Repository, worktree: Path) -> Path | None:
    """Return git's directory of a worktree; None if its `.git` does not lead there, and that back."""
    try:
        found = git_directory(worktree)
    except Failure:
        return None
    there = repo.common_dir / "worktrees"
    if found.parent != there or found.name == os.pardir or found.is_symlink():
        # Written differently, but perhaps the same.
        found = found.resolve()
        if found.parent != there.resolve():
            return None
    return found if _link(found) == worktree / ".git" else None


def _link(admin: Path) -> Path | None:
    """Return the path in the file `gitdir` of a worktree's git directory; None without that file."""
    text = content(admin / "gitdir")
    # A relative path starts at the file's directory.
    return None if text is None else Path(os.path.normpath(admin / os.fsdecode(text.rstrip(b"\n"))))


def content(file: Path) -> bytes | None:
    """Return the content of a file about a worktree; None if missing, as another command may remove it."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def lock_reason(admin: Path) -> str | None:
    """Return why a worktree is locked, "" if no reason was given; None if it is not locked."""
    text = content(admin / "locked")
    return None if text is None else os.fsdecode(text).strip()
