"""What each step needs from the steps before it, so that each works alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtimes.compose.main_stack import ensure_main
from ..runtimes.compose.network import ensure_network
from ..steps.compose_project import lease_stack_name
from ..steps.env_files import write_env
from ..steps.ports import allocate_port

if TYPE_CHECKING:
    from ...store import Record
    from ..steps.project import Site

__all__ = ["with_env", "with_main", "with_network", "with_ports"]


def with_main(site: Site, record: Record) -> Record:
    """Return a worktree's record, with main's shared services running."""
    ensure_main(site)
    return record


def with_ports(site: Site, record: Record) -> Record:
    """Return the record of a worktree that has its slot, ports and compose project."""
    record = lease_stack_name(site, record)
    return record if record.slot is not None else allocate_port(site, record)


def with_network(site: Site, record: Record) -> Record:
    """Return the record of a worktree that has its ports and its network."""
    return ensure_network(site, with_main(site, with_ports(site, record)))


def with_env(site: Site, record: Record) -> Record:
    """Return the record of a worktree that has its ports, network and env files."""
    return write_env(site, with_network(site, record))
