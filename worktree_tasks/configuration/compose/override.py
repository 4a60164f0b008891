"""The compose override of a worktree: everything that differs from the project's own compose files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .git_mounts import git_environment, git_mounts
from .host_paths import file_paths, service_paths
from .merge_tags import Override, Reset
from .service_references import borrowed, held_back, host_names, references
from .stack import Stack, labels, service_labels
from .volumes import stack_mounts, stack_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ports import Port
    from .model import Model, NetworkSpec, Spec, VolumeSpec
    from .service_roles import Service

__all__ = [
    "Override",
    "Reset",
    "Stack",
    "dropped_labels",
    "external_keys",
    "external_networks",
    "labels",
    "override",
]

# Prefixes of labels that claim host names at a router; two stacks must not claim the same one.
_ROUTER_LABELS = ("traefik.", "caddy")
_NO_PROFILE = "worktree-tasks-idle"


def override(model: Model, stack: Stack) -> dict[str, Any]:
    """Build a worktree's compose override.

    Args:
        model: The compose model in the worktree, with all profiles. Its `$` are doubled, so that its values
            can be written into a compose file again.
        stack: The facts about the worktree's stack.

    Returns:
        A document in which `Override` and `Reset` mark the tagged values.
    """
    own = {service.name: service for service in stack.services if service.role == "own"}
    services: dict[str, Any] = {name: Reset() for name in model.services if name not in own}
    for name, service in own.items():
        services[name] = _service(service, model, stack)
    document: dict[str, Any] = {
        "name": stack.compose_project,
        "services": services,
        "networks": {"default": Override({"name": stack.network, "external": True})},
    }
    if volumes := stack_volumes(model, own, stack):
        document["volumes"] = volumes
    for kind, files in (("secrets", model.secrets), ("configs", model.configs)):
        if aimed := file_paths(files, stack):
            document[kind] = aimed
    return document


def _service(service: Service, model: Model, stack: Stack) -> dict[str, Any]:
    name = service.name
    spec = model.services[name]
    names = {"container_name": spec.container_name, "hostname": spec.hostname}
    result: dict[str, Any] = {key: Reset() for key, given in names.items() if given}
    if spec.ports:
        result["ports"] = Override([_port(port, stack.bind) for port in stack.ports if port.service == name])
        result.update(_one_replica(spec, stack))
    if not spec.network_mode:
        aliases = _aliases(spec, model, stack)
        result["networks"] = Override({"default": {"aliases": aliases} if aliases else {}})
    result.update(_image(spec, stack))
    if spec.mounts:
        result["volumes"] = Override([*stack_mounts(service, spec, stack), *git_mounts(spec, stack)])
    if environment := {**stack.environment.get(name, {}), **git_environment(spec, stack)}:
        result["environment"] = environment
    if service.command is not None:
        result["command"] = Override([word.replace("$", "$$") for word in service.command])
    if held_back(service, spec) and name not in borrowed(model.services):
        result["profiles"] = Override([_NO_PROFILE])
    result["labels"] = _labels(spec, stack)
    result.update(_extra_hosts(spec, model))
    paths = service_paths(spec, stack)
    if build := {**result.get("build", {}), **paths.get("build", {})}:
        paths["build"] = build
    result.update(paths)
    result.update(references(spec, model.services, stack))
    return result


def _image(spec: Spec, stack: Stack) -> dict[str, Any]:
    """Return the image that a service has in the worktree, and how it is built."""
    if spec.name not in stack.images:
        return {}
    result: dict[str, Any] = {"image": stack.images[spec.name]}
    if spec.build:
        arguments = stack.arguments.get(spec.name)
        result["build"] = {"labels": labels(stack), **({"args": dict(arguments)} if arguments else {})}
    if spec.pull_policy not in ("", "build", "never"):
        # The tag exists only on this machine; an image of that name in a registry would be a stranger's.
        result["pull_policy"] = "missing"
    return result


def _aliases(spec: Spec, model: Model, stack: Stack) -> list[str]:
    """Return all names of a service in main's own networks, besides the plain one."""
    given = [name for name in (spec.container_name, spec.hostname) if name]
    outer = external_keys(model.networks)
    for key, joined in spec.networks.items():
        if key not in outer:
            given += joined.aliases
    given += host_names(model.services).get(spec.name, {})
    if stack.share_names:
        given.append(f"{spec.name}-{stack.name}")
    return list(dict.fromkeys(given))


def _extra_hosts(spec: Spec, model: Model) -> dict[str, Any]:
    """Return the extra hosts without static addresses, which are aliases in the worktree's network."""
    gone = {
        f"{host}={address}"
        for hosts in host_names(model.services).values()
        for host, address in hosts.items()
    }
    kept = [entry for entry in spec.extra_hosts if entry not in gone]
    return {"extra_hosts": Override(kept)} if len(kept) < len(spec.extra_hosts) else {}


def _one_replica(spec: Spec, stack: Stack) -> dict[str, Any]:
    """Return what limits a service to one container, since it gets one port here instead of a range."""
    if not any(port.published for port in stack.ports if port.service == spec.name):
        return {}
    result: dict[str, Any] = {}
    if (spec.scale or 1) > 1:
        result["scale"] = 1
    if (spec.replicas or 1) > 1:
        result["deploy"] = {"replicas": 1}
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


def dropped_labels(spec: Spec) -> tuple[str, ...]:
    """Return the labels of a service that would claim main's host names for a worktree at a router."""
    return tuple(name for name in spec.labels if name.startswith(_ROUTER_LABELS))


def _labels(spec: Spec, stack: Stack) -> Override | dict[str, str]:
    dropped = dropped_labels(spec)
    if not dropped:
        return service_labels(stack)
    kept = {name: value for name, value in spec.labels.items() if name not in dropped}
    return Override({**kept, **service_labels(stack)})


def external_keys(things: Mapping[str, NetworkSpec] | Mapping[str, VolumeSpec]) -> frozenset[str]:
    """Return the keys of those networks or volumes of a model that are external."""
    return frozenset(key for key, one in things.items() if one.external)


def external_networks(spec: Spec, model: Model) -> tuple[str, ...]:
    """Return the names of the external networks that a service joins."""
    outer = external_keys(model.networks)
    return tuple(model.networks[key].name for key in spec.networks if key in outer)
