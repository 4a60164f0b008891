"""What would be lost with a worktree, and the words in which its removal is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..printable import printable
from ..quick_dataclasses import dataclass, replace
from .formatting import spoken_count, spoken_size
from .unsavable_files import discard_flags

if TYPE_CHECKING:
    from .unsavable_files import LeftOut

__all__ = ["Losses", "named", "remedy", "spoken"]

_NAMED = 5
_BEYOND = "too large or unreadable for a restore point"


@dataclass(frozen=True, slots=True)
class Losses:
    """What would be lost with a worktree.

    Attributes:
        modified: How many tracked files have staged, unstaged or conflicting changes.
        untracked: How many untracked files there are; a directory with nothing else counts as one.
        commits: Commits on no remaining local branch and no remote branch, as `1a2b3c4 Subject`.
        dropped: Commits that only its reflog has, without a newer version anywhere; written the same way.
        operation: The git operation in progress, such as `rebase`.
        files: The modified and untracked files.
        repositories: Repositories inside it with changes, or with commits that are nowhere else.
        unsaved: Data that a restore point cannot hold.
    """

    modified: int = 0
    untracked: int = 0
    commits: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    operation: str | None = None
    files: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    unsaved: tuple[LeftOut, ...] = ()


def spoken(losses: Losses) -> tuple[str, ...]:
    """Return the losses in words, each with its number; none if nothing would be lost."""
    size = sum(one.size for one in losses.unsaved if one.size > 0)
    large = f" ({spoken_size(size)})" if size else ""
    words = (
        f"{losses.modified} modified" if losses.modified else "",
        f"{losses.untracked} untracked" if losses.untracked else "",
        spoken_count(
            len(losses.commits), "commit on no other branch or remote", "commits on no other branch or remote"
        ),
        spoken_count(len(losses.dropped), "commit only in its reflog", "commits only in its reflog"),
        f"a {losses.operation} in progress" if losses.operation else "",
        spoken_count(
            len(losses.repositories),
            "nested repository with unsaved work",
            "nested repositories with unsaved work",
        ),
        spoken_count(
            len(losses.unsaved),
            f"file or directory {_BEYOND}{large}",
            f"files or directories {_BEYOND}{large}",
        ),
    )
    return tuple(one for one in words if one)


def remedy(losses: Losses, name: str, path: str, *, force: bool = False) -> str:
    """Return what can be done about losses.

    Args:
        losses: The losses.
        name: The worktree's name.
        path: Its directory.
        force: Whether `--force` was given.
    """
    saved = replace(losses, unsaved=())
    command = f"wt.remove {name}{' --force' if force or spoken(saved) else ''}"
    if losses.unsaved:
        first = "copy it elsewhere, or make it readable and raise wt.trash_max_bytes"
        if spoken(saved):
            first = f"commit, stash or delete the changes in {path}, and {first}"
        return (
            f"{first}; or {command} {discard_flags(one.path for one in losses.unsaved)} deletes it for good"
        )
    if losses.operation:
        first = f"finish or end the {losses.operation} in {path}, as `git status` there says"
    elif spoken(replace(saved, commits=(), dropped=(), repositories=())):
        first = f"commit, stash or delete it in {path}"
    elif losses.repositories:
        first = f"commit and push in {printable(losses.repositories[0])}, or move it out of {path}"
    elif losses.commits:
        first = f"push or merge it; or wt.remove {name} --keep-branch"
    else:
        first = f"git branch KEPT {losses.dropped[0].partition(' ')[0]} keeps the latest"
    return f"{first}; or {command}, which keeps a restore point"


def named(losses: Losses) -> str:
    """Return the first of the files and commits by name, with "…" for the rest."""
    unsaved = tuple(one.path for one in losses.unsaved)
    groups = (losses.files, losses.commits, losses.dropped, losses.repositories, unsaved)
    return "; ".join(
        ", ".join(map(printable, group[:_NAMED])) + "…" * (len(group) > _NAMED) for group in groups if group
    )
