"""Flow: a worktree taken away with its stack, unless that would lose work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import repository as git
from ..errors import Refused
from .containers import compose_down
from .network import remove_network
from .worktree import delete_worktree, find_record, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..store import Record
    from .site import Site

__all__ = ["Removed", "remove"]

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Removed:
    """What `remove` took away: the worktree's name, branch and path, and whether the branch went with it."""

    name: str
    branch: str
    path: Path
    branch_deleted: bool


def remove(site: Site, name: str, *, keep_branch: bool = False) -> Removed:
    """Remove a worktree with its containers, network and volumes.

    The branch goes too when it was made with the worktree and all its commits are on another branch or a
    remote; otherwise it stays.

    Raises:
        BadUse: No worktree bears the name.
        Refused: It holds work that is nowhere else; everything stays as it is.
    """
    record = find_record(site, name)
    site.engine.check()
    with site.alone(record.branch):
        _refuse_to_lose(site, record)
        site.store.update(record, state="removing")
        compose_down(site, record)
        with site.progress.step("network") as say:
            remove_network(site, record)
            say(f"{record.network} removed" if record.network else "there was none")
        with site.progress.step("worktree") as say:
            _refuse_to_lose(site, record)
            delete_worktree(site, record)
            deleted = not keep_branch and _delete_branch(site, record)
            site.store.delete(record)
            say(f"{record.path} removed, branch {record.branch} {'deleted' if deleted else 'kept'}")
        return Removed(record.name, record.branch, record.path, deleted)


def _refuse_to_lose(site: Site, record: Record) -> None:
    """Refuse when a worktree holds what is nowhere else.

    Raises:
        Refused: It does; the message counts and names it.
    """
    tree = tree_of(site, record)
    if tree is None or not tree.path.is_dir():
        return
    base = git.default_branch(site.repository, site.settings.base)
    found = git.changes(site.repository, tree, base=base)
    reasons = [
        _count(found.modified, "modified"),
        _count(found.untracked, "untracked"),
        _count(found.unpushed, "commit on no other branch or remote", "commits on no other branch or remote")
        if tree.detached
        else "",
        f"a {found.operation} in progress" if found.operation else "",
        f"locked by git{f': {tree.locked}' if tree.locked else ''}" if tree.locked is not None else "",
    ]
    said = ", ".join(reason for reason in reasons if reason)
    if said:
        files = git.dirty_files(tree.path)
        named = f" ({', '.join(files[:_NAMED])}{'…' if len(files) > _NAMED else ''})" if files else ""
        raise Refused(
            f"{record.name} is not removed: {said}{named}",
            f"commit, stash or delete it in {record.path} first",
        )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one}" if number else ""


def _delete_branch(site: Site, record: Record) -> bool:
    """Delete the branch when nothing of it would be lost."""
    tip = git.tip_of(site.repository, record.branch)
    if tip is None or not record.made_branch:
        return False
    base = git.default_branch(site.repository, site.settings.base)
    if not git.safe_elsewhere(site.repository, record.branch, base=base):
        return False
    git.delete_branch(site.repository, record.branch, expect=tip)
    return True
