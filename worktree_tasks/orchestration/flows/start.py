"""Flows: a stack brought up whatever its state, stopped with its ports kept, restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import Failure
from ..runtimes.compose.containers import stop_containers
from ..runtimes.compose.main_stack import ensure_main
from ..runtimes.compose.network import detach_network, ensure_network
from ..runtimes.compose.override import write_compose
from ..steps.aside import take_back
from ..steps.compose_project import lease_stack_name
from ..steps.copied_files import copy_files
from ..steps.env_files import write_env
from ..steps.holding import holding
from ..steps.hooks import after_new
from ..steps.linked import refuse_unlinked
from ..steps.ports import allocate_port
from ..steps.worktree import find_record
from ..steps.worktree_state import view
from .launch import launch

if TYPE_CHECKING:
    from ...configuration.results import Worktree
    from ...store import Record
    from ..steps.project import Site

__all__ = ["restart", "start", "stop"]


def start(site: Site, name: str, *, build: bool = False) -> Worktree:
    """Bring a worktree's stack up and wait until it answers.

    Args:
        site: The project.
        name: The worktree.
        build: Whether this worktree's images are built anew.

    Raises:
        BadUse: No worktree bears the name.
        Failure: Its directory is gone, or a step or a hook failed.
    """
    site.check()
    with holding(site, find_record(site, name)) as record:
        return _bring_up(site, record, build=build)


def _bring_up(site: Site, record: Record, *, build: bool) -> Worktree:
    record = take_back(site, record)
    if not record.path.is_dir():
        raise Failure(
            f"{record.home} is gone",
            f"bring it back, or run wt.remove {record.name} to let go of what it left",
        )
    refuse_unlinked(site, record)
    ensure_main(site)
    copy_files(site, record)
    record = lease_stack_name(site, record)
    record = allocate_port(site, record)
    record = ensure_network(site, record)
    record = write_env(site, record)
    stack = write_compose(site, record)
    record = site.store.update(record, state="ready")
    launch(site, record, stack, build=build)
    return view(site, after_new(site, record))


def stop(site: Site, name: str) -> Worktree:
    """Stop a worktree's stack; its containers, ports and names are kept.

    Raises:
        BadUse: No worktree bears the name.
    """
    site.check_docker()
    with holding(site, find_record(site, name)) as record:
        with site.progress.step("containers") as say:
            count = stop_containers(site, record)
            say(f"{count} stopped" if count else "none was running")
        with site.progress.step("network") as say:
            detach_network(site, record)
            say("main's services detached")
        return view(site, record)


def restart(site: Site, name: str) -> Worktree:
    """Stop a worktree's stack and bring it up again."""
    stop(site, name)
    return start(site, name)
