"""Flow: from a branch's name to a worktree with a running stack."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.role_notes import spread_notes
from ...errors import BadUse, WorktreeTasksError
from ...parallel import Outcome, together
from ...quick_dataclasses import dataclass, field
from ..steps.copied_folders import folders_of
from ..steps.database_copies import forget_unmade, make_databases
from ..steps.hooks import after_new
from ..steps.job_notes import give_own_brokers, jobs_apart, jobs_mixed
from ..steps.limitations import by_settings, without_own_services
from ..steps.machine_access import look, seen_source
from ..steps.needed_files import env_files
from ..steps.own_databases import request_database
from ..steps.plain_compose_notes import plain_compose
from ..steps.ports import refuse_another_slot
from ..steps.preconditions import refuse_unusable
from ..steps.recorded_roles import refuse_unknown, request_roles
from ..steps.redis_queries import ask_ahead
from ..steps.remote_refresh import refresh
from ..steps.sqlite_files import missing_sqlite_files
from ..steps.worktree_creation import check_out, plan_source, record_worktree
from ..steps.worktree_deletion import delete_worktree
from ..steps.worktree_handle import trees
from ..steps.worktree_search import find_by_branch
from ..steps.worktree_state import view
from .launch import launch
from .step_order import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...configuration.worktree_result import Worktree
    from ..steps.project import Project
    from ..steps.remote_refresh import Fetched
    from ..steps.worktree_handle import Tree

__all__ = ["Wish", "new"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What `new` is to do.

    Attributes:
        branch: The branch.
        base: What a new branch starts from.
        slot: The slot to use.
        start: Whether to start the stack.
        build: Whether to rebuild its images first.
        pull_request: The number of the pull request to check out.
        fetch: Whether to fetch from the remote first, in any case.
        opening: Whether the worktree is opened, so that the hooks `after_new` run.
        trust: Whether the user has approved what a branch from elsewhere asks of the machine.
        ask: Shows lines about that and returns whether to continue; by default the answer is no.
        roles: The roles of services in this worktree, which override the rules.
        database: `shared`, `clone` or `empty`; the project's setting by default.
    """

    branch: str
    base: str | None = None
    slot: int | None = None
    start: bool = True
    build: bool = False
    pull_request: int | None = None
    fetch: bool = False
    opening: bool = True
    trust: bool = False
    ask: Callable[[Sequence[str]], bool] = field(default=lambda _: False)
    roles: Mapping[str, str] = field(default_factory=dict)
    database: str | None = None


def new(project: Project, wish: Wish) -> Worktree:
    """Make a worktree with a running stack; after a crash, run it again to finish.

    A failure before the containers start is undone. If a container or a hook fails, the worktree stays.

    Raises:
        BadUse: The branch, the base, the pull request or the slot cannot be used.
        DockerUnavailable: No engine is reachable.
        Refused: The branch is from elsewhere, asks for more access than main does, and this was not approved.
        Failure: A step failed; the message says which, and how to continue.
    """
    fetched = _fetched(project, wish)
    seen = seen_source(project, wish.branch, wish.base, fetched, trust=wish.trust, ask=wish.ask)
    known = find_by_branch(project, wish.branch)
    if known:
        refuse_another_slot(known.record, wish.slot)
    _refuse_unknown_roles(project, wish, fetched)
    for line in plain_compose(project, wish.branch):
        project.progress.note(line)
    with project.locks.alone(known.record.branch if known else wish.branch):
        with _undone_on_failure(project, wish.branch):
            made: list[Tree] = []
            full: list[str] = []
            checked = Outcome[None]()

            def add() -> None:
                tree, source = record_worktree(
                    project, wish.branch, base=wish.base, fetched=fetched, seen=seen
                )
                made.append(tree)

                def begin() -> None:
                    check_out(tree, source)
                    checked.wait()
                    request_roles(tree, wish.roles)
                    request_database(tree, wish.database)
                    full.extend(give_own_brokers(tree))

                goals = tree.runtime.goals(start=wish.start)
                carry_out(tree, *goals, options={"allocate-port": {"wanted": wish.slot}}, first=begin)

            together(lambda: checked.make(lambda: _check(project, new=known is None)), add)
            tree = made[0]
            own = make_databases(tree) if wish.start else ()
            tree.update(state="ready")
            missing = missing_sqlite_files(tree)
        mine = tree.branch_services
        for line in (*spread_notes(mine), *jobs_apart(tree, mine)):
            project.progress.news(line)
        settled = by_settings(project, tree.record.name)
        for line in (*without_own_services(project), *settled, *full, *jobs_mixed(tree, mine), *missing):
            project.progress.note(line)
        state = launch(tree, build=wish.build, made=own) if wish.start else None
        if wish.opening and after_new(tree):
            state = None
        return view(tree, state)


