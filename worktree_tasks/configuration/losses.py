"""What a worktree holds that is nowhere else, in the words in which its removal is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..printable import printable
from .amounts import spoken_count, spoken_size

__all__ = ["Losses", "named", "remedy", "spoken"]

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Losses:
    """What would be lost with a worktree.

    Attributes:
        modified: How many tracked files have staged, unstaged or conflicting changes.
        untracked: How many untracked files there are; a directory of nothing else counts as one.
        commits: Commits on no branch that stays and no remote one, as `1a2b3c4 Subject`.
        dropped: Commits that only its reflog has, and no newer version of them is anywhere; written the same.
        operation: What git is in the middle of, such as `rebase`.
        files: The modified and untracked files.
        unsaved: Ignored files that a restore point cannot hold, with their sizes (-1 when unknown).
    """

    modified: int = 0
    untracked: int = 0
    commits: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    operation: str | None = None
    files: tuple[str, ...] = ()
    unsaved: tuple[tuple[str, int], ...] = ()


def spoken(losses: Losses) -> tuple[str, ...]:
    """Return the losses in words, each with its number; none when nothing would be lost."""
    size = sum(size for _, size in losses.unsaved if size > 0)
    said = (
        f"{losses.modified} modified" if losses.modified else "",
        f"{losses.untracked} untracked" if losses.untracked else "",
        spoken_count(
            len(losses.commits),
            "commit on no other branch or remote",
            "commits on no other branch or remote",
        ),
        spoken_count(
            len(losses.dropped), "commit that only its reflog has", "commits that only its reflog has"
        ),
        f"a {losses.operation} in progress" if losses.operation else "",
        f"{spoken_count(len(losses.unsaved), 'ignored file')} too large or unreadable for a restore point"
        f" ({spoken_size(size)})"
        if losses.unsaved
        else "",
    )
    return tuple(one for one in said if one)


def remedy(losses: Losses, name: str, path: str) -> str:
    """Return what can be done about the losses of the worktree of a name at a path."""
    if spoken(replace(losses, commits=(), dropped=())):
        first = f"commit, stash or delete it in {path}"
    elif losses.commits:
        first = f"push or merge it; or wt.remove {name} --keep-branch"
    else:
        first = f"git branch KEPT {losses.dropped[0].partition(' ')[0]} keeps the latest"
    return f"{first}; or wt.remove {name} --force, which keeps a restore point"


def named(losses: Losses) -> str:
    """Return the first of the files and commits by name, with "…" for the rest."""
    groups = (losses.files, losses.commits, losses.dropped, tuple(path for path, _ in losses.unsaved))
    return "; ".join(
        ", ".join(map(printable, group[:_NAMED])) + "…" * (len(group) > _NAMED) for group in groups if group
    )
