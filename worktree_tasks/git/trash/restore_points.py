"""Restore points: everything in a worktree, as git objects under references of the vault.

They are created without changing any index, stash, HEAD or reflog. A restore point is a commit whose tree
contains the content of files by number, `files.json` with their paths and modes, and the objects that the
index and git's own files about the worktree name; its parents are the commits that must not be lost.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...command import CommandError
from ...configuration.unsavable_files import LeftOut
from ...errors import Failure
from ...printable import lines_of
from ...quick_dataclasses import dataclass, field, field_names
from ..objects import write_commit, write_tree
from .old_restore_points import forget_former_parts, move_former_points
from .vault_repository import in_vault, open_vault, vault_of
from .vault_tidying import tidy_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from ..repository import Repository

__all__ = [
    "FORMAT",
    "RestorePoint",
    "add_point",
    "drop_restore_points",
    "note_expired",
    "restore_points",
    "same_point",
]

_POINTS = "refs/points/"
_EXPIRED = "refs/expired/"
_LIST = ("for-each-ref", "--format=%(refname)%00%(objectname)%00%(contents:body)%00")
_NAMES = 1000
FORMAT = 1


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """A saved state of one worktree.

    Attributes:
        name: Its name in commands.
        commit: Its commit in the vault.
        worktree: The worktree's name.
        created: When it was saved, in seconds since the epoch.
        head: The commit that was checked out; None before the first one.
        branch: The branch that was checked out; None if detached.
        operation: The git operation that was in progress.
        files: How many files it contains.
        size: Their size in bytes.
        left_out: What was left out of it.
        notes: Data that the caller wants back.
        number: Increases with each restore point, regardless of the clock.
        format: Its format; a higher number is from a later version.
        seen_expired: When it was first seen to have expired; None until then.
    """

    name: str
    commit: str
    worktree: str
    created: float
    head: str | None
    branch: str | None
    operation: str | None
    files: int
    size: int
    left_out: tuple[LeftOut, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    format: int = FORMAT
    seen_expired: float | None = None


# Values that a later version adds are kept in the commit, and ignored by this one.
_KNOWN = frozenset(field_names(RestorePoint)) - {"name", "commit", "left_out", "seen_expired"}


def add_point(
    repo: Repository, tree: str, parents: Iterable[str], *, name: str | None, details: Mapping[str, Any]
) -> RestorePoint:
    """Add a restore point to the open vault.

    Args:
        repo: The repository.
        tree: Its tree.
        parents: The commits that it keeps.
        name: The restore point to replace; a new one by default.
        details: Its values.

    Raises:
        CommandError: git cannot write, or another command has replaced the same one.
    """
    points = restore_points(repo)
    previous = next((one for one in points if one.name == name), None)
    created = previous.created if previous else time.time()
    number = previous.number if previous else 1 + max((one.number for one in points), default=0)
    text = json.dumps({**details, "created": created, "number": number, "format": FORMAT})
    worktree = details["worktree"]
    vault = vault_of(repo)
    commit = write_commit(vault, tree, parents, f"Restore point of worktree {worktree}\n\n{text}")
    if previous:
        in_vault(vault, "update-ref", _POINTS + previous.name, commit, previous.commit)
        stored = previous.name
    else:
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
        stored = _add_reference(repo, f"{worktree}-{stamp}", commit)
    return next(one for one in restore_points(repo) if one.name == stored)


def restore_points(
    repo: Repository, *, damaged: Callable[[str, Path], object] = lambda *_: None
) -> tuple[RestorePoint, ...]:
    """Return all restore points of a repository, latest first.

    Those of earlier versions, which are references of the repository, are moved into the vault.

    Args:
        repo: The repository.
        damaged: Called with the name and the vault of each whose commit git cannot read.

    Raises:
        CommandError: git could not read them.
    """
    move_former_points(repo, lambda name, commit: _add_reference(repo, name, commit), _readable)
    vault = vault_of(repo)
    if not (vault / "HEAD").is_file():
        return ()
    rows = _rows(vault, damaged=damaged)
    seen = {name.removeprefix(_EXPIRED): body for name, _, body in rows if name.startswith(_EXPIRED)}
    parsed = (
        _parse(name.removeprefix(_POINTS), commit, body, seen.get(name.removeprefix(_POINTS)))
        for name, commit, body in rows
        if name.startswith(_POINTS)
    )
    found = [one for one in parsed if one is not None]
    return tuple(sorted(found, key=lambda one: (one.number, one.created), reverse=True))


def _rows(vault: Path, *, damaged: Callable[[str, Path], object]) -> list[tuple[str, str, str]]:
    """Return the name, the commit and the text of each reference that git can read."""
    listed = in_vault(vault, *_LIST, _POINTS, _EXPIRED, check=False)
    text = listed.out if listed.code == 0 else "".join(_one_by_one(vault, damaged))
    words = [word.strip("\n") for word in text.split("\0")]
    return list(zip(words[::3], words[1::3], words[2::3], strict=False))


def _one_by_one(vault: Path, damaged: Callable[[str, Path], object]) -> Iterator[str]:
    """List references each by itself, since git lists nothing if it cannot read one of them."""
    for name in in_vault(vault, "for-each-ref", "--format=%(refname)", _POINTS, _EXPIRED).out.split():
        asked = in_vault(vault, *_LIST, name, check=False)
        if asked.code == 0:
            yield asked.out
        elif name.startswith(_POINTS):
            damaged(name.removeprefix(_POINTS), vault)


def note_expired(repo: Repository, point: RestorePoint, seen: float | None) -> None:
    """Record when a restore point was seen to have expired; None removes the record.

    Raises:
        CommandError: git cannot write.
    """
    with open_vault(repo) as vault:
        if seen is None:
            in_vault(vault, "update-ref", "-d", _EXPIRED + point.name)
        else:
            text = json.dumps([point.commit, seen])
            commit = write_commit(vault, write_tree(vault, ()), (), f"Seen expired\n\n{text}")
            in_vault(vault, "update-ref", _EXPIRED + point.name, commit)


def drop_restore_points(repo: Repository, points: Collection[RestorePoint], *, tidy: bool = True) -> None:
    """Delete restore points, and the objects that only they contain.

    Args:
        repo: The repository.
        points: The restore points.
        tidy: Whether to delete the objects now instead of later.

    Raises:
        CommandError: One has been replaced meanwhile.
    """
    vault = vault_of(repo)
    for point in points:
        in_vault(vault, "update-ref", "-d", _EXPIRED + point.name)
        in_vault(vault, "update-ref", "-d", _POINTS + point.name, point.commit)
    if points and tidy:
        forget_former_parts(repo)
        # It fails if any restore point is damaged.
        with suppress(CommandError):
            tidy_vault(repo)


def same_point(repo: Repository, one: RestorePoint, other: RestorePoint) -> bool:
    """Return whether two restore points contain the same files, index, git's own files and commits."""
    argv = ("log", "--no-walk", "--format=%T %P", one.commit, other.commit)
    held = lines_of(in_vault(vault_of(repo), *argv).out)
    return len(held) == 2 and held[0] == held[1]  # noqa: PLR2004 - one line each