def _fetched(project: Project, wish: Wish) -> Fetched:
    git.valid_branch(wish.branch)
    if wish.pull_request is not None and wish.base is not None:
        raise BadUse("a pull request has its own base", "leave out --base, or --pr", kind="base-and-pr")
    if wish.pull_request is not None and wish.pull_request < 1:
        raise BadUse(
            f"--pr {wish.pull_request} is not a pull request's number",
            "use the number in the pull request's URL",
            kind="bad-value",
        )
    if wish.slot is not None and wish.slot < 1:
        raise BadUse(f"--slot {wish.slot} cannot be used", "slots start at 1", kind="bad-value")
    _ = project.input.files
    return refresh(project, wish.branch, fetch=wish.fetch, number=wish.pull_request)


def _refuse_unknown_roles(project: Project, wish: Wish, fetched: Fetched) -> None:
    """Before anything is made, make sure that the services with a role exist in main or in the branch."""
    mains = project.model.services if wish.roles else {}
    if wish.roles.keys() - mains.keys():
        seen = look(project, plan_source(project, wish.branch, wish.base, fetched).start)
        if seen.error:
            raise seen.error
        refuse_unknown(wish.roles, (*mains, *(one.name for one in seen.services)))


def _check(project: Project, *, new: bool) -> None:
    """Make sure that a worktree can be made; for a new one, also read ahead what its steps need from main."""
    project.check()
    lanes = (refuse_unusable, *((ask_ahead, env_files, folders_of) if new else ()))
    together(*(partial(lane, project) for lane in lanes))


@contextmanager
def _undone_on_failure(project: Project, branch: str) -> Iterator[None]:
    """On failure, undo what this command made of a worktree, and only that."""
    before = {record.key for record in project.records()}
    root = project.root
    there = root.exists()
    try:
        yield
    except BaseException as error:
        mine = [one for one in trees(project) if one.record.branch == branch]
        outcomes = [_undo(one) if one.record.key not in before else _kept(one) for one in mine]
        if not there:
            # It stays if another command has made a worktree in it.
            with suppress(OSError):
                root.rmdir()
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(*filter(None, outcomes)) from error
        for line in filter(None, outcomes):
            project.progress.note(line)
        for one in mine:
            if isinstance(error, BadUse) and not one.record.path.exists():
                _leave_out_directory(error, one)
        raise


def _leave_out_directory(error: BadUse, tree: Tree) -> None:
    """Leave the directory of a worktree that was undone out of an error on its branch's compose files."""
    place = str(tree.record.path)
    if error.kind == "compose-unreadable" and place in error.hint:
        error.hint = f"correct it on the branch; wt.plan {tree.record.branch} shows the same"
    error.rewrite(lambda said: said.replace(f"{place}{os.sep}", ""))


def _undo(tree: Tree) -> str:
    """Undo what was made, and return the outcome in words."""
    try:
        tree.runtime.undo(tree)
        forget_unmade(tree)
        # A directory that is missing may be another branch's.
        if (entry := tree.entry) and entry.branch == tree.record.branch:
            delete_worktree(tree)
            _delete_made_branch(tree)
        tree.project.store.delete(tree.record)
        git.include_again(tree.project.repository, unless=lambda: bool(tree.project.records()))
    except WorktreeTasksError as error:
        what = tree.record.path if os.path.lexists(tree.record.path) else f"the record of {tree.record.name}"
        return f"{what} is kept: {error.what}; wt.remove {tree.record.name} removes it"
    return f"nothing of {tree.record.name} is kept"


def _kept(tree: Tree) -> str:
    """Say that an earlier command left it half made; nothing is said of a complete worktree."""
    if tree.record.state != "creating":
        return ""
    return f"{tree.record.name} is still half made; wt.remove {tree.record.name} removes it"


def _delete_made_branch(tree: Tree) -> None:
    repository, branch = tree.project.repository, tree.record.branch
    tip = git.tip_of(repository, branch) if tree.record.made_branch else None
    if tip and git.safe_elsewhere(repository, branch, base=tree.project.base):
        git.delete_branch(repository, branch, expect=tip)
