"""Tasks for the user's shell and machine rather than for one project."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from invoke.context import Context

from ..flags import JSON
from ..output import documents
from ..output.printing import show_source
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from ...orchestration.flows.projects import Projects

__all__ = ["projects", "shell_init"]


@task(
    dry_run=True,
    help={
        "shell": "bash, zsh or fish.",
        "prefix": "Prefix of the functions' names: g gives gwt, gwl, gwstart, …",
        **JSON,
    },
)
def shell_init(c: Context, shell: str, prefix: str = "", json: bool = False) -> str:
    """Print shell functions and completion, for eval.

    Example, in ~/.bashrc: eval "$(worktree-tasks shell-init bash)"
    """
    with Session(c, json=json) as session:
        from ..shell import shell_functions as shell_text

        text = shell_text.functions(shell, prefix)
        name = shell_text.known_shell(shell)
        session.show_with(documents.functions(name, text), partial(show_source, text))
        return text


@task(dry_run=True, help=JSON)
def projects(c: Context, json: bool = False) -> Projects:
    """List the known projects, and forget those that are gone.

    Example: inv wt.projects
    """
    with Session(c, json=json) as session:
        from ..quick.list_and_projects import list_projects

        return list_projects(session)
