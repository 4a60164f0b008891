"""The task that forwards ports of other machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.context import Context

from ...errors import BadUse
from ..flags import JSON, NAME, ON, TELL
from ..output import documents, sentences
from ..session import Session
from ..target_host import remote_worktree
from ..task_class import task

if TYPE_CHECKING:
    from ...configuration.worktree_result import Worktree

__all__ = ["forward"]


@task(help={**NAME, "stop": "Stop forwarding; nothing changes on the other machine.", **ON, **TELL, **JSON})
def forward(
    c: Context,
    name: str,
    stop: bool = False,
    on: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Worktree | None:
    """Forward a worktree's ports on another machine to this one.

    Example: inv wt.forward auth-feature
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.forward import forward, stop_forward

        place = remote_worktree(c, session, name, on)
        if place is None:
            raise BadUse(
                f"{name} is on this machine, where its ports are already reachable, or is unknown",
                "give the machine with --on; wt.list shows what is where",
                kind="not-elsewhere",
            )
        if stop:
            stop_forward(session.project, place.host, place.tree)
            session.show(documents.document({"name": place.tree.name, "on": place.host.name}))
            return None
        tree = forward(session.project, place.host, place.tree)
        session.show(documents.worktree(tree), sentences.worktree(tree))
        return tree
