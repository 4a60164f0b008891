"""The runtimes by the names that stand in the records of worktrees; each is loaded when it is used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..steps.project import Project
    from ..steps.tree import Tree
    from .runtime import Runtime

__all__ = ["runtime_in", "runtime_of"]

# Where each is, from here: a vendored copy has another name.
_MODULES = {"compose": (".compose.runtime", "ComposeRuntime")}


def runtime_of(tree: Tree) -> Runtime:
    """Return what runs a worktree's stack: what it came up with, it goes down with."""
    return _loaded(*_MODULES[tree.record.runtime])


def runtime_in(project: Project) -> Runtime:
    """Return what runs the stack of a project's main checkout, and of worktrees that are new."""
    return _loaded(*_MODULES[project.runtime])


@cache
def _loaded(module: str, name: str) -> Runtime:
    made: Runtime = getattr(import_module(module, __package__), name)()
    return made
