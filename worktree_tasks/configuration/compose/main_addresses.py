"""Addresses of main that remain in the environments and build arguments of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import replace
from ..env import rewriting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..env.address_targets import Surroundings
    from ..env.rewriting import ValueChange
    from .model import Model
    from .service_roles import Service

__all__ = ["carried_arguments", "carried_changes"]


def carried_changes(
    model: Model, own: Iterable[Service], around: Surroundings
) -> dict[str, tuple[ValueChange, ...]]:
    """Return the values in own services' environments that still point to main, by service."""
    found: dict[str, tuple[ValueChange, ...]] = {}
    for service in own:
        spec = model.services[service.name]
        values = _with_values(spec.environment)
        inside = frozenset() if spec.network_mode == "host" else frozenset(values)
        seen = _seen_inside(around, service.name)
        changes = (*rewriting.rewrite(values, seen, inside=inside), *rewriting.additions(values, around))
        if changes:
            found[service.name] = changes
    return found


def carried_arguments(
    model: Model, own: Iterable[Service], around: Surroundings
) -> dict[str, tuple[ValueChange, ...]]:
    """Return the build arguments of own services that still point to main, by service."""
    found: dict[str, tuple[ValueChange, ...]] = {}
    for service in own:
        build = model.services[service.name].build
        values = _with_values(build.arguments) if build else {}
        seen = _seen_inside(around, service.name)
        if changes := rewriting.rewrite(values, seen, inside=frozenset(values)):
            found[service.name] = changes
    return found


def _with_values(values: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


def _seen_inside(around: Surroundings, service: str) -> Surroundings:
    """Return the surroundings for a program: port variables keep main's value, except those for browsers."""
    kept = {
        key: replace(variable, moves=False)
        for name, variable in around.port_variables.items()
        if variable.services
        for key in variable.seen_as(name, service)
        if not rewriting.for_browsers(key)
    }
    return replace(around, port_variables=kept)
