"""Why a container exited or does not become ready: its last lines, and their known causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.compose.start_error_patterns import missing_program
from ....configuration.failure_lines import cause_in, lines_of_cause
from ....errors import Failure
from ...steps.failed_migrations import explain_ahead

if TYPE_CHECKING:
    from ....configuration.compose.containers import Container
    from ....store import Record
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["kept_hint", "with_last_lines"]

# Stack traces are long, and the cause may come before them.
_READ, _SHOWN = 80, 10


def with_last_lines(
    failure: Failure, project: Project, container: Container | None, tree: Tree | None
) -> Failure:
    """Return an error about a container with its last lines, and with their cause in its message.

    Args:
        failure: What happened, such as `web exited with code 1`, and the hint if its lines show no cause.
        project: The project.
        container: The container; None if there is none.
        tree: The worktree in whose stack it is; None for main's.
    """
    what, hint, kind = failure.what, failure.hint, failure.kind
    lines = project.engine.last_lines(container.id, _READ) if container else []
    shown = lines_of_cause(lines, _SHOWN)
    if why := explain_ahead(project, tree, lines):
        words, help_ = why
        return Failure(f"{what}: {words}", help_, shown, kind="database-ahead")
    if not shown:
        return Failure(f"{what}; it printed nothing", hint, kind=kind)
    if container and container.state == "running":
        return Failure(f"{what}; its last lines:", hint, lines[-_SHOWN:], kind=kind)
    cause = cause_in(lines)
    if container and tree and (program := missing_program(cause)):
        hint = (
            f"install {program} where {container.service} looks for it, in its image or the worktree,"
            f" then wt.start {tree.record.name} --build"
        )
    # Do not repeat the cause.
    return Failure(f"{what}: {cause}", hint, shown[shown[0].strip() == cause :], kind=kind)


def kept_hint(record: Record) -> str:
    """Return the hint of an error after which a worktree and its containers are kept for inspection."""
    return f"the worktree is kept in {record.path}; fix it there, then wt.start {record.name}"
