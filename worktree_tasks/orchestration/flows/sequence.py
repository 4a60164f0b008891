"""The order of the steps, once: what makes a stack of a worktree, and what each step needs from others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ...parallel import in_order
from ..runtimes.compose.main_stack import ensure_main
from ..runtimes.compose.network import ensure_network, lease_network
from ..runtimes.compose.override import write_compose
from ..steps.compose_project import lease_stack_name
from ..steps.copied_files import copy_files
from ..steps.env_files import write_env
from ..steps.ports import allocate_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..steps.tree import Tree

__all__ = ["ORDER", "Step", "carry_out", "needed"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step in the order.

    Attributes:
        name: Its name; where it is a task of its own, that of the task.
        do: Does it for a worktree, and nothing when it is done already.
        needs: The steps that have to be done before.
    """

    name: str
    do: Callable[..., object]
    needs: tuple[str, ...] = ()


# What is independent runs side by side because this says so.
ORDER = (
    Step("lease-stack-name", lease_stack_name),
    Step("lease-network", lease_network, ("lease-stack-name",)),
    Step("ensure-main", lambda tree: ensure_main(tree.project)),
    Step("copy-files", copy_files),
    Step("allocate-port", allocate_port, ("lease-stack-name",)),
    Step("ensure-network", ensure_network, ("ensure-main", "lease-network")),
    Step("write-env", write_env, ("allocate-port",)),
    Step("read-model", lambda tree: tree.model, ("copy-files", "write-env")),
    Step("write-compose", write_compose, ("lease-network", "read-model")),
)


def carry_out(
    tree: Tree, *goals: str, options: Mapping[str, Mapping[str, object]] | None = None
) -> dict[str, Any]:
    """Do steps for a worktree with all that they need, the independent ones side by side.

    Args:
        tree: The worktree.
        goals: The names of the steps.
        options: What a step is told besides, by its name.

    Returns:
        What the steps returned, by their names.

    Raises:
        WorktreeTasksError: A step failed; what needs it was not begun.
    """
    told = options or {}
    steps = needed(goals)
    calls = {step.name: partial(step.do, tree, **told.get(step.name, {})) for step in steps}
    return in_order(calls, {step.name: step.needs for step in steps})


def needed(goals: Iterable[str]) -> tuple[Step, ...]:
    """Return the steps that lead to some, these included, in the order of `ORDER`."""
    wanted = set(goals)
    for step in reversed(ORDER):
        if step.name in wanted:
            wanted.update(step.needs)
    steps = tuple(step for step in ORDER if step.name in wanted)
    assert len(steps) == len(wanted), wanted  # noqa: S101 - names are written in this package only
    return steps
