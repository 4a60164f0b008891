"""Damaged files of git's own, as a crash leaves them, and the command that makes them again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from ..errors import Failure
from .git_directories import git_directory

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["remedy"]

_HEAD = re.compile(rb"(ref: refs/.+|[0-9a-f]{40}|[0-9a-f]{64})\n?")
_INDEX = "index file"


def remedy(checkout: Path, said: str) -> str:
    """Return a hint if git failed because files of its own are damaged; otherwise an empty text.

    Args:
        checkout: Where it was run.
        said: What it wrote.
    """
    try:
        admin = git_directory(checkout)
    except Failure:
        linked = (checkout / ".git").is_file()
        return "wt.doctor --fix repairs the link of a worktree to its repository" if linked else ""
    if not admin.is_dir():
        return "wt.doctor --fix repairs the link of a worktree to its repository"
    if not _HEAD.fullmatch(_content(admin / "HEAD")):
        head = shlex.quote(str(admin / "HEAD"))
        return f"its HEAD is damaged: echo 'ref: refs/heads/BRANCH' > {head}, with the name of its branch"
    if _INDEX in said:
        index, root = (shlex.quote(str(one)) for one in (admin / "index", checkout))
        return f"its index is damaged: rm {index}, then git -C {root} reset; this changes no file"
    return ""


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
