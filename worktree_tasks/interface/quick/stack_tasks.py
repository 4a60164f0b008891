"""The bodies of tasks that make, start, stop and remove stacks: the same with Invoke and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...orchestration.runtimes.runtime_table import reading
from ..output import documents, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.worktree_result import Worktree
    from ...orchestration.flows.remove import Removed
    from ..session import Session

__all__ = ["make_worktree", "remove_worktree", "start_stack", "stop_stack"]


def make_worktree(session: Session, branch: str, **wishes: Any) -> Worktree:  # noqa: ANN401 - those of `Wish`
    """Make a worktree with a running stack, and show it.

    Args:
        session: The run of the task.
        branch: The branch.
        wishes: Other fields of `Wish`.
    """
    with reading(session.project) as project:
        from ...orchestration.flows.new import Wish, new  # noqa: PLC0415 - while Compose reads main's files

        tree = new(project, Wish(branch, ask=session.trusted, **wishes))
    return session.show_worktree(tree)


def start_stack(session: Session, name: str, *, build: bool = False, renew: bool = False) -> Worktree:
    """Bring a worktree's stack up, and show it."""
    with reading(session.project) as project:
        from ...orchestration.flows.start import start  # noqa: PLC0415 - while Compose reads main's files

        tree = start(project, name, build=build, renew=renew)
    return session.show_worktree(tree)


def stop_stack(session: Session, name: str) -> Worktree:
    """Stop a worktree's stack, and show it."""
    from ...orchestration.flows.stop import stop  # noqa: PLC0415 - the others load it later

    return session.show_worktree(stop(session.project, name))


def remove_worktree(
    session: Session,
    name: str,
    *,
    force: bool = False,
    keep_branch: bool = False,
    discard: Sequence[str] = (),
) -> Removed:
    """Remove a worktree and its stack, and show what became of them."""
    from ...orchestration.flows.remove import remove  # noqa: PLC0415 - the others load it later

    gone = remove(session.project, name, force=force, keep_branch=keep_branch, discard=discard)
    session.show(documents.document(gone), sentences.removed(gone))
    return gone
