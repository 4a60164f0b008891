"""The compose override of a worktree: everything that differs from the project's own compose files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .host_paths import file_paths, mounts, service_paths, volume_device
from .merging import Override, Reset
from .references import borrowed, host_names, references
from .stack import Stack, labels, service_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ports import Port
    from .services import Service

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

# Prefixes of labels by which a router claims host names; two stacks must not claim the same.
_ROUTER_LABELS = ("traefik.", "caddy")
_NO_PROFILE = "worktree-tasks-idle"


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
        services[name] = _service(specs, service, model, stack)
    document: dict[str, Any] = {
        "name": stack.compose_project,
        "services": services,
        "networks": {"default": Override({"name": stack.network, "external": True})},
    }
    if volumes := _volumes(model, own, stack):
        document["volumes"] = volumes
    for kind in ("secrets", "configs"):
        if aimed := file_paths(model, kind, stack):
            document[kind] = aimed
    return document


def _service(
    specs: Mapping[str, Any], service: Service, model: Mapping[str, Any], stack: Stack
) -> dict[str, Any]:
    name = service.name
    spec = specs[name]
    result: dict[str, Any] = {key: Reset() for key in ("container_name", "hostname") if spec.get(key)}
    if spec.get("ports"):
        result["ports"] = Override([_port(port, stack.bind) for port in stack.ports if port.service == name])
        result.update(_one_replica(spec, name, stack))
    if not spec.get("network_mode"):
        names = _aliases(specs, name, model, stack)
        result["networks"] = Override({"default": {"aliases": names} if names else {}})
    if name in stack.images:
        result["image"] = stack.images[name]
        if spec.get("build"):
            result["build"] = {"labels": labels(stack)}
        if spec.get("pull_policy") not in (None, "build", "never"):
            # The tag is of this machine; whoever has its name in a registry is a stranger.
            result["pull_policy"] = "missing"
    if spec.get("volumes"):
        result["volumes"] = Override(mounts(spec, stack))
    if name in stack.environment:
        result["environment"] = dict(stack.environment[name])
    if service.idle and not spec.get("profiles") and name not in borrowed(specs):
        result["profiles"] = Override([_NO_PROFILE])
    result["labels"] = _labels(spec, stack)
    result.update(_extra_hosts(specs, spec))
    result.update(service_paths(spec, stack))
    result.update(references(spec, specs, stack))
    return result


def _aliases(specs: Mapping[str, Any], name: str, model: Mapping[str, Any], stack: Stack) -> list[str]:
    """Return every name under which main's own networks know a service, besides the plain one."""
    spec = specs[name]
    given = [str(spec[key]) for key in ("container_name", "hostname") if spec.get(key)]
    outer = external_keys(model)
    for key, entry in (spec.get("networks") or {}).items():
        if key not in outer:
            given += [str(alias) for alias in (entry or {}).get("aliases") or ()]
    given += host_names(specs).get(name, {})
    if stack.share_names:
        given.append(f"{name}-{stack.name}")
    return list(dict.fromkeys(given))


def _extra_hosts(specs: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the extra hosts less those of static addresses, which are aliases in the worktree's network."""
    gone = {f"{host}={address}" for hosts in host_names(specs).values() for host, address in hosts.items()}
    entries = [str(entry) for entry in spec.get("extra_hosts") or ()]
    kept = [entry for entry in entries if entry not in gone]
    return {"extra_hosts": Override(kept)} if kept != entries else {}


def _one_replica(spec: Mapping[str, Any], name: str, stack: Stack) -> dict[str, Any]:
    """Return what keeps a service to one container: of a range of ports it has one here."""
    if not any(port.published for port in stack.ports if port.service == name):
        return {}
    result: dict[str, Any] = {}
    if int(spec.get("scale") or 1) > 1:
        result["scale"] = 1
    if int((spec.get("deploy") or {}).get("replicas") or 1) > 1:
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


def dropped_labels(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels of a service by which a router would claim main's host names for a worktree."""
    return tuple(name for name in spec.get("labels") or {} if name.startswith(_ROUTER_LABELS))


def _labels(spec: Mapping[str, Any], stack: Stack) -> Override | dict[str, str]:
    dropped = dropped_labels(spec)
    if not dropped:
        return service_labels(stack)
    kept = {name: str(value) for name, value in spec["labels"].items() if name not in dropped}
    return Override({**kept, **service_labels(stack)})


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
            result[key] = {
                "name": f"{stack.compose_project}_{key}",
                "labels": labels(stack),
                **volume_device(spec or {}, stack),
            }
    return result


def external_keys(model: Mapping[str, Any], kind: str = "networks") -> frozenset[str]:
    """Return the keys of a model's external networks or volumes."""
    return frozenset(key for key, spec in (model.get(kind) or {}).items() if (spec or {}).get("external"))


def external_networks(spec: Mapping[str, Any], model: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the external networks that a service joins."""
    outer = external_keys(model)
    networks = model.get("networks") or {}
    joined = (key for key in spec.get("networks") or {} if key in outer)
    return tuple(str(networks[key].get("name") or key) for key in joined)
