"""The compose override of a worktree: everything that differs from the project's own compose files.

Compose merges it after them. `!override` replaces what a merge would append to and `!reset` takes away:
https://docs.docker.com/reference/compose-file/merge/ (Compose 2.24.4 and later).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .ports import Port
    from .services import Service

__all__ = ["LABEL", "Override", "Reset", "Stack", "dropped_labels", "external_networks", "labels", "override"]

# The prefix of our labels; what bears none of them is never deleted.
LABEL = "worktree-tasks"
# Prefixes of labels by which a router claims host names; two stacks must not claim the same.
_ROUTER_LABELS = ("traefik.", "caddy")
_NO_PROFILE = "worktree-tasks-idle"


@dataclass(frozen=True, slots=True)
class Override:
    """A value that replaces the one of the compose files, in place of merging with it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Reset:
    """Takes away what the compose files say."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What is true of one worktree's stack.

    Attributes:
        key: The record's key, which the labels carry.
        project: Main's compose project.
        name: The worktree's slug.
        compose_project: The stack's compose project.
        network: The network that its services are in.
        services: What was decided for every service.
        ports: The own services' ports with the worktree's numbers.
        bind: The address that ports are published on.
        main: The main checkout's real path.
        directory: The worktree's path.
        images: The image tag of own services whose compose file names one beside `build`.
        environment: Values that no env file can carry, by service.
        containers: Main's containers of shared services, by service, for what points at them.
        share_names: Whether other worktrees see the own services under `<service>-<slug>`.
    """

    key: str
    project: str
    name: str
    compose_project: str
    network: str
    services: tuple[Service, ...]
    ports: tuple[Port, ...]
    bind: str
    main: str
    directory: str
    images: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)
    share_names: bool = False


def labels(stack: Stack) -> dict[str, str]:
    """Return the labels that everything of a worktree's stack bears."""
    return {f"{LABEL}.key": stack.key, f"{LABEL}.project": stack.project, f"{LABEL}.worktree": stack.name}


def override(model: Mapping[str, Any], stack: Stack) -> dict[str, Any]:
    """Build a worktree's compose override.

    Args:
        model: What `docker compose config --format json` prints in the worktree, with all profiles. Its `$`
            are doubled, so that its values can stand in a compose file again.
        stack: What is true of the worktree's stack.

    Returns:
        A document in which `Override` and `Reset` mark the tagged values.
    """
    specs = model.get("services") or {}
    own = {service.name: service for service in stack.services if service.role == "own"}
    services: dict[str, Any] = {name: Reset() for name in specs if name not in own}
    for name, service in own.items():
        services[name] = _service(specs[name], service, own, stack)
    document: dict[str, Any] = {
        "name": stack.compose_project,
        "services": services,
        "networks": {"default": Override({"name": stack.network, "external": True})},
    }
    if volumes := _volumes(model, own, stack):
        document["volumes"] = volumes
    return document


def _service(
    spec: Mapping[str, Any], service: Service, own: Mapping[str, Service], stack: Stack
) -> dict[str, Any]:
    name = service.name
    result: dict[str, Any] = {}
    aliases = tuple(str(spec[key]) for key in ("container_name", "hostname") if spec.get(key))
    for key in ("container_name", "hostname"):
        if spec.get(key):
            result[key] = Reset()
    if spec.get("ports"):
        result["ports"] = Override([_port(port, stack.bind) for port in stack.ports if port.service == name])
    if not spec.get("network_mode"):
        shared_alias = (f"{name}-{stack.name}",) if stack.share_names else ()
        names = tuple(dict.fromkeys((*aliases, *shared_alias)))
        result["networks"] = Override({"default": {"aliases": list(names)} if names else {}})
    if name in stack.images:
        result["image"] = stack.images[name]
    if spec.get("volumes"):
        result["volumes"] = Override([_mount(mount, stack) for mount in spec["volumes"]])
    if name in stack.environment:
        result["environment"] = dict(stack.environment[name])
    if service.idle and not spec.get("profiles"):
        result["profiles"] = Override([_NO_PROFILE])
    result["labels"] = _labels(spec, stack)
    result.update(_references(spec, own, stack))
    return result


