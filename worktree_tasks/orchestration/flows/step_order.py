"""The order of the steps, in one place: the steps that make a worktree's stack, and what each one needs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ...parallel import in_order
from ..runtimes.runtime_values import Step
from ..steps.copied_files import copy_files
from ..steps.env_file_writing import write_env
from ..steps.ports import allocate_port

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from ..steps.worktree_handle import Tree

__all__ = ["COMMON", "carry_out", "leading_to", "needs_of"]

# The steps that every stack needs. Steps that do not need each other run in parallel.
COMMON = (
    Step("copy-files", copy_files),
    Step("allocate-port", allocate_port),
    Step("write-env", write_env, ("allocate-port",)),
)

# The name of what comes before the steps, among them.
_FIRST = "first"


def carry_out(
    tree: Tree,
    *goals: str,
    options: Mapping[str, Mapping[str, object]] | None = None,
    first: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Run steps for a worktree with everything that they need, independent ones in parallel.

    Args:
        tree: The worktree.
        goals: The names of the steps.
        options: Further arguments of steps, by step name.
        first: What comes before the steps; only those marked `early`, and what they need, do not wait for it.

    Returns:
        The steps' return values, by step name.

    Raises:
        WorktreeTasksError: A step failed; the steps that need it did not begin.
    """
    arguments = options or {}
    steps = (*COMMON, *tree.runtime.steps)
    needs = needs_of(steps)
    wanted = leading_to(goals, needs)
    calls: dict[str, Callable[[], Any]] = {
        step.name: partial(step.do, tree, **arguments.get(step.name, {}))
        for step in steps
        if step.name in wanted
    }
    if first:
        early = leading_to((step.name for step in steps if step.early), needs)
        needs = {name: before if name in early else {*before, _FIRST} for name, before in needs.items()}
        calls = {_FIRST: first, **calls}
    return in_order(calls, needs)


def needs_of(steps: Collection[Step]) -> dict[str, Collection[str]]:
    """Return the names of the steps that each step needs, from both `needs` and `before`."""
    return {
        step.name: frozenset((*step.needs, *(other.name for other in steps if step.name in other.before)))
        for step in steps
    }


def leading_to(goals: Iterable[str], needs: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the names of the steps that the goals need, directly or not, and of the goals themselves."""
    found: set[str] = set()
    ahead = list(goals)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += needs[name]
    return frozenset(found)
