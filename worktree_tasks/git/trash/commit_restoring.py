"""Bring the history in a restore point back from the vault into the user's repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import Failure
from ..object_reading import missing_objects
from ..program import alone, git
from ..scratch_objects import alternate
from .linked_objects import shallow_commits
from .restore_points import FORMAT
from .vault_repository import in_vault, vault_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..repository import Repository
    from .restore_points import RestorePoint

__all__ = ["bring_back_commits"]

_PACK = (
    *("pack-objects", "-q", "--revs", "--local", "--non-empty"),
    *("--delta-base-offset", "--missing=allow-promisor"),
)


def bring_back_commits(repo: Repository, point: RestorePoint) -> None:
    """Bring a restore point's commits, and the objects of its index and git's notes, into the repository.

    Saved files are not among them. No reference changes: that is left to the caller.

    Raises:
        Failure: The restore point was written by a later version.
        CommandError: git could not read or write them.
    """
    if point.format > FORMAT:
        raise Failure(
            f"restore point {point.name} was written by a later version",
            "upgrade worktree-tasks",
            kind="restore-point-too-new",
        )
    vault = vault_of(repo)
    tips = in_vault(vault, "log", "-1", "--format=%P", point.commit).out.split()
    parts = (f"{point.commit}:index", f"{point.commit}:kept")
    wanted = (*tips, *in_vault(vault, "rev-parse", *parts).out.split())
    with alone(repo.common_dir):
        _end_history(repo, tips)
        lines = _known_commits(repo) + "".join(f"{oid}\n" for oid in wanted)
        place = repo.common_dir / "objects" / "pack" / "pack"
        # Objects in the alternate, the user's repository, are not packed again.
        borrowing = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": alternate(repo.common_dir / "objects")}
        git(vault, *_PACK, str(place), stdin=lines, extra={"GIT_DIR": str(vault), **borrowing})


def _known_commits(repo: Repository) -> str:
    """Return the commits to exclude from the search; none if the history may be incomplete."""
    if shallow_commits(repo.common_dir) or shallow_commits(vault_of(repo)):
        return ""
    return git(repo.main, "for-each-ref", "--format=^%(objectname)").out


def _end_history(repo: Repository, tips: Iterable[str]) -> None:
    """Make the history of restored commits end where it ended in a shallow clone."""
    vault = vault_of(repo)
    ends = shallow_commits(vault) - shallow_commits(repo.common_dir)
    if not ends:
        return
    lines = "".join(f"{tip}\n" for tip in tips)
    reached = frozenset(in_vault(vault, "rev-list", "--stdin", stdin=lines).out.split())
    gone = missing_objects(repo.common_dir, ends & reached)
    if gone:
        named = sorted(shallow_commits(repo.common_dir) | gone)
        shallow = repo.common_dir / "shallow"
        beside = shallow.with_name("shallow.worktree-tasks")
        beside.write_text("".join(f"{oid}\n" for oid in named), encoding="ascii")
        beside.replace(shallow)
