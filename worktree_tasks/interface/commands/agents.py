"""Tasks that coding agents and other programs call."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context

from ...configuration.naming import did_you_mean
from ...errors import BadUse, Failure, WorktreeTasksError
from ...git import find_repository
from ...output_redirection import stdout_aside
from ..flag_values import check_choice
from ..flags import JSON
from ..output import documents, sentences
from ..output.printing import show_failure, show_source, show_value
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ...orchestration.flows.agents_init import AgentFiles

__all__ = ["agents_init", "claude_hook", "mcp", "schema"]

_EVENTS = ("create", "session", "remove")


@task(
    dry_run=True,
    help={
        "yes": "Write without asking; needed where there is no terminal.",
        "remove": "Remove what it wrote.",
        **JSON,
    },
)
def agents_init(c: Context, yes: bool = False, remove: bool = False, json: bool = False) -> AgentFiles:
    """Set up coding agents for this project's worktrees.

    It adds Claude Code's hooks, a section of AGENTS.md, and what Cursor, Codex, Conductor and worktrunk run
    in a new worktree to the checkout that you are in, and shows the change first.

    Example: inv wt.agents-init
    """
    with Session(c, json=json, hooks=False) as session:
        from ...orchestration.flows.agents_init import survey, write

        found = survey(Path.cwd(), remove=remove)
        session.say(sentences.agent_files(found))
        if found.needed and not session.dry and (yes or session.agreed("Write these?", flag="--yes")):
            found = write(found, remove=remove)
            session.say(sentences.agent_files_written(found))
        session.show(documents.document(found))
        return found


@task(help={"event": "create, session or remove."})
def claude_hook(c: Context, event: str) -> None:
    """Run a hook of Claude Code, with its input on stdin.

    create makes a worktree of the branch `name` and prints its path. session starts the stack of the worktree
    that the session begins in. remove removes the worktree `worktree_path`, as wt.remove does.

    Example: echo '{"name": "auth-feature"}' | worktree-tasks claude-hook create
    """
    with Session(c, json=False) as session:
        from ..agents.hook_input import directory_in, read_payload

        check_choice("event", event, _EVENTS)
        payload = read_payload()
        if (directory := directory_in(payload)) is not None:
            _go(c, directory)
        {"create": _create, "session": _begin, "remove": _remove}[event](session, payload)


@task(dry_run=True, help={"task": "The task whose JSON to describe; or error, or events."})
def schema(c: Context, task: str) -> dict[str, Any]:
    """Print the JSON Schema of a task's document.

    Example: worktree-tasks schema new
    """
    with Session(c, json=False) as session:
        from ..output.schema_files import schema_for, schema_names, schema_text

        names = schema_names()
        if task not in names:
            raise BadUse(
                f"there is no schema for {task!r}",
                did_you_mean(task, names) or f"there are schemas for {', '.join(names)}",
                kind="not-understood",
            )
        session.show_with({}, partial(show_source, schema_text(task)))
        return schema_for(task)


@task()
def mcp(_: Context) -> None:
    """Serve this project's tasks over the Model Context Protocol.

    It needs the extra mcp: pip install "worktree-tasks[mcp]"

    Example, for Claude Code: claude mcp add worktree-tasks -- worktree-tasks mcp
    """
    try:
        # Version 1 of the package has no types of its own.
        import mcp_types  # noqa: F401

        from ..agents.mcp_server import serve
    except ImportError as error:
        raise Failure(
            "the MCP server needs the package mcp, version 2 or later",
            f"{sys.executable} -m pip install 'worktree-tasks[mcp]'",
            kind="extra-missing",
        ) from error
    serve()


def _create(session: Session, payload: Mapping[str, Any]) -> None:
    from ...orchestration.runtimes.runtime_table import reading
    from ..agents.hook_input import text_in

    name = text_in(payload, "name")
    with stdout_aside(), reading(session.project) as project:
        from ...orchestration.flows.claude_hook import create

        made = create(project, name)
    if made.failure is not None:
        session.mask(made.failure)
        show_failure(made.failure)
    session.show_with({}, partial(show_value, str(made.path)))


def _begin(session: Session, _payload: Mapping[str, Any]) -> None:
    from ...orchestration.flows.claude_hook import begin_session
    from ..agents.session_briefing import briefing

    with stdout_aside():
        tree = begin_session(session.project, Path.cwd().resolve())
    # Claude Code shows the agent what is printed at the start of a session.
    session.say(briefing(tree) if tree is not None else ())


def _remove(session: Session, payload: Mapping[str, Any]) -> None:
    from ...orchestration.runtimes.runtime_table import reading
    from ..agents.hook_input import text_in

    path = text_in(payload, "worktree_path")
    # The session's directory cannot be removed while its hook runs in it.
    os.chdir(session.project.main)
    with stdout_aside(), reading(session.project) as project:
        from ...orchestration.flows.remove import remove

        gone = remove(project, path)
    session.show(documents.document(gone), sentences.removed(gone))


def _go(c: Context, directory: Path) -> None:
    """Change to a session's directory, and read the settings of the project there."""
    os.chdir(directory)
    # The task itself reports a directory outside any repository.
    with suppress(WorktreeTasksError):
        c.config.set_project_location(find_repository(Path.cwd()).main)
        c.config.load_project()
