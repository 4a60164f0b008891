"""On what terms a worktree is removed, kept with its record until the removal has ended."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tree import Tree

__all__ = ["Terms", "joined"]


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a worktree goes.

    Attributes:
        force: Also with work in it, which is saved.
        keep_branch: Its branch stays in any case.
        save: A restore point is made in any case.
        landed: The commit at which its branch goes although no other has its commits, since its work is in
            the base.
        discard: What may be lost that a restore point cannot hold, by paths in the worktree.
    """

    force: bool = False
    keep_branch: bool = False
    save: bool = False
    landed: str | None = None
    discard: tuple[str, ...] = ()


def joined(tree: Tree, terms: Terms) -> Terms:
    """Return terms together with those on which a removal that has not ended was begun."""
    if tree.record.state != "removing":
        return terms
    told = tree.project.store.removal_terms(tree.record)
    begun = Terms(**{each.name: told[each.name] for each in fields(Terms) if each.name in told})
    return Terms(
        force=terms.force or begun.force,
        keep_branch=terms.keep_branch or begun.keep_branch,
        save=terms.save or begun.save,
        landed=terms.landed or begun.landed,
        discard=tuple(dict.fromkeys((*begun.discard, *terms.discard))),
    )
