"""The runtimes by the names that stand in the records of worktrees; each is loaded when it is used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["load"]

# Where each is, from here: a vendored copy has another name.
_RUNTIMES = {"compose": ".compose.runtime:ComposeRuntime"}


def load(name: str = "compose") -> Runtime:
    """Return the runtime of a name, or the one for what is new."""
    return _loaded(*_RUNTIMES[name].split(":"))


@cache
def _loaded(module: str, attribute: str) -> Runtime:
    made: Runtime = getattr(import_module(module, __package__), attribute)()
    return made
