"""Volumes of a worktree's stack: its own, which start empty, and main's if a shared service uses them too."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .data_servers import at_data_place, at_socket_place
from .host_paths import mounts, volume_device
from .merge_tags import Override
from .stack import MainVolume, labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .model import Model, Mount, Spec
    from .service_roles import Service
    from .stack import Stack

__all__ = ["empty_here", "mains_volumes", "stack_mounts", "stack_volumes"]


def mains_volumes(
    model: Model, decided: Iterable[Service], main: Model, of_main: Iterable[Service]
) -> dict[str, MainVolume]:
    """Return main's volumes that a worktree mounts, by key.

    Two servers on one data directory would destroy it, so a data server's volume is never among them.

    Args:
        model: The worktree's compose model.
        decided: Its services, with the decisions on them.
        main: Main's compose model.
        of_main: Main's services, with the decisions on them.
    """
    mine = {one.name: one for one in decided}
    theirs = {one.name: one for one in of_main}
    found: dict[str, MainVolume] = {}
    for key, volume in main.volumes.items():
        users = tuple(name for name, one in theirs.items() if one.role == "shared" and _uses(main, name, key))
        own = [name for name, one in mine.items() if one.role == "own" and _uses(model, name, key)]
        if volume.external or key not in model.volumes or model.volumes[key].external or not (users and own):
            continue
        if not (_keeps_data(main, theirs, key) or _keeps_data(model, mine, key)):
            writers = (name for name, spec in main.services.items() if _writes(spec, key))
            found[key] = MainVolume(volume.name, users, frozenset(writers))
    return found


def empty_here(model: Model, decided: Iterable[Service]) -> Iterator[tuple[str, str, str]]:
    """Yield own services, each with a volume that is empty here and the shared server that fills main's."""
    services = {one.name: one for one in decided}
    servers = [one for one in services.values() if one.kind and one.role == "shared"]
    for name, service in services.items():
        for server in servers if service.role == "own" else ():
            for mount in _named(model.services[server.name]):
                external = mount.source in model.volumes and model.volumes[mount.source].external
                if _uses(model, name, mount.source) and not at_socket_place(mount.target) and not external:
                    yield name, mount.source, server.name


def _named(spec: Spec) -> tuple[Mount, ...]:
    return tuple(one for one in spec.mounts if one.type == "volume" and one.source)


def _uses(model: Model, name: str, key: str) -> bool:
    return name in model.services and any(one.source == key for one in _named(model.services[name]))


def _writes(spec: Spec, key: str) -> bool:
    return any(one.source == key and not one.raw.get("read_only") for one in _named(spec))


def _keeps_data(model: Model, services: Mapping[str, Service], key: str) -> bool:
    """Return whether a data server may have its data in a volume; an own server never shares its volumes."""
    return any(
        one.source == key and (service.role == "own" or not at_socket_place(one.target))
        for service in services.values()
        if service.kind and service.name in model.services
        for one in _named(model.services[service.name])
    )


def stack_mounts(service: Service, spec: Spec, stack: Stack) -> list[dict[str, Any]]:
    """Return a service's mounts as they are in a worktree's stack."""
    found: list[dict[str, Any]] = []
    for number, entry in enumerate(mounts(spec, stack)):
        shared = stack.mains_volumes.get(str(entry.get("source"))) if entry.get("type") == "volume" else None
        if service.kind and _is_data_outside(entry, stack):
            found.append(
                {"type": "volume", "source": _data_key(service, number), "target": str(entry["target"])}
            )
        elif shared and service.name not in shared.writers:
            found.append({**entry, "read_only": True})
        else:
            found.append(entry)
    return found


def _is_data_outside(entry: Mapping[str, Any], stack: Stack) -> bool:
    """Return whether a data server's data would be in a directory that main's server uses too."""
    outside = entry.get("type") == "bind" and not PurePosixPath(str(entry.get("source"))).is_relative_to(
        stack.directory
    )
    return outside and not entry.get("read_only") and at_data_place(str(entry.get("target")))


def _data_key(service: Service, number: int) -> str:
    """Return the key of the volume that replaces a host directory."""
    return f"{service.name}-data-{number}"


def stack_volumes(model: Model, own: Mapping[str, Service], stack: Stack) -> dict[str, Any]:
    """Return the named volumes of own services: main's, or the worktree's, which start empty.

    External volumes stay as they are, unless one of the worktree's own data servers uses them.
    """
    used = {mount.source for name in own for mount in _named(model.services[name])}
    of_servers = {
        mount.source for name, one in own.items() if one.kind for mount in _named(model.services[name])
    }
    found: dict[str, Any] = {}
    for key, volume in model.volumes.items():
        mine = {"name": f"{stack.compose_project}_{key}", "labels": labels(stack)}
        if key not in used:
            continue
        if key in stack.mains_volumes:
            found[key] = Override({"name": stack.mains_volumes[key].name, "external": True})
        elif key in of_servers and (volume.external or volume.device):
            found[key] = Override(mine)
        elif not volume.external:
            found[key] = {**mine, **volume_device(volume, stack)}
    for name, service in own.items():
        entries = mounts(model.services[name], stack) if service.kind else []
        for number, entry in enumerate(entries):
            if _is_data_outside(entry, stack):
                key = _data_key(service, number)
                found[key] = {"name": f"{stack.compose_project}_{key}", "labels": labels(stack)}
    return found
