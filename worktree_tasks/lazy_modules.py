"""Modules that are loaded on first use: `list` needs few of those that `new` does."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

# Nothing of typing is needed here, see __main__. Type checkers treat this as true.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

__all__ = ["exporting", "later"]


class _Later(ModuleType):
    """Stands in for a module until it is used."""

    def __init__(self, name: str, package: str | None) -> None:
        super().__init__(name)
        self.__package__ = package

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        return getattr(import_module(self.__name__, self.__package__), name)


def later(package: str | None, *names: str) -> Iterator[Any]:
    """Yield stand-ins for modules; type checkers know them from imports that only they read.

    Args:
        package: The package that their names are relative to.
        names: Their names, such as `.containers`.
    """
    return (_Later(name, package) for name in names)


def exporting(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package that exports names of its modules.

    Args:
        package: Its name.
        modules: By module, its names, separated by blanks.
    """
    places = {name: module for module, names in modules.items() for name in names.split()}

    def load(name: str) -> Any:  # noqa: ANN401 - whatever the module has
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{places[name]}"), name)
        setattr(import_module(package), name, found)
        return found

    return load
