"""What still points to main in the environments that compose files give to services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..env import rewriting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..env.rewriting import Change
    from ..env.targets import Surroundings
    from .model import Model
    from .services import Service

__all__ = ["carried_changes"]


def carried_changes(
    model: Model, own: Iterable[Service], around: Surroundings
) -> dict[str, tuple[Change, ...]]:
    """Return the values in own services' environments that still point to main, by service."""
    found: dict[str, tuple[Change, ...]] = {}
    for service in own:
        spec = model.services[service.name]
        values = {key: value for key, value in spec.environment.items() if value is not None}
        inside = frozenset() if spec.network_mode == "host" else frozenset(values)
        if changes := rewriting.rewrite(values, around, inside=inside):
            found[service.name] = changes
    return found
