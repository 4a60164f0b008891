"""What a compose project asks of the machine beyond containers with the project's files in them.

`plan` shows what a branch asks for and main does not; `new` makes no worktree of a stranger's branch before
somebody has seen that.
"""

from __future__ import annotations

import ipaddress
import posixpath
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["Exposure", "beyond", "exposures"]

# Keys of a service that give its containers more than others have, entry by entry.
_POWERS = (
    "cap_add", "cgroup_parent", "credential_spec", "device_cgroup_rules", "devices", "external_links", "gpus",
    "group_add", "provider", "runtime", "security_opt", "sysctls", "use_api_socket",
)  # fmt: skip
# What only takes something away from them.
_HARDENING = ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")
_NAMESPACES = {
    "network_mode": "network", "pid": "processes", "ipc": "shared memory", "userns_mode": "users",
    "uts": "host name", "cgroup": "control groups",
}  # fmt: skip
_BUILD_POWERS = ("entitlements", "network", "privileged", "ssh")
_ELSEWHERE = ("http://", "https://", "git://", "ssh://", "git@", "oci-layout://")


@dataclass(frozen=True, slots=True)
class Exposure:
    """One thing that a branch asks of the machine.

    Attributes:
        kind: `service`, `mount`, `volume`, `power`, `namespace`, `network`, `port`, `build`, `file`, `link`,
            `variable`, `hook` or `unknown`.
        what: It, in words.
        service: The service that asks for it; None where it is the project.
    """

    kind: str
    what: str
    service: str | None = None


def beyond(
    branch: Iterable[Exposure], main: Collection[Exposure], *, services: Collection[str]
) -> tuple[Exposure, ...]:
    """Return what a branch asks for and main does not.

    Args:
        branch: What the branch asks for.
        main: What main does.
        services: Main's services.
    """
    found = dict.fromkeys(one for one in branch if one not in main)
    return tuple(one for one in found if one.kind != "service" or one.service not in services)


def exposures(model: Mapping[str, Any], names: Iterable[str], *, checkout: str) -> tuple[Exposure, ...]:
    """Return what some services of a compose model ask for.

    Args:
        model: What `docker compose config --format json` prints, with all profiles.
        names: The services.
        checkout: The checkout that it was read in.
    """
    found: list[Exposure] = []
    for name in names:
        spec = model["services"][name]
        found.append(Exposure("service", f"{name} runs {spec.get('image') or 'what it builds'}", name))
        for part in (_mounts, _powers, _namespaces, _networks, _ports, _build):
            found += [Exposure(kind, f"{name} {what}", name) for kind, what in part(spec, model, checkout)]
    return (*found, *_files(model, checkout))


_Found = tuple[str, str]


def _mounts(spec: Mapping[str, Any], model: Mapping[str, Any], checkout: str) -> Iterator[_Found]:
    for mount in spec.get("volumes") or ():
        source, target = str(mount.get("source") or ""), mount.get("target")
        if mount.get("type") in ("bind", "npipe") and _is_outside(source, checkout):
            engine = "the engine's socket " if posixpath.basename(source).endswith("docker.sock") else ""
            yield "mount", f"mounts {engine}{source} of this machine on {target}"
        elif mount.get("type") == "volume" and source:
            yield from _volume(source, (model.get("volumes") or {}).get(source) or {}, checkout)
    for other in spec.get("volumes_from") or ():
        if str(other).startswith("container:"):
            yield "mount", f"mounts the volumes of {other}"


def _volume(key: str, volume: Mapping[str, Any], checkout: str) -> Iterator[_Found]:
    device = str((volume.get("driver_opts") or {}).get("device") or "")
    if volume.get("external"):
        yield "volume", f"uses the external volume {volume.get('name') or key}"
    elif device and _is_outside(device, checkout):
        yield "mount", f"mounts {device} of this machine as the volume {key}"


def _powers(spec: Mapping[str, Any], _: Mapping[str, Any], __: str) -> Iterator[_Found]:
    if spec.get("privileged"):
        yield "power", "is privileged: it can do anything on this machine"
    for key in _POWERS:
        for entry in _entries(spec.get(key)):
            if entry not in _HARDENING:
                yield "power", f"asks for {key} {entry}"
    for key in ("post_start", "pre_stop"):
        for hook in spec.get(key) or ():
            if hook.get("privileged"):
                yield "power", f"has a privileged {key}"
    reserved = ((spec.get("deploy") or {}).get("resources") or {}).get("reservations") or {}
    for device in reserved.get("devices") or ():
        yield "power", f"asks for devices {device}"


def _namespaces(spec: Mapping[str, Any], _: Mapping[str, Any], __: str) -> Iterator[_Found]:
    for key, words in _NAMESPACES.items():
        value = str(spec.get(key) or "")
        if value == "host" or value.startswith("container:"):
            yield "namespace", f"shares the {words} of {'this machine' if value == 'host' else value}"


def _networks(spec: Mapping[str, Any], model: Mapping[str, Any], _: str) -> Iterator[_Found]:
    for key in spec.get("networks") or ():
        network = (model.get("networks") or {}).get(key) or {}
        if network.get("external"):
            yield "network", f"joins the external network {network.get('name') or key}"


def _ports(spec: Mapping[str, Any], _: Mapping[str, Any], __: str) -> Iterator[_Found]:
    for port in spec.get("ports") or ():
        address = str(port.get("host_ip") or "")
        if address and not _is_loopback(address):
            yield "port", f"publishes its port {port.get('target')} on {address}"


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _build(spec: Mapping[str, Any], _: Mapping[str, Any], checkout: str) -> Iterator[_Found]:
    build = spec.get("build") or {}
    paths = [build.get("context"), *(build.get("additional_contexts") or {}).values()]
    if build.get("dockerfile") and build.get("context"):
        paths.append(posixpath.join(str(build["context"]), str(build["dockerfile"])))
    for path in dict.fromkeys(str(path) for path in paths if path):
        if path.startswith(_ELSEWHERE) or (posixpath.isabs(path) and _is_outside(path, checkout)):
            yield "build", f"is built from {path}"
    for key in _BUILD_POWERS:
        for entry in _entries(build.get(key)):
            if entry not in ("none", "default") or key == "ssh":
                yield "build", f"is built with {key} {entry}"


def _files(model: Mapping[str, Any], checkout: str) -> Iterator[Exposure]:
    for kind in ("secrets", "configs"):
        for key, spec in (model.get(kind) or {}).items():
            path = str((spec or {}).get("file") or "")
            if path and _is_outside(path, checkout):
                yield Exposure("file", f"{kind[:-1]} {key} is {path} of this machine")


def _entries(value: object) -> list[str]:
    """Return what a key holds, each entry as text."""
    if isinstance(value, dict):
        return [f"{key}={one}" for key, one in value.items()]
    if isinstance(value, list):
        return [_spoken(one) for one in value]
    return [_spoken(value)] if value else []


def _spoken(entry: object) -> str:
    if isinstance(entry, dict):
        return " ".join(f"{key}={value}" for key, value in entry.items())
    return str(entry).lower() if isinstance(entry, bool) else str(entry)


def _is_outside(path: str, checkout: str) -> bool:
    return not PurePosixPath(posixpath.normpath(path)).is_relative_to(checkout)
