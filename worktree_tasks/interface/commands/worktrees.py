"""Tasks for worktrees: create, adopt, list and plan them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from invoke.context import Context
from invoke.exceptions import Exit

from ...configuration.settings import MODES
from ...errors import BadUse
from ..flag_values import check_choice, number, seconds, wanted_roles
from ..flags import (
    BASE,
    BUILD,
    DATABASE,
    EVENTS,
    HOOKS,
    JSON,
    NAME_OR_MAIN,
    ON,
    SLOT,
    START,
    TELL,
    TIMEOUT,
    TRUST,
)
from ..output import documents, sentences
from ..output.printing import show_value
from ..session import Session
from ..target_host import remote_worktree
from ..task_class import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.worktree_result import Listing, Worktree
    from ...orchestration.flows.plan import Plan

__all__ = ["adopt", "list_", "new", "path", "plan", "show_dry_run"]


@task(
    hosts=True,
    dry_run=True,
    iterable=["own", "shared"],
    help={
        "branch": "An existing branch, here or on a remote, or the name of a new one.",
        **BASE,
        **START,
        **SLOT,
        **BUILD,
        **DATABASE,
        "pr": "Number of a pull or merge request; BRANCH is its local branch.",
        "fetch": "Fetch first; a new branch starts from what was fetched.",
        "own": "A service to run in this worktree's own stack; repeatable.",
        "shared": "A service to share with main; repeatable.",
        **TRUST,
        **TIMEOUT,
        **HOOKS,
        **TELL,
        **EVENTS,
        **JSON,
    },
)
def new(
    c: Context,
    branch: str,
    base: str | None = None,
    start: bool = True,
    build: bool = False,
    slot: str | None = None,
    database: str | None = None,
    pr: str | None = None,
    fetch: bool = False,
    own: Sequence[str] | None = None,
    shared: Sequence[str] | None = None,
    trust: bool = False,
    timeout: str | None = None,
    hooks: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    events: bool = False,
    json: bool = False,
) -> Worktree:
    """Open a worktree of a branch with its stack running.

    Example: inv wt.new auth-feature --base develop
    Example, a pull request's work under a branch of your own: inv wt.new review-123 --pr 123
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        session.limit(seconds("timeout", timeout))
        if events:
            session.tell_events()
        check_choice("database", database, MODES)
        numbers = number("slot", slot), number("pr", pr)
        roles = wanted_roles(own, shared)
        if session.dry:
            if pr is not None or fetch or roles:
                raise BadUse(
                    "--pr, --fetch, --own and --shared have no dry run",
                    "nothing was done; leave them out",
                    kind="no-dry-run",
                )
            show_dry_run(session, branch, base, numbers[0], database)
        from ..quick.stack_tasks import make_worktree

        return make_worktree(
            session, branch, base=base, slot=numbers[0], start=start, build=build, pull_request=numbers[1],
            fetch=fetch, trust=trust, roles=roles, database=database,
        )  # fmt: skip


@task(
    dry_run=True,
    name="list",
    help={
        "all": "All projects on this machine, with the memory that their containers use.",
        "watch": "Refresh in place until you press q.",
        **JSON,
    },
)
def list_(
    c: Context,
    all: bool = False,  # noqa: A002 - the flag's name
    watch: bool = False,
    json: bool = False,
) -> Listing | tuple[Listing, ...]:
    """List every worktree with its stack's state.

    Example: inv wt.list --watch
    """
    with Session(c, json=json, hooks=False) as session:
        from ..quick.list_and_projects import list_worktrees

        return list_worktrees(session, every=all, watch=watch, json=json)


@task(
    help={
        "path": "The directory of a worktree that something else made: plain git, an editor, another tool.",
        **START,
        **SLOT,
        **HOOKS,
        **TELL,
        **JSON,
    }
)
def adopt(
    c: Context,
    path: str,
    start: bool = True,
    slot: str | None = None,
    hooks: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Worktree:
    """Take over a worktree that another tool made.

    Example: inv wt.adopt ../shop-hotfix
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.runtimes.runtime_table import reading

        slot_number = number("slot", slot)
        with reading(session.project) as project:
            from ...orchestration.flows.adopt import adopt

            tree = adopt(project, path, start=start, slot=slot_number)
        return session.show_worktree(tree)


@task(dry_run=True, help={**NAME_OR_MAIN, **ON, **JSON})
def path(c: Context, name: str, on: str | None = None, json: bool = False) -> Path:
    """Print a worktree's directory; HOST:PATH on another machine.

    Example: cd "$(inv wt.path auth-feature)"
    """
    with Session(c, json=json, hooks=False) as session:
        if place := remote_worktree(c, session, name, on):
            found = Path(f"{place.host.name}:{place.tree.path}")
            document = documents.path(place.tree.path, on=place.host.name)
        else:
            from ...orchestration.steps.worktree_search import find_checkout

            found = find_checkout(session.project, name).record.path
            document = documents.path(found)
        session.show_with(document, partial(show_value, str(found)))
        return found


@task(
    hosts=True,
    dry_run=True,
    help={
        "branch": "The branch that `wt.new` would open.",
        "base": "Where the branch would start.",
        **DATABASE,
        **JSON,
    },
)
def plan(
    c: Context, branch: str, base: str | None = None, database: str | None = None, json: bool = False
) -> Plan:
    """Show what wt.new would do; touch nothing.

    Example: inv wt.plan auth-feature
    """
    with Session(c, json=json) as session:
        from ...orchestration.runtimes.runtime_table import reading

        check_choice("database", database, MODES)
        with reading(session.untouched_project) as project:
            from ...orchestration.flows.plan import plan

            found = plan(project, branch, base=base, database=database)
        session.show(documents.plan(found), sentences.plan(found))
        return found


def show_dry_run(
    session: Session, branch: str, base: str | None, slot: int | None = None, database: str | None = None
) -> NoReturn:
    """Show what `new` would do, and exit: there is no worktree to continue with.

    Raises:
        Exit: Always, once the plan is shown.
    """
    from ...orchestration.flows.plan import plan

    found = plan(session.untouched_project, branch, base=base, slot=slot, database=database)
    session.show(documents.plan(found), sentences.plan(found))
    raise Exit(sentences.DRY_RUN, 0)
