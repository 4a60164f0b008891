"""Check: each worktree's network is its own, and sorts after main's, which main has to query first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ....steps.doctor_check import CheckLook, found, usable
from ....steps.hooks import run_hooks
from ....steps.worktree_lock import holding
from ..compose_input import input_of
from ..container_start import compose_up
from ..main_stack import ensure_main, wanted_shared
from ..network import detach_network, ensure_network
from ..network_name import is_strangers, lease_network, networks_of_main
from ..network_renewal import give_up_network, recreate
from ..override_writing import write_compose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .....engine.api import Network
    from ....steps.project import Project
    from ....steps.worktree_handle import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for networks that are not ours, or that sort before one of main's shared services."""
    existing = project.engine.networks()
    last = max(networks_of_main(project, existing), default="")
    troubles = tuple(
        found("order", tree.record.name, what, repair=partial(_rename, tree))
        for tree in usable(project)
        if (what := _wrong(tree, existing, last))
    )
    return CheckLook(f"worktrees' networks after main's {last}", troubles)


def _wrong(tree: Tree, existing: Iterable[Network], last: str) -> str | None:
    """Return what is wrong with a worktree's network, in words."""
    network = tree.record.network
    if is_strangers(tree, existing):
        return f"network {network}, which {tree.record.name} is to use, was not created by us"
    if network and network <= last:
        return (
            f"network {network} sorts before main's {last}: main's services would query it first, and"
            " have their default route there"
        )
    return None


def _rename(tree: Tree) -> None:
    """Give a worktree a network with a later name, and recreate its containers in it."""
    with holding(tree):
        ran = give_up_network(tree)
        own = tree.containers()
        lease_network(tree)
        if ran:
            ensure_main(tree.project, wanted_shared(tree.services))
        ensure_network(tree)
        stack = write_compose(tree)
        if own:
            call = input_of(tree.project, tree.record.path).invocation(
                project=tree.record.compose_project, override=True, profiles=("*",)
            )
            recreate(call, {one.service for one in own})
        if ran:
            run_hooks(tree, "before_start")
            compose_up(tree, stack)
        else:
            detach_network(tree)
