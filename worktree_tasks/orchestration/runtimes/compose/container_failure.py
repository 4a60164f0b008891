"""Why a container ended, or does not get ready: what it said, and what that is known to mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.compose.docker_errors import missing_program
from ....configuration.failure_lines import cause_in, lines_of_cause
from ....errors import Failure
from ...steps.migrations import explain_ahead

if TYPE_CHECKING:
    from ....configuration.compose.containers import Container
    from ....store import Record
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["kept_hint", "told_why"]

# Stacks of exceptions are long, and the cause stands in front of them.
_READ, _SHOWN = 80, 10


def told_why(failure: Failure, project: Project, container: Container | None, tree: Tree | None) -> Failure:
    """Return an error about a container with what it said last, and with the cause of it in front.

    Args:
        failure: What became of it, such as `web exited with code 1`, and what helps if its lines do not tell.
        project: The project.
        container: The container; None where there is none.
        tree: The worktree in whose stack it is; None for main's.
    """
    what, hint, kind = failure.what, failure.hint, failure.kind
    lines = project.engine.last_lines(container.id, _READ) if container else []
    shown = lines_of_cause(lines, _SHOWN)
    if why := explain_ahead(project, tree, lines):
        words, help_ = why
        return Failure(f"{what}: {words}", help_, shown, kind="database-ahead")
    if not shown:
        return Failure(f"{what}; it said nothing", hint, kind=kind)
    if container and container.state == "running":
        return Failure(f"{what}; its last lines:", hint, lines[-_SHOWN:], kind=kind)
    cause = cause_in(lines)
    if container and tree and (program := missing_program(cause)):
        hint = (
            f"install {program} where {container.service} looks for it, in its image or the worktree,"
            f" then wt.start {tree.record.name} --build"
        )
    # It stands in front already.
    return Failure(f"{what}: {cause}", hint, shown[shown[0].strip() == cause :], kind=kind)


def kept_hint(record: Record) -> str:
    """Return the hint of an error that leaves a worktree and its containers to be looked at."""
    return f"the worktree is kept in {record.path}; fix it there, then wt.start {record.name}"
