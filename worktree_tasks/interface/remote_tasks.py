"""Tasks that run on another machine, with their output shown here."""

from __future__ import annotations

import inspect
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit

from ..configuration.port_forwards import localised
from ..configuration.remote_documents import worktree_of
from ..errors import BadUse
from ..orchestration.flows.remote_preparation import (
    bring_branch,
    far,
    forward_after,
    forward_before_start,
    tell_unpushed,
)
from ..orchestration.hosts.remote_output import CALLER_KEYS, error_in, relay, user_lines
from .command_spelling import dialect_to_send
from .output.prompts import ask, can_ask
from .output.standard_streams import is_terminal
from .session import Session
from .settings_from_invoke import ns, settings_for_others

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invoke.context import Context
    from invoke.tasks import Task

    from ..configuration.hosts import Host
    from ..orchestration.hosts.remote_calls import Answer, Far

__all__ = ["agree_to_set_up", "carry_out", "told_there"]

# The output of these is passed through as it comes, unless a document is wanted.
_ATTACHED = ("run", "compose", "logs")
_WORKTREES = ("new", "start", "stop", "restart")
# These make a worktree of a branch, which has to be there first.
_OF_BRANCHES = ("new", "add_worktree")


def told_there(c: Context) -> dict[str, Any]:
    """Return what tasks on other machines need from this one: its settings, and how tasks are typed here."""
    return {"settings": settings_for_others(c, ns), "dialect": dialect_to_send()}


def carry_out(task: Task[Any], c: Context, host: Host, given: inspect.BoundArguments) -> Any:  # noqa: ANN401 - as the task has it
    """Run a task on a machine, and show its output here.

    Args:
        task: The task.
        c: Its context.
        host: The machine.
        given: Its arguments.

    Raises:
        WorktreeTasksError: The task failed there, or the machine was not reached.
        Exit: It ended with a code other than 0, and has printed the reason.
    """
    given.apply_defaults()
    arguments = dict(list(given.arguments.items())[1:])
    json, quiet = bool(arguments.get("json")), bool(arguments.get("quiet"))
    name = str(task.name)
    with Session(c, json=json, quiet=quiet, verbose=bool(arguments.get("verbose"))) as session:
        if arguments.pop("events", False):
            # Progress arrives as text, and is reported here as events.
            session.tell_events()
        project = session.project
        there = far(
            project, host, told_there(c), arguments.get("name"), lambda: agree_to_set_up(session, host)
        )
        made = name in _OF_BRANCHES
        if made and not session.dry:
            arguments |= _brought(session, there, arguments)
        elif "branch" in arguments:
            tell_unpushed(project, there, arguments["branch"], arguments["base"])
        elif not session.dry:
            forward_before_start(project, there, name, str(arguments.get("name")))
        words = _words(task, arguments, dry=session.dry)
        if name in _ATTACHED and not json:
            return _attached(there, name, words, arguments)
        document = _answer(session, there, words)
        said = localised(list(user_lines(document)), there.caller.ports)
        shown = {key: one for key, one in document.items() if key not in CALLER_KEYS}
        from .output import sentences  # noqa: PLC0415 - the same

        if made and session.dry:
            session.show(shown, said)
            raise Exit(sentences.DRY_RUN, 0)
        shown = forward_after(project, host, name, shown)
        if name in _WORKTREES:
            tree = worktree_of(shown, host.name)
            session.show(shown, sentences.worktree(tree))
            return tree
        session.show(shown, said)
        return shown


def agree_to_set_up(session: Session, host: Host) -> None:
    """Ask whether to set a machine up for the project.

    Raises:
        BadUse: The user did not agree, or could not be asked.
    """
    project = session.project.main.name
    refusal = BadUse(
        f"{host.name} is not set up for {project}", f"wt.host-init {host.name} --yes", kind="host-unknown"
    )
    try:
        agreed = session.agreed(f"{host.name} is not set up for {project}. Set it up?", flag="--yes")
    except BadUse as error:
        raise refusal from error
    if not agreed:
        raise refusal


def _brought(session: Session, far: Far, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Send the branch of a new worktree there; return the arguments that differ there."""
    from .flag_values import number  # noqa: PLC0415 - for this task only

    wanted = number("pr", arguments.get("pr"))
    base = bring_branch(
        session.project,
        far,
        arguments["branch"],
        base=arguments["base"],
        fetch=arguments.get("fetch", False),
        number=wanted,
        trust=arguments["trust"],
        ask=session.trusted,
    )
    changed = {"base": base, "fetch": False, "pr": None}
    return {name: value for name, value in changed.items() if name in arguments}


def _attached(far: Far, name: str, words: list[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    here = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    code = far.attach(words, terminal=here and name != "logs")
    if code:
        raise Exit(code=code)
    return {"name": arguments["name"], "code": code}


def _answer(session: Session, far: Far, words: list[str]) -> dict[str, Any]:
    answer = _far_answer(session, far, words)
    document = answer.document
    error = error_in(document)
    if error and error.kind == "answer-needed" and "question" in document and can_ask():
        session.say(user_lines(document))
        if ask(document["question"]):
            answer = _far_answer(session, far, [*words, "--yes"])
            error = error_in(answer.document)
        else:
            raise Exit(code=0)
    if error:
        raise error
    if answer.code:
        session.show(
            {key: one for key, one in document.items() if key not in CALLER_KEYS}, user_lines(document)
        )
        raise Exit(code=answer.code)
    return answer.document


def _far_answer(session: Session, far: Far, words: list[str]) -> Answer:
    with session.progress.step(far.host.name):
        return far.ask(words, echo=partial(relay, session.progress))


def _words(task: Task[Any], arguments: Mapping[str, Any], *, dry: bool) -> list[str]:
    """Return the command line of a task, without `--json` and `--on`."""
    defaults = {one.name: one.default for one in inspect.signature(task.body).parameters.values()}
    words, names = [], []
    for name, value in arguments.items():
        flag = name.replace("_", "-")
        if name in ("json", "on") or (value == defaults[name] and name not in task.positional):
            continue
        if name in task.positional:
            names.append(str(value))
        elif isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif isinstance(value, str | int):
            words.append(f"--{flag}={value}")
        else:
            words += [f"--{flag}={one}" for one in value or ()]
    return [str(task.name).replace("_", "-"), *(["--dry"] if dry else []), *words, *names]
