"""The runtimes, by their names in the records of worktrees; each is loaded when it is used."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..steps.project import Project
    from .runtime import Runtime

__all__ = ["load", "reading"]

# The places are relative, since a vendored copy has another name.
_RUNTIMES = {"compose": ".compose.compose_runtime:ComposeRuntime"}
# What can start before the whole runtime is loaded.
_READERS = {"compose": ".compose.compose_models:reading_ahead"}


def load(name: str = "compose") -> Runtime:
    """Return the runtime with a name; by default, the one for new stacks.

    Raises:
        Failure: The name is recorded, and not known here.
    """
    if name not in _RUNTIMES:
        raise Failure(
            f"this version does not know the runtime {name} of a worktree",
            "upgrade worktree-tasks",
            kind="runtime-unknown",
        )
    return _new_runtime(_RUNTIMES[name])


@contextmanager
def reading(project: Project, name: str = "compose") -> Iterator[Project]:
    """Read the description of main's stack while the block loads what else it needs."""
    with _loaded(_READERS[name])(project):
        yield project


@cache
def _new_runtime(place: str) -> Runtime:
    made: Runtime = _loaded(place)()
    return made


def _loaded(place: str) -> Any:  # noqa: ANN401 - a class or a function
    module, attribute = place.split(":")
    return getattr(import_module(module, __package__), attribute)
