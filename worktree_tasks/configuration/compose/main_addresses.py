"""Addresses of main that remain in the environments and build arguments of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import replace
from ..env import rewriting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..env.address_targets import Surroundings
    from ..env.rewriting import ValueChange
    from .model import Model
    from .service_roles import Service

__all__ = ["carried_arguments", "carried_changes", "kept_values"]


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


def kept_values(
    main: Model, branch: Model, own: Collection[str], around: Surroundings, mounting: Collection[str]
) -> dict[str, dict[str, str]]:
    """Return main's values of moving variables, for the programs that must not see the new ones.

    Args:
        main: Main's compose model.
        branch: The worktree's.
        own: The own services.
        around: The variables, and the ports here.
        mounting: The services whose programs can read Compose's env files through a mount.
    """
    moving = {
        name: variable
        for name, variable in around.port_variables.items()
        if variable.moves and not variable.listener
    }
    found: dict[str, dict[str, str]] = {}
    for service in own:
        spec = branch.services[service]
        of_main = main.services[service].environment if service in main.services else {}
        for name, variable in moving.items():
            here = {str(port.published) for port in around.own if port.service in variable.services}
            kept = {
                key: of_main.get(key) or variable.main
                for key in variable.seen_as(name, service)
                if not rewriting.for_browsers(key)
                and (spec.environment.get(key) or "").rpartition(":")[2] in here
            }
            targets = {str(port.target) for port in spec.ports}
            if service in mounting and name not in spec.environment and variable.main in targets:
                # Its program may read the file itself, but the environment takes precedence over it.
                kept[name] = variable.main
            if kept:
                found.setdefault(service, {}).update(kept)
    return found
