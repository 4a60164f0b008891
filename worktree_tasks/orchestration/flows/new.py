"""Flow: from a branch's name to a worktree with a running stack."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ... import git
from ...errors import BadUse, WorktreeTasksError
from ...parallel import together
from ..runtimes.compose.main_stack import ensure_main
from ..runtimes.compose.network import ensure_network, lease_network, remove_network
from ..runtimes.compose.override import worktree_model, write_compose
from ..steps.compose_project import lease_stack_name
from ..steps.copied_files import copy_files
from ..steps.env_files import write_env
from ..steps.exposure import seen_source
from ..steps.hooks import after_new
from ..steps.limits import without_own_services
from ..steps.ports import allocate_port, refuse_another_slot
from ..steps.preconditions import refuse_unusable
from ..steps.refresh import refresh
from ..steps.worktree import add_worktree, delete_worktree, worktree_root
from ..steps.worktree_state import view
from .launch import launch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...configuration.results import Worktree
    from ...store import Record
    from ..steps.project import Site
    from ..steps.refresh import Fetched

__all__ = ["Wish", "new"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked of `new`.

    Attributes:
        branch: The branch.
        base: What a new branch starts from.
        slot: The worktree's N.
        start: Whether the stack starts.
        build: Whether it starts from images that are built anew.
        pull_request: The number of the pull request whose work it gets.
        fetch: Whether the remote is asked first, in any case.
        opening: Whether somebody opens it, so that the hooks `after_new` are due.
        trust: Whether somebody has seen what a branch from elsewhere asks for.
        ask: Shows lines about that and asks whether to go on; nobody is there otherwise.
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


def new(site: Site, wish: Wish) -> Worktree:
    """Make a worktree with a running stack; run again after a crash, finish the job.

    What fails before the containers start is undone. When the containers or a hook fail, the worktree
    stays.

    Raises:
        BadUse: The branch, the base, the pull request or the slot cannot be used.
        DockerUnavailable: No engine answers.
        Refused: The branch is from elsewhere and asks for what main does not, and nobody has seen that.
        Failure: A step failed; the message tells which and how to go on.
    """
    fetched = _fetched(site, wish)
    seen = seen_source(site, wish.branch, wish.base, fetched, trust=wish.trust, ask=wish.ask)
    for record in site.records():
        if record.branch == wish.branch:
            refuse_another_slot(record, wish.slot)
    with site.alone(wish.branch):
        with _undone_on_failure(site, wish.branch):
            together(
                lambda: _check(site),
                lambda: add_worktree(site, wish.branch, base=wish.base, fetched=fetched, seen=seen),
            )
            record = lease_network(site, lease_stack_name(site, _made(site, wish.branch)))

            def main() -> None:
                if wish.start:
                    ensure_main(site)
                    ensure_network(site, record)

            def configuration() -> None:
                copy_files(site, record)
                ready = allocate_port(site, record, wanted=wish.slot)
                worktree_model(site, write_env(site, ready))

            together(main, configuration)
            record = site.store.update(record, state="ready")
            stack = write_compose(site, record)
        for line in without_own_services(site):
            site.progress.note(line)
        if wish.start:
            launch(site, record, stack, build=wish.build)
        return view(site, after_new(site, record) if wish.opening else record)


def _fetched(site: Site, wish: Wish) -> Fetched:
    git.valid_branch(wish.branch)
    if wish.pull_request is not None and wish.base is not None:
        raise BadUse("a pull request has its own base", "leave out --base, or --pr")
    if wish.pull_request is not None and wish.pull_request < 1:
        raise BadUse(f"--pr {wish.pull_request} is no pull request", "its number is in its address")
    _ = site.compose_files
    return refresh(site, wish.branch, fetch=wish.fetch, number=wish.pull_request)


def _check(site: Site) -> None:
    site.check()
    refuse_unusable(site)


def _made(site: Site, branch: str) -> Record:
    return next(record for record in site.records() if record.branch == branch)


@contextmanager
def _undone_on_failure(site: Site, branch: str) -> Iterator[None]:
    """Take back what this command made of a worktree, and only that."""
    before = {record.key for record in site.records()}
    root = worktree_root(site)
    there = root.exists()
    try:
        yield
    except BaseException as error:
        made = [one for one in site.records() if one.branch == branch and one.key not in before]
        told = [_undo(site, record) for record in made]
        if not there:
            # Worktrees that others made meanwhile keep it.
            with suppress(OSError):
                root.rmdir()
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(*told) from error
        for line in told:
            site.progress.note(line)
        raise


def _undo(site: Site, record: Record) -> str:
    """Take back what was made, and return what became of it."""
    try:
        remove_network(site, record)
        delete_worktree(site, record)
        base = git.default_branch(site.repository, site.settings.base)
        tip = git.tip_of(site.repository, record.branch)
        if record.made_branch and tip and git.safe_elsewhere(site.repository, record.branch, base=base):
            git.delete_branch(site.repository, record.branch, expect=tip)
        site.store.delete(record)
    except WorktreeTasksError as error:
        return f"half-made worktree kept in {record.path}: {error.what}"
    return f"nothing of {record.name} is kept"