def _port(port: Port, bind: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "target": port.target,
        "protocol": port.protocol,
        "host_ip": port.host_ip or bind,
    }
    if port.published is not None:
        entry["published"] = str(port.published)
    return entry


def _mount(mount: Mapping[str, Any], stack: Stack) -> dict[str, Any]:
    """Return a mount whose source lies in the worktree, where main's lies in main."""
    source = PurePosixPath(str(mount.get("source") or ""))
    if (
        mount.get("type") == "bind"
        and source.is_relative_to(stack.main)
        and not source.is_relative_to(stack.directory)
    ):
        return {**mount, "source": str(stack.directory / source.relative_to(stack.main))}
    return dict(mount)


def dropped_labels(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels of a service by which a router would claim main's host names for a worktree."""
    return tuple(name for name in spec.get("labels") or {} if name.startswith(_ROUTER_LABELS))


def _labels(spec: Mapping[str, Any], stack: Stack) -> Override | dict[str, str]:
    dropped = dropped_labels(spec)
    if not dropped:
        return labels(stack)
    kept = {name: str(value) for name, value in spec["labels"].items() if name not in dropped}
    return Override({**kept, **labels(stack)})


def _references(spec: Mapping[str, Any], own: Mapping[str, Service], stack: Stack) -> dict[str, Any]:
    """Return what points at other services, less what would start a shared one a second time."""
    result: dict[str, Any] = {}
    depends = spec.get("depends_on") or {}
    kept = {name: condition for name, condition in depends.items() if name in own and not own[name].idle}
    if kept != dict(depends):
        result["depends_on"] = Override(kept)
    links = [str(link) for link in spec.get("links") or ()]
    if any(link.partition(":")[0] not in own for link in links):
        result["links"] = Override([link for link in links if link.partition(":")[0] in own])
    sources = [str(source) for source in spec.get("volumes_from") or ()]
    if any(_is_shared(source.partition(":")[0], own, stack) for source in sources):
        result["volumes_from"] = Override([_volumes_from(source, own, stack) for source in sources])
    for key in ("network_mode", "pid", "ipc"):
        mode, _, target = str(spec.get(key) or "").partition(":")
        if mode == "service" and _is_shared(target, own, stack):
            result[key] = f"container:{stack.containers[target]}"
    return result


def _is_shared(name: str, own: Mapping[str, Service], stack: Stack) -> bool:
    return name not in own and name in stack.containers


def _volumes_from(source: str, own: Mapping[str, Service], stack: Stack) -> str:
    name, colon, mode = source.partition(":")
    if not _is_shared(name, own, stack):
        return source
    return f"container:{stack.containers[name]}{colon}{mode}"


def _volumes(model: Mapping[str, Any], own: Mapping[str, Service], stack: Stack) -> dict[str, Any]:
    """Return the own services' named volumes, each the worktree's own; external ones stay what they are."""
    used = {
        str(mount.get("source"))
        for name in own
        for mount in model["services"][name].get("volumes") or ()
        if mount.get("type") == "volume" and mount.get("source")
    }
    result: dict[str, Any] = {}
    for key, spec in (model.get("volumes") or {}).items():
        if key in used and not (spec or {}).get("external"):
            result[key] = {"name": f"{stack.compose_project}_{key}", "labels": labels(stack)}
    return result


def external_networks(spec: Mapping[str, Any], model: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the external networks that a service joins."""
    networks = model.get("networks") or {}
    return tuple(
        str(networks[key].get("name") or key)
        for key in spec.get("networks") or {}
        if key in networks and (networks[key] or {}).get("external")
    )
