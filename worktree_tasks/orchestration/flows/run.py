"""Flow: run a command in a worktree's service, starting the stack if it is down, or on the whole stack."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...configuration.compose.service_roles import own
from ...configuration.naming import did_you_mean
from ...errors import BadUse
from ..steps.worktree_search import find_checkout, find_tree
from .start import start

if TYPE_CHECKING:
    from ...configuration.compose.service_roles import Service
    from ..runtimes.runtime_values import Ran
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree

__all__ = ["execute", "native", "split"]


def execute(project: Project, name: str, service: str, command: str, *, capture: bool) -> Ran:
    """Run a command in a service of a worktree's stack.

    Args:
        project: The project.
        name: The worktree, or `main`, whose services are never started by this.
        service: One of its services.
        command: The command; split as a shell would, but run without one.
        capture: Whether to return its output instead of writing it to our stdout.

    Raises:
        BadUse: There is no such worktree or service.
        CommandFailed: The command exited with a code other than 0.
    """
    words = split(command, 'wt.run NAME SERVICE "COMMAND"')
    tree = find_checkout(project, name)
    if tree.is_main:
        return tree.runtime.run(tree, service, words, capture=capture)
    with project.locks.using(tree.record.branch):
        if service not in tree.runtime.services(tree, running=True):
            _refuse_unknown(tree, service)
            start(project, tree.record.name)
            tree.refresh()
        return tree.runtime.run(tree, service, words, capture=capture)


def native(project: Project, name: str, command: str, *, capture: bool) -> Ran:
    """Run one of the runtime's own commands on a worktree's stack.

    Args:
        project: The project.
        name: The worktree.
        command: The arguments for the runtime's program; split as a shell would, but run without one.
        capture: Whether to return its output instead of writing it to our stdout.

    Raises:
        BadUse: There is no such worktree, or the arguments do not begin with a command.
        Failure: The worktree has no stack yet.
        CommandFailed: The command exited with a code other than 0.
    """
    words = split(command, 'wt.compose NAME "ps"')
    if words[0].startswith("-"):
        raise BadUse(
            f"{words[0]} comes before the command, where it could select another stack",
            'wt.compose NAME "ps --all": the command comes first',
            kind="no-command",
        )
    tree = find_tree(project, name)
    with project.locks.using(tree.record.branch):
        return tree.runtime.native(tree, words, capture=capture)


def split(text: str, usage: str) -> tuple[str, ...]:
    """Split a command as a shell would.

    Args:
        text: The command.
        usage: How to give it, for the hint.

    Raises:
        BadUse: A quote is not closed, or the command is empty.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise BadUse(f"cannot split {text!r}: {error}", "close the quotes", kind="no-command") from error
    if not words:
        raise BadUse("no command was given", usage, kind="no-command")
    return words


def _refuse_unknown(tree: Tree, service: str) -> None:
    """Refuse a service that starting the stack would not start."""
    decided = {one.name: one for one in (*tree.services, *_branch_services(tree))}
    one = decided.get(service)
    if one is None:
        mine = [each.name for each in own(decided.values())]
        raise BadUse(
            f"{tree.record.name} has no service {service!r}",
            did_you_mean(service, mine) or f"its services are {', '.join(mine)}",
            kind="no-service",
        )
    if one.role == "shared":
        raise BadUse(
            f"{service} is shared: it runs in main's stack, not in {tree.record.name}'s",
            f"`docker compose -p {tree.project.name} exec {service} …` runs a command there",
            kind="no-service",
        )
    if one.idle:
        raise BadUse(
            f"{service} is not started in worktrees: {one.idle}",
            f"wt.plan {shlex.quote(tree.record.branch)} shows more",
            kind="no-service",
        )


def _branch_services(tree: Tree) -> tuple[Service, ...]:
    if not tree.record.path.is_dir() or tree.record.compose_project is None:
        return ()
    return tree.branch_services
