"""References of own services to other services, without those that would start a shared one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..jobs.schedulers import why_held_back
from .merge_tags import Override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .model import Spec
    from .service_roles import Service
    from .stack import Stack

__all__ = ["NAMESPACES", "borrowed", "held_back", "host_names", "references"]

# What a service can share with another one, as `service:NAME` or `container:NAME`.
NAMESPACES = ("network_mode", "pid", "ipc")


def references(spec: Spec, services: Mapping[str, Spec], stack: Stack) -> dict[str, Any]:
    """Return the references of a service to others that the override has to change.

    Args:
        spec: The service.
        services: All services of the model.
        stack: The facts about the worktree's stack.
    """
    own = {one.name: one for one in stack.services if one.role == "own"}
    result: dict[str, Any] = {}
    near = {name for name, service in own.items() if not held_back(service, services[name])}
    kept = {name: dict(how.raw) for name, how in spec.depends_on.items() if name in near}
    if len(kept) < len(spec.depends_on):
        result["depends_on"] = Override(kept)
    linked = [link for link in spec.links if link.partition(":")[0] in near]
    if len(linked) < len(spec.links):
        result["links"] = Override(linked)
    aimed = tuple(_volumes_from(source, own, services, stack) for source in spec.volumes_from)
    if aimed != spec.volumes_from:
        result["volumes_from"] = Override(list(aimed))
    for key in NAMESPACES:
        given = spec.namespaces.get(key, "")
        if given and (other := _namespace(given, own, services, stack)) != given:
            result[key] = other
    return result


def held_back(service: Service, spec: Spec) -> bool:
    """Return whether one of our profiles keeps a service from starting.

    A service with an inactive profile of its own is not started anyway; a scheduler needs ours in any case.
    """
    planned = service.idle == why_held_back(service.duties)
    return bool(service.idle) and (planned or not spec.profiles)


def borrowed(services: Mapping[str, Spec]) -> frozenset[str]:
    """Return the services that others depend on because they use their network or volumes."""
    found: set[str] = set()
    for spec in services.values():
        found.update(source.partition(":")[0] for source in spec.volumes_from)
        modes = [spec.namespaces.get(key, "").partition(":") for key in NAMESPACES]
        found.update(target for mode, _, target in modes if mode == "service")
    return frozenset(found)


def _namespace(given: str, own: Mapping[str, Service], services: Mapping[str, Spec], stack: Stack) -> str:
    mode, _, target = given.partition(":")
    if mode == "service" and target not in own and target in stack.containers:
        return f"container:{stack.containers[target]}"
    if mode == "container" and (name := _own_service(target, own, services)):
        return f"service:{name}"
    return given


def _volumes_from(source: str, own: Mapping[str, Service], services: Mapping[str, Spec], stack: Stack) -> str:
    name, colon, mode = source.partition(":")
    if name == "container":
        target, colon, mode = mode.partition(":")
        service = _own_service(target, own, services)
        return f"{service}{colon}{mode}" if service else source
    if name in own or name not in stack.containers:
        return source
    return f"container:{stack.containers[name]}{colon}{mode}"


def _own_service(container: str, own: Mapping[str, Service], services: Mapping[str, Spec]) -> str | None:
    """Return the own service whose container in main has a given name."""
    return next((name for name in own if services[name].container_name == container), None)


def host_names(services: Mapping[str, Spec]) -> dict[str, dict[str, str]]:
    """Return the extra hosts that point to a service's static address: service to name to address.

    Nothing has that address in a worktree's network, which is a different one.
    """
    static = {
        joined.ipv4_address: name
        for name, spec in services.items()
        for joined in spec.networks.values()
        if joined.ipv4_address
    }
    found: dict[str, dict[str, str]] = {}
    for spec in services.values():
        for entry in spec.extra_hosts:
            host, _, address = entry.partition("=")
            if address in static:
                found.setdefault(static[address], {})[host] = address
    return found