def _add_reference(repo: Repository, name: str, commit: str) -> str:
    """Create a reference to a commit; if its name is taken, a number is appended."""
    for free in (name, *(f"{name}-{count}" for count in range(2, _NAMES))):
        argv = ("update-ref", _POINTS + free, commit, "0" * len(commit))
        done = in_vault(vault_of(repo), *argv, check=False)
        there = in_vault(vault_of(repo), "rev-parse", "--verify", "--quiet", _POINTS + free, check=False)
        if there.out.strip() == commit:
            return free
        if done.code and not there.out:
            raise CommandError(done)
    raise Failure(
        f"no name is free for restore point {name}", "wt.clean removes old ones", kind="no-restore-point-name"
    )


def _readable(body: str) -> bool:
    return _parse("", "", body, None) is not None


def _parse(name: str, commit: str, body: str, seen: str | None) -> RestorePoint | None:
    """Parse a restore point; None if the reference is not ours."""
    try:
        details = json.loads(body)
        left_out = tuple(LeftOut.read(row) for row in details["left_out"])
        known = {key: value for key, value in details.items() if key in _KNOWN}
        of, when = json.loads(seen) if seen else (None, None)
        return RestorePoint(
            name=name, commit=commit, left_out=left_out, seen_expired=when if of == commit else None, **known
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
