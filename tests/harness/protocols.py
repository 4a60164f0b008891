"""Whether a class that is loaded by its name has what its Protocol says, which no type checker sees."""

from __future__ import annotations

import inspect


def missing(made, protocol) -> list[str]:
    """Return what an object has not, or has with other parameters, of a Protocol's attributes and methods."""
    attributes = [name for name in protocol.__annotations__ if not hasattr(made, name)]
    methods = [
        name
        for name, method in vars(protocol).items()
        if inspect.isfunction(method) and not name.startswith("_")
        if _parameters(getattr(type(made), name, None)) != _parameters(method)
    ]
    return attributes + methods


def _parameters(method) -> list[tuple[str, object]] | None:
    return method and [(one.name, one.kind) for one in inspect.signature(method).parameters.values()]
