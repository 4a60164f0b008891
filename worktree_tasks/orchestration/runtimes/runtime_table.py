"""The runtimes by the names that stand in the records of worktrees; each is loaded when it is used."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..steps.project import Project
    from .runtime import Runtime

__all__ = ["load", "reading"]

# Where each is, from here: a vendored copy has another name.
_RUNTIMES = {"compose": ".compose.runtime:ComposeRuntime"}
# What of it may begin before all of it is loaded.
_READERS = {"compose": ".compose.project_reading:reading_ahead"}


def load(name: str = "compose") -> Runtime:
    """Return the runtime of a name, or the one for what is new."""
    return _new_runtime(_RUNTIMES[name])


@contextmanager
def reading(project: Project, name: str = "compose") -> Iterator[Project]:
    """Read what describes main's stack while the block loads whatever else it needs."""
    with _loaded(_READERS[name])(project):
        yield project


@cache
def _new_runtime(place: str) -> Runtime:
    made: Runtime = _loaded(place)()
    return made


def _loaded(place: str) -> Any:  # noqa: ANN401 - a class or a function
    module, attribute = place.split(":")
    return getattr(import_module(module, __package__), attribute)
