"""What a compose project requests from the machine beyond containers with the project's files in them.

`plan` shows what a branch requests and main does not; `new` creates no worktree of a stranger's branch before
a person has seen it.
"""

from __future__ import annotations

import ipaddress
import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from .override import external_networks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from .model import Model, Spec, VolumeSpec

__all__ = ["Exposure", "beyond", "exposures"]

# Options that only restrict a service's containers.
_HARDENING = ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")
_NAMESPACES = {
    "network_mode": "network", "pid": "processes", "ipc": "shared memory", "userns_mode": "users",
    "uts": "host name", "cgroup": "control groups",
}  # fmt: skip
_ELSEWHERE = ("http://", "https://", "git://", "ssh://", "git@", "oci-layout://")


@dataclass(frozen=True, slots=True)
class Exposure:
    """One thing that a branch requests from the machine.

    Attributes:
        kind: `service`, `mount`, `volume`, `power`, `namespace`, `network`, `port`, `build`, `file`, `link`,
            `variable`, `hook` or `unknown`.
        what: A description of it.
        service: The service that requests it; None if the project does.
    """

    kind: str
    what: str
    service: str | None = None


def beyond(
    branch: Iterable[Exposure], main: Collection[Exposure], *, services: Collection[str]
) -> tuple[Exposure, ...]:
    """Return what a branch requests and main does not.

    Args:
        branch: What the branch requests.
        main: What main requests.
        services: Main's services.
    """
    found = dict.fromkeys(one for one in branch if one not in main)
    return tuple(one for one in found if one.kind != "service" or one.service not in services)


def exposures(model: Model, names: Iterable[str], *, checkout: str) -> tuple[Exposure, ...]:
    """Return what some services of a compose model request.

    Args:
        model: The compose model, with all profiles.
        names: The services.
        checkout: The checkout that it was read in.
    """
    found: list[Exposure] = []
    for name in names:
        spec = model.services[name]
        found.append(Exposure("service", f"{name} runs {spec.image or 'what it builds'}", name))
        for part in (_mounts, _powers, _namespaces, _networks, _ports, _build):
            found += [Exposure(kind, f"{name} {what}", name) for kind, what in part(spec, model, checkout)]
    return (*found, *_files(model, checkout))


_Found = tuple[str, str]


def _mounts(spec: Spec, model: Model, checkout: str) -> Iterator[_Found]:
    for mount in spec.mounts:
        source = mount.source
        if mount.type in ("bind", "npipe") and _is_outside(source, checkout):
            engine = "the engine's socket " if posixpath.basename(source).endswith("docker.sock") else ""
            yield "mount", f"mounts {engine}{source} of this machine on {mount.target}"
        elif mount.type == "volume" and source in model.volumes:
            yield from _volume(source, model.volumes[source], checkout)
    for other in spec.volumes_from:
        if other.startswith("container:"):
            yield "mount", f"mounts the volumes of {other}"


def _volume(key: str, volume: VolumeSpec, checkout: str) -> Iterator[_Found]:
    if volume.external:
        yield "volume", f"uses the external volume {volume.name}"
    elif volume.device and _is_outside(volume.device, checkout):
        yield "mount", f"mounts {volume.device} of this machine as the volume {key}"


def _powers(spec: Spec, _: Model, __: str) -> Iterator[_Found]:
    if spec.privileged:
        yield "power", "is privileged: it can do anything on this machine"
    for key, entries in spec.powers.items():
        yield from (("power", f"asks for {key} {entry}") for entry in entries if entry not in _HARDENING)
    for key in spec.privileged_hooks:
        yield "power", f"has a privileged {key}"


def _namespaces(spec: Spec, _: Model, __: str) -> Iterator[_Found]:
    for key, value in spec.namespaces.items():
        if value == "host" or value.startswith("container:"):
            whose = "this machine" if value == "host" else value
            yield "namespace", f"shares the {_NAMESPACES[key]} of {whose}"


def _networks(spec: Spec, model: Model, _: str) -> Iterator[_Found]:
    for network in external_networks(spec, model):
        yield "network", f"joins the external network {network}"


def _ports(spec: Spec, _: Model, __: str) -> Iterator[_Found]:
    for port in spec.ports:
        if port.host_ip and not _is_loopback(port.host_ip):
            yield "port", f"publishes its port {port.target} on {port.host_ip}"


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _build(spec: Spec, _: Model, checkout: str) -> Iterator[_Found]:
    build = spec.build
    if build is None:
        return
    paths = [build.context, *build.additional_contexts.values()]
    if build.dockerfile and build.context:
        paths.append(build.dockerfile_path)
    for path in dict.fromkeys(paths):
        if path.startswith(_ELSEWHERE) or (posixpath.isabs(path) and _is_outside(path, checkout)):
            yield "build", f"is built from {path}"
    for key, entries in build.powers.items():
        for entry in entries:
            if entry not in ("none", "default") or key == "ssh":
                yield "build", f"is built with {key} {entry}"


def _files(model: Model, checkout: str) -> Iterator[Exposure]:
    for kind, files in (("secret", model.secrets), ("config", model.configs)):
        for key, path in files.items():
            if _is_outside(path, checkout):
                yield Exposure("file", f"{kind} {key} is {path} of this machine")


def _is_outside(path: str, checkout: str) -> bool:
    return not PurePosixPath(posixpath.normpath(path)).is_relative_to(checkout)
