"""Flow: a worktree that something else made gets its stack; its branch and its files stay whose they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration import naming
from ...configuration.compose.override_text import is_ours
from ...configuration.compose.stack import LABEL
from ...errors import BadUse, Failure, Refused
from ...machine import files
from ...machine.register import expanded
from ..runtimes.compose.main_stack import ensure_main
from ..runtimes.compose.network import ensure_network, lease_network
from ..runtimes.compose.override import write_compose
from ..steps.aside import take_back
from ..steps.compose_project import lease_stack_name
from ..steps.copied_files import copy_files
from ..steps.env_files import write_env
from ..steps.ports import allocate_port
from ..steps.preconditions import refuse_unusable
from ..steps.unrecorded import keeper_of
from ..steps.worktree import find_moved, with_host
from ..steps.worktree_state import view
from .launch import launch

if TYPE_CHECKING:
    from ...configuration.compose.override import Stack
    from ...configuration.results import Worktree
    from ...git import Worktree as Tree
    from ...store import Record
    from ..steps.project import Site

__all__ = ["adopt"]


def adopt(site: Site, path: str, *, start: bool = True, slot: int | None = None) -> Worktree:
    """Give a worktree that was made otherwise all that `new` gives; one that is ours stays as it is.

    Its files are kept: an env file that is there is changed only where it points to main. Its branch is never
    deleted, since it was not made here. What an attempt that failed wrote and leased stays for the next one.

    Args:
        site: The project.
        path: Its directory, or one in it.
        start: Whether its stack starts.
        slot: The worktree's N.

    Raises:
        BadUse: There is no worktree of this repository, or it is on no branch.
        Refused: A file of somebody's is where the override goes.
        Failure: A step failed; run again, it goes on from there.
    """
    tree, branch = _found(site, path)
    with site.alone(branch):
        tree = _still(site, tree)
        record = next((one for one in site.records() if one.path == tree.path), None)
        record = take_back(site, record) if record else None
        if record and record.state == "ready":
            with site.progress.step("worktree") as say:
                say(f"{record.name} is one of ours already")
            return view(site, record)
        if keeper := keeper_of(site, tree.path):
            raise BadUse(
                f"{tree.path} is a worktree of the state directory {keeper}",
                f"set XDG_STATE_HOME to {keeper.parent}, or remove it there",
            )
        site.check()
        refuse_unusable(site)
        _refuse_override(site, tree.path)
        _note_running(site, tree.path)
        record = record or _record(site, tree, branch)
        git.mark(site.repository, record.path, record.key, site.store.path.parent)
        record, stack = _equip(site, record, start=start, slot=slot)
        record = site.store.update(record, state="ready", opened=True)
        if start:
            launch(site, record, stack)
        return view(site, record)


def _found(site: Site, path: str) -> tuple[Tree, str]:
    """Return git's entry for a directory of a worktree, and its branch."""
    place = Path(os.path.abspath(expanded(path))).resolve()  # noqa: PTH100 - "." and ".." are meant
    trees = [tree for tree in git.worktrees(site.repository) if place.is_relative_to(tree.path.resolve())]
    tree = max(trees, key=lambda one: len(one.path.parts), default=None)
    if tree is None or tree.prunable is not None or not place.is_dir():
        raise BadUse(
            f"{place} is no worktree of {site.main}" if place.is_dir() else f"{place} is not there",
            "git worktree list shows them",
        )
    if tree.path == site.main or tree.bare:
        raise BadUse(f"{tree.path} is the main checkout", "it has its stack already: docker compose up")
    if tree.branch is None:
        raise BadUse(
            f"{tree.path} is on no branch, by which it would be known",
            f"git -C {tree.path} switch --create NAME",
        )
    return tree, tree.branch


def _still(site: Site, tree: Tree) -> Tree:
    """Return git's entry as it is after a wait.

    Raises:
        Failure: The worktree is gone, or on another branch, whose lock is not ours.
    """
    now, branch = _found(site, str(tree.path))
    if branch != tree.branch:
        raise Failure(f"{now.path} was switched to {branch} meanwhile", f"wt.adopt {now.path} tries again")
    return now


def _record(site: Site, tree: Tree, branch: str) -> Record:
    for one in site.records():
        # One of ours that was moved by hand is found by its branch; it needs no other record.
        if one.branch == branch and find_moved(site, one).path == tree.path:
            return site.store.record(one.key)
    with site.progress.step("worktree") as say:
        record = site.store.create(
            site.project,
            branch=branch,
            name=lambda taken: naming.slug(branch, taken),
            path=lambda _: tree.path,
            start_commit=None,
            made_branch=False,
            host="",
            # What is new is the stack; a hook that fills a new worktree would work on somebody's files.
            opened=True,
        )
        say(f"{tree.path}, branch {branch}, taken over as {record.name}")
        return with_host(site, record)


def _equip(site: Site, record: Record, *, start: bool, slot: int | None) -> tuple[Record, Stack]:
    record = lease_network(site, lease_stack_name(site, with_host(site, record)))
    if start:
        ensure_main(site)
        record = ensure_network(site, record)
    copy_files(site, record)
    record = allocate_port(site, record, wanted=slot)
    record = write_env(site, record)
    return record, write_compose(site, record)


def _refuse_override(site: Site, path: Path) -> None:
    """Refuse to write the override over a file that somebody else wrote."""
    place = path / site.compose_files.override
    if os.path.lexists(place) and not (place.is_file() and is_ours(files.read_text(place))):
        raise Refused(
            f"{place} is there already, and the stack's override goes there",
            "move it away, then run the same command again",
        )


def _note_running(site: Site, path: Path) -> None:
    """Tell of a stack that was started there before; nothing of it is touched."""
    place = path / site.compose_files.directory
    label = f"com.docker.compose.project.working_dir={place}"
    projects = {one.project for one in site.engine.labelled(label) if f"{LABEL}.key" not in one.labels}
    for project in sorted(projects):
        site.progress.note(
            f"containers of compose project {project} stay as they are: `docker compose -p {project} down`"
            " removes those that were started there before"
        )
