"""Flow: a command in a worktree's service, whose stack is started when it is down, or on the whole stack."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...configuration.compose.services import own
from ...configuration.naming import did_you_mean
from ...errors import BadUse
from ..steps.main_tree import find_checkout
from ..steps.worktree import find_tree
from .start import start

if TYPE_CHECKING:
    from ...configuration.compose.services import Service
    from ..runtimes.values import Ran
    from ..steps.project import Project
    from ..steps.tree import Tree

__all__ = ["execute", "native", "split"]


def execute(project: Project, name: str, service: str, command: str, *, capture: bool) -> Ran:
    """Run a command in a service of a worktree's stack.

    Args:
        project: The project.
        name: The worktree, or `main`, whose services are not started for it.
        service: One of its services.
        command: The command; split like a shell would, and run without one.
        capture: Whether its output is returned, in place of going to our stdout.

    Raises:
        BadUse: There is no such worktree or service.
        CommandFailed: The command ended with another code than 0.
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
    """Run a command of the runtime's own on a worktree's stack.

    Args:
        project: The project.
        name: The worktree.
        command: The words behind the runtime's program; split like a shell would, and run without one.
        capture: Whether its output is returned, in place of going to our stdout.

    Raises:
        BadUse: There is no such worktree, or no command in front.
        Failure: The worktree has no stack yet.
        CommandFailed: The command ended with another code than 0.
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
    """Split a command like a shell would; it is run without one.

    Args:
        text: The command.
        usage: How it is given, for a hint.

    Raises:
        BadUse: A quote is not closed, or there is no word.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise BadUse(f"cannot split {text!r}: {error}", "close the quotes", kind="no-command") from error
    if not words:
        raise BadUse("no command was given", usage, kind="no-command")
    return words


def _refuse_unknown(tree: Tree, service: str) -> None:
    """Refuse a service that no start of the stack would bring up, before it is started in vain."""
    decided = {one.name: one for one in (*tree.services, *_of_branch(tree))}
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
            f"`docker compose -p {tree.project.name} exec {service} …` runs it there",
            kind="no-service",
        )
    if one.idle:
        raise BadUse(
            f"{service} is not started in worktrees: {one.idle}",
            f"wt.plan {shlex.quote(tree.record.branch)} says more",
            kind="no-service",
        )


def _of_branch(tree: Tree) -> tuple[Service, ...]:
    if not tree.record.path.is_dir() or tree.record.compose_project is None:
        return ()
    return tree.branch_services
