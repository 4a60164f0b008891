"""The terms on which a worktree is removed, recorded until that is done, and what they save of its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field_names
from .losses import is_elsewhere, refuse_to_lose, work_in
from .own_databases import recorded
from .trash import save

if TYPE_CHECKING:
    from .losses import Work
    from .worktree_handle import Tree

__all__ = ["Terms", "joined", "judge", "secure"]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which a worktree is removed.

    Attributes:
        force: Remove it even if it has work, which is saved.
        keep_branch: Keep its branch in any case.
        save: Make a restore point in any case.
        landed: The commit at which its branch may be deleted although no other branch has its commits,
            because its work is in the base.
        discard: What may be lost because a restore point cannot hold it, as paths in the worktree.
    """

    force: bool = False
    keep_branch: bool = False
    save: bool = False
    landed: str | None = None
    discard: tuple[str, ...] = ()


def joined(tree: Tree, terms: Terms) -> Terms:
    """Return terms combined with those of an unfinished removal."""
    if tree.record.state != "removing":
        return terms
    stored = tree.project.store.removal_terms(tree.record)
    begun = Terms(**{name: stored[name] for name in field_names(Terms) if name in stored})
    return Terms(
        force=terms.force or begun.force,
        keep_branch=terms.keep_branch or begun.keep_branch,
        save=terms.save or begun.save,
        landed=terms.landed or begun.landed,
        discard=tuple(dict.fromkeys((*begun.discard, *terms.discard))),
    )


def secure(tree: Tree, terms: Terms) -> str | None:
    """Save work or refuse to lose it; return the branch's tip on which this was decided."""
    work = judge(tree, terms)
    wanted = terms.save and not (terms.force and is_elsewhere(tree, work))
    # Its own databases come back only with a restore point.
    save(tree, work, always=wanted or bool(recorded(tree)))
    return work.tip


def judge(tree: Tree, terms: Terms) -> Work:
    """Return the work in a worktree, after making sure that its removal would not lose it."""
    work = work_in(tree)
    goes = not terms.keep_branch and terms.landed != work.tip
    refuse_to_lose(tree, work, goes=goes, force=terms.force, discard=terms.discard)
    return work
