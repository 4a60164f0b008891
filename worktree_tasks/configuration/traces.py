"""Traces: what a worktree left of its record in its override file and on its containers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from .stack import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .ports import Port

__all__ = ["Published", "Trace", "joined", "of_container", "of_override", "published_as"]


@dataclass(frozen=True, slots=True)
class Published:
    """A port as it was published: the service, its port inside, the address and the number on the host."""

    service: str
    target: int
    protocol: str
    host_ip: str
    published: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What is told of one worktree; None is "not told".

    Attributes:
        key: Its record's key.
        project: Main's compose project.
        name: Its slug.
        main: The main checkout.
        branch: The branch it was made for.
        slot: Its N.
        compose_project: Its stack's compose project.
        network: Its network's name.
        directory: Compose's project directory in it.
        ports: Its published ports.
        environment: Values that its own services were given.
    """

    key: str | None = None
    project: str | None = None
    name: str | None = None
    main: str | None = None
    branch: str | None = None
    slot: int | None = None
    compose_project: str | None = None
    network: str | None = None
    directory: str | None = None
    ports: tuple[Published, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


def of_override(document: Any) -> Trace | None:  # noqa: ANN401 - whatever a file holds
    """Return what an override file of ours tells; None when it is none."""
    if not isinstance(document, dict) or not document.get("name"):
        return None
    networks = document.get("networks")
    default = networks.get("default") if isinstance(networks, dict) else None
    if not isinstance(default, dict) or not default.get("external"):
        return None
    found = Trace(compose_project=str(document["name"]), network=str(default.get("name")))
    for service, spec in (document.get("services") or {}).items():
        labels = spec.get("labels") if isinstance(spec, dict) else None
        if not isinstance(labels, dict) or f"{LABEL}.key" not in labels:
            continue
        given = spec.get("environment") or {}
        told = replace(
            _of_labels({name: str(value).replace("$$", "$") for name, value in labels.items()}),
            ports=tuple(_published(str(service), entry) for entry in spec.get("ports") or () if _has(entry)),
            environment=tuple((str(key), str(value)) for key, value in given.items()),
        )
        found = joined((found, told))
    return found


def of_container(
    labels: Mapping[str, str], bindings: Mapping[str, Sequence[Mapping[str, str]] | None]
) -> Trace:
    """Return what a container tells.

    Args:
        labels: Its labels.
        bindings: Docker's `PortBindings` of it.
    """
    service = labels.get("com.docker.compose.service", "")
    ports = tuple(
        Published(service, int(target), protocol or "tcp", one.get("HostIp", ""), int(one["HostPort"]))
        for key, several in bindings.items()
        for target, _, protocol in (key.partition("/"),)
        for one in several or ()
        if one.get("HostPort", "").isdigit()
    )
    return replace(
        _of_labels(labels),
        compose_project=labels.get("com.docker.compose.project"),
        directory=labels.get("com.docker.compose.project.working_dir"),
        ports=ports,
    )


def joined(traces: Iterable[Trace]) -> Trace:
    """Return what several traces of one worktree tell together; the first that tells something counts."""
    found = Trace()
    for trace in traces:
        more = {
            field.name: getattr(trace, field.name)
            for field in fields(Trace)
            if getattr(found, field.name) is None
        }
        ports = found.ports + tuple(port for port in trace.ports if port not in found.ports)
        found = replace(found, **more, ports=ports, environment=found.environment + trace.environment)
    return found


def published_as(port: Port, trace: Trace, bind: str) -> int | None:
    """Return the host port that a port of the project had in a worktree; None when that is not told."""
    of_place = [
        one
        for one in trace.ports
        if (one.service, one.target, one.protocol) == (port.service, port.target, port.protocol)
    ]
    exact = [one for one in of_place if one.host_ip == (port.host_ip or bind)]
    return next((one.published for one in (*exact, *of_place)), None)


def _of_labels(labels: Mapping[str, str]) -> Trace:
    slot = labels.get(f"{LABEL}.slot", "")
    return Trace(
        key=labels.get(f"{LABEL}.key"),
        project=labels.get(f"{LABEL}.project"),
        name=labels.get(f"{LABEL}.worktree"),
        main=labels.get(f"{LABEL}.main"),
        branch=labels.get(f"{LABEL}.branch"),
        slot=int(slot) if slot.isdigit() else None,
    )


def _has(entry: object) -> bool:
    return isinstance(entry, dict) and str(entry.get("published", "")).isdigit()


def _published(service: str, entry: Mapping[str, Any]) -> Published:
    return Published(
        service,
        int(entry["target"]),
        str(entry.get("protocol") or "tcp"),
        str(entry.get("host_ip") or ""),
        int(entry["published"]),
    )
