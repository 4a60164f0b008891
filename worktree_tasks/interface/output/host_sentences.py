"""The lines that are printed for other machines; their documents come from the dataclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.formatting import spoken_count
from .sentences import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...orchestration.flows.host_forget import Forgotten
    from ...orchestration.flows.host_init import Prepared
    from ...orchestration.flows.hosts import Machine

__all__ = ["forgotten", "hosts", "prepared"]


def hosts(found: Sequence[Machine]) -> list[str]:
    """List the known machines."""
    rows = [
        (
            one.name,
            one.ssh if one.ssh != one.name else "",
            one.path or f"wt.host-init {one.name} sets it up",
            spoken_count(one.worktrees, "worktree"),
            "connected" if one.connected else "",
        )
        for one in found
    ]
    return columns(rows) or ["→ no other machine is known; wt.host-init HOST sets one up"]


def prepared(machine: Prepared) -> list[str]:
    """Say that worktrees can be opened on a machine."""
    return [f"→ {machine.host} is ready; wt.new BRANCH --on {machine.host} opens a worktree there"]


def forgotten(machine: Forgotten) -> list[str]:
    """Say that a machine no longer has anything of ours."""
    gone = spoken_count(len(machine.worktrees), "worktree")
    return [f"→ {machine.host} is forgotten{f', with {gone}' if gone else ''}"]
