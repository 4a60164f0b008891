"""The order of the steps, once: what makes a stack of a worktree, and what each step needs from others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ...parallel import in_order
from ..runtimes.values import Step
from ..steps.copied_files import copy_files
from ..steps.env_files import write_env
from ..steps.ports import allocate_port

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from ..steps.tree import Tree

__all__ = ["COMMON", "carry_out", "leading_to", "needs_of"]

# What every stack needs. What is independent runs side by side because this says so.
COMMON = (
    Step("copy-files", copy_files),
    Step("allocate-port", allocate_port),
    Step("write-env", write_env, ("allocate-port",)),
)

# What stands for the decisions beside the steps.
_DECIDE = "decide"


def carry_out(
    tree: Tree,
    *goals: str,
    options: Mapping[str, Mapping[str, object]] | None = None,
    decide: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Do steps for a worktree with all that they need, the independent ones side by side.

    Args:
        tree: The worktree.
        goals: The names of the steps.
        options: What a step is told besides, by its name.
        decide: What is decided first; only steps that may be early, and what they need, do not wait for it.

    Returns:
        What the steps returned, by their names.

    Raises:
        WorktreeTasksError: A step failed; what needs it was not begun.
    """
    told = options or {}
    steps = (*COMMON, *tree.runtime.steps)
    needs = needs_of(steps)
    wanted = leading_to(goals, needs)
    calls: dict[str, Callable[[], Any]] = {
        step.name: partial(step.do, tree, **told.get(step.name, {})) for step in steps if step.name in wanted
    }
    if decide:
        early = leading_to((step.name for step in steps if step.early), needs)
        needs = {name: before if name in early else {*before, _DECIDE} for name, before in needs.items()}
        calls = {_DECIDE: decide, **calls}
    return in_order(calls, needs)


def needs_of(steps: Collection[Step]) -> dict[str, Collection[str]]:
    """Return the names of the steps that each step needs, whichever of the two says so."""
    return {
        step.name: frozenset((*step.needs, *(other.name for other in steps if step.name in other.before)))
        for step in steps
    }


def leading_to(goals: Iterable[str], needs: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the names of the steps that lead to some, these included."""
    found: set[str] = set()
    ahead = list(goals)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += needs[name]
    return frozenset(found)
