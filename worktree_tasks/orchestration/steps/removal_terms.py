"""The terms on which a worktree is removed; they are recorded until the removal is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field_names

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["Terms", "joined"]


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
