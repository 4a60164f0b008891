"""The steps as tasks, for project task files that chain them in their own way.

Each does its part for a named worktree, reports what it did, and changes nothing if that is already done. It
also runs the earlier steps that it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.context import Context

from ..flags import BASE, JSON, NAME, TELL, TRUST
from ..output import documents
from ..session import Session
from ..task_class import task
from .worktrees import show_dry_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...orchestration.steps.worktree_handle import Tree
    from ...store import Record

__all__ = [
    "add_worktree",
    "allocate_port",
    "compose_down",
    "compose_up",
    "copy_files",
    "ensure_main",
    "ensure_network",
    "write_compose",
    "write_env",
]


def _step(opened: Session, name: str, do: Callable[[Tree], object], *, inside: bool = True) -> Record:
    """Run a step for one worktree, while no other command can change the worktree.

    Args:
        opened: The task's session, not entered yet.
        name: The worktree.
        do: The step.
        inside: Whether the step works in the worktree's directory.
    """
    with opened as session:
        from ...orchestration.steps.git_link import refuse_unlinked
        from ...orchestration.steps.moving_aside import undo_removal
        from ...orchestration.steps.worktree_lock import holding
        from ...orchestration.steps.worktree_search import find_tree

        tree = find_tree(session.project, name)
        with holding(tree):
            undo_removal(tree)
            if inside:
                refuse_unlinked(tree)
            do(tree)
        session.show(documents.step(tree.record))
        return tree.record


def _carry_out(opened: Session, name: str, goal: str) -> Record:
    """Run a step of the order, with the steps that it needs."""
    from ...orchestration.flows.step_order import carry_out

    return _step(opened, name, lambda tree: carry_out(tree, goal))


@task(hosts=True, help={**TELL, **JSON})
def ensure_main(c: Context, quiet: bool = False, verbose: bool = False, json: bool = False) -> dict[str, str]:
    """Step: make sure main's shared services run.

    Example: inv wt.ensure-main
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.runtimes.compose.main_stack import ensure_main, wanted_shared

        running = ensure_main(session.project, wanted_shared(session.project.services))
        found = {name: one.health or one.state for name, one in running.items()}
        session.show(documents.services(found))
        return found


@task(dry_run=True, hosts=True, help={"branch": "The branch.", **BASE, **TRUST, **TELL, **JSON})
def add_worktree(
    c: Context,
    branch: str,
    base: str | None = None,
    trust: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Record:
    """Step: add the worktree of a branch.

    Example: inv wt.add-worktree auth-feature
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.steps.machine_access import seen_source
        from ...orchestration.steps.worktree_creation import add_worktree

        if session.dry:
            show_dry_run(session, branch, base)
        seen = seen_source(session.project, branch, base, trust=trust, ask=session.trusted)
        with session.project.locks.alone(branch):
            record = add_worktree(session.project, branch, base=base, seen=seen).record
        session.show(documents.step(record))
        return record


@task(hosts=True, help={**NAME, **JSON, **TELL})
def allocate_port(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: lease a slot with its ports.

    Example: inv wt.allocate-port auth-feature
    """
    return _carry_out(Session(c, json=json, quiet=quiet, verbose=verbose), name, "allocate-port")


@task(hosts=True, help={**NAME, **JSON, **TELL})
def copy_files(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: copy ignored files that the stack needs from main.

    Example: inv wt.copy-files auth-feature
    """
    from ...orchestration.steps import copied_files as files

    def do(tree: Tree) -> None:
        if not files.copy_files(tree):
            with tree.project.progress.step("files") as say:
                say("nothing left to copy from main")

    return _step(Session(c, json=json, quiet=quiet, verbose=verbose), name, do)


@task(hosts=True, help={**NAME, **JSON, **TELL})
def write_env(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: write the env files with the worktree's values.

    Example: inv wt.write-env auth-feature
    """
    return _carry_out(Session(c, json=json, quiet=quiet, verbose=verbose), name, "write-env")


@task(hosts=True, help={**NAME, **JSON, **TELL})
def write_compose(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: write the compose override.

    Example: inv wt.write-compose auth-feature
    """
    return _carry_out(Session(c, json=json, quiet=quiet, verbose=verbose), name, "write-compose")


@task(hosts=True, help={**NAME, **JSON, **TELL})
def ensure_network(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: make the network and attach shared services.

    Example: inv wt.ensure-network auth-feature
    """
    return _carry_out(Session(c, json=json, quiet=quiet, verbose=verbose), name, "ensure-network")


@task(hosts=True, help={**NAME, **JSON, **TELL})
def compose_up(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: bring the containers up until they answer.

    Example: inv wt.compose-up auth-feature
    """
    from ...orchestration.flows.step_order import carry_out

    def do(tree: Tree) -> None:
        carry_out(tree, *tree.runtime.goals(start=True))
        tree.runtime.up(tree)

    return _step(Session(c, json=json, quiet=quiet, verbose=verbose), name, do)


@task(hosts=True, help={**NAME, **JSON, **TELL})
def compose_down(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Record:
    """Step: remove the stack's containers and volumes.

    Example: inv wt.compose-down auth-feature
    """

    def do(tree: Tree) -> None:
        tree.runtime.down(tree)

    return _step(Session(c, json=json, quiet=quiet, verbose=verbose), name, do, inside=False)
