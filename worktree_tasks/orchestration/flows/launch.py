"""A stack on its way up, with what a person should know while it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...parallel import together
from ..steps.capacity import note_capacity
from ..steps.hooks import run_hooks
from ..steps.job_queue import claim_broker
from ..steps.migrations import note_migrations
from ..steps.virtual_hosts import make_virtual_hosts
from ..steps.worktree_state import look

if TYPE_CHECKING:
    from ..steps.tree import Tree
    from ..steps.worktree_state import Seen

__all__ = ["launch"]


def launch(tree: Tree, *, build: bool = False) -> Seen:
    """Run the project's hooks and bring a worktree's containers up until they answer.

    Returns:
        What git tells of the worktree meanwhile, so that nobody waits for that once the stack answers.

    Raises:
        Failure: A hook failed, or the stack does not answer.
    """
    claim_broker(tree)
    make_virtual_hosts(tree)
    run_hooks(tree, "before_start")
    seen: list[Seen] = []
    together(
        lambda: note_capacity(tree.project),
        lambda: note_migrations(tree),
        lambda: seen.append(look(tree)),
        lambda: tree.runtime.up(tree, build=build),
    )
    return seen[0]
