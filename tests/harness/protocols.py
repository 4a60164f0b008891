"""Whether a class that is loaded by its name has what its Protocol says, which no type checker sees."""

from __future__ import annotations

import inspect


def missing(made, protocol) -> list[str]:
    """Return what an object has not, or has with other parameters, of a Protocol's attributes and methods."""
    names = {*protocol.__annotations__, *(name for name in vars(protocol) if not name.startswith("_"))}
    return sorted(
        name
        for name in names
        if not hasattr(made, name) or _parameters(type(made), name) != _parameters(protocol, name)
    )


def _parameters(kind, name) -> list[tuple[str, object]] | None:
    """Return the parameters of a method; None for what is no method."""
    value = getattr(kind, name, None)
    if not inspect.isfunction(value):
        return None
    return [(one.name, one.kind) for one in inspect.signature(value).parameters.values()]
