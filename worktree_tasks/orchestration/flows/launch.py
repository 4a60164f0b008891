"""Start a worktree's stack, and report what the user should know."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from ...errors import Failure
from ...lazy_modules import later
from ...machine.processes import give_way
from ...parallel import together
from ..steps.hooks import run_hooks
from ..steps.queue_databases import claim_broker
from ..steps.virtual_hosts import make_virtual_hosts
from ..steps.worktree_state import look

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...store import Database
    from ..steps import database_migration
    from ..steps.worktree_handle import Tree
    from ..steps.worktree_state import Seen
else:
    # Only databases that were just made are migrated.
    (database_migration,) = later(__package__, "..steps.database_migration")

__all__ = ["launch"]


def launch(tree: Tree, *, build: bool = False, made: Collection[Database] = ()) -> Seen:
    """Run the project's hooks, start a worktree's containers and wait until they answer.

    Args:
        tree: The worktree.
        build: Whether to rebuild its images.
        made: Its own databases that were just made, to be migrated.

    Returns:
        The worktree's state in git, which is read before the command ends.

    Raises:
        Failure: A hook or the migration failed, or the stack does not answer.
    """
    claim_broker(tree)
    make_virtual_hosts(tree)
    run_hooks(tree, "before_start")
    seen: list[Seen] = []
    settled = Event()

    def bring_up() -> None:
        try:
            tree.runtime.up(tree, build=build, settled=settled.set)
        finally:
            settled.set()

    def look_meanwhile() -> None:
        # Anything that runs before then takes processor time from what is starting.
        settled.wait()
        give_way()
        from ..steps.capacity import note_capacity  # noqa: PLC0415 - the stack starts without them
        from ..steps.drift import note_drift  # noqa: PLC0415 - the same

        together(
            lambda: note_capacity(tree.project), lambda: note_drift(tree), lambda: seen.append(look(tree))
        )

    try:
        together(bring_up, look_meanwhile)
    except Failure:
        # Without its tables a program may not answer, or may exit.
        if not any(one.mode == "empty" for one in made):
            raise
        database_migration.migrate(tree, made)
        tree.runtime.up(tree)
    else:
        if made:
            database_migration.migrate(tree, made)
    return seen[0] if seen else look(tree)
