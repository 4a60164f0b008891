"""Traces: parts of a worktree's record that are in its override file and on its containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass, field_names, replace
from .compose.labels import KEY, LABEL, MAIN, PROJECT, STACK, WORKTREE
from .naming import SLUG_LENGTH
from .ports import Port

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Published", "Trace", "joined", "leased", "of_container", "of_override"]

# Patterns of a record's key, slug, compose project and network. Anything else was not written by us.
_KEY = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(rf"(?=.{{1,{SLUG_LENGTH}}}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_STACK = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
_ADDRESS = re.compile(r"[0-9A-Fa-f.:]{0,45}")
_DIGITS = re.compile(r"[0-9]{1,5}")
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
_HIGHEST = 65_535


@dataclass(frozen=True, slots=True)
class Published:
    """A published port: the service, its port in the container, the address and the port on the host."""

    service: str
    target: int
    protocol: str
    host_ip: str
    published: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What traces show about one worktree; None means "unknown".

    Attributes:
        key: Its record's key.
        project: Main's compose project.
        name: Its slug.
        main: The main checkout.
        branch: The branch it was created for.
        slot: Its N.
        compose_project: Its stack's compose project.
        network: Its network's name.
        subnet: That network's range.
        directory: Compose's project directory in it.
        ports: Its published ports.
        environment: Values of its own services' environments.
    """

    key: str | None = None
    project: str | None = None
    name: str | None = None
    main: str | None = None
    branch: str | None = None
    slot: int | None = None
    compose_project: str | None = None
    network: str | None = None
    subnet: str | None = None
    directory: str | None = None
    ports: tuple[Published, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


def of_override(document: object) -> Trace | None:
    """Return the trace in one of our override files; None if it is not ours.

    Args:
        document: The result of `override_text.load`; anyone may have written the file.
    """
    top = _mapping(document)
    default = _mapping(_mapping(top.get("networks")).get("default"))
    project, network = _matching(_STACK, top.get("name")), _matching(_NETWORK, default.get("name"))
    if project is None or network is None or default.get("external") != "true":
        return None
    found = Trace(compose_project=project, network=network)
    for service, spec in _mapping(top.get("services")).items():
        told = _of_service(service, _mapping(spec))
        found = joined((found, told)) if told else found
    return found


def _of_service(service: str, spec: Mapping[str, object]) -> Trace | None:
    labels = _texts(spec.get("labels"))
    if KEY not in labels:
        return None
    ports = spec.get("ports")
    published = (_published(service, _texts(entry)) for entry in (ports if isinstance(ports, list) else ()))
    return replace(
        _of_labels({name: value.replace("$$", "$") for name, value in labels.items()}),
        ports=tuple(port for port in published if port),
        environment=tuple(_texts(spec.get("environment")).items()),
    )


def of_container(
    labels: Mapping[str, str], bindings: Mapping[str, Sequence[Mapping[str, str]] | None]
) -> Trace:
    """Return the trace in a container's labels and ports.

    Args:
        labels: Its labels.
        bindings: Its `PortBindings`, as Docker has them.
    """
    service = labels.get("com.docker.compose.service", "")
    entries = (
        {
            "target": target,
            "protocol": protocol,
            "host_ip": one.get("HostIp", ""),
            "published": one["HostPort"],
        }
        for key, several in bindings.items()
        for target, _, protocol in (key.partition("/"),)
        for one in several or ()
        if one.get("HostPort")
    )
    return replace(
        _of_labels(labels),
        compose_project=_matching(_STACK, labels.get(STACK)),
        directory=labels.get("com.docker.compose.project.working_dir"),
        ports=tuple(port for port in (_published(service, entry) for entry in entries) if port),
    )


def joined(traces: Iterable[Trace]) -> Trace:
    """Combine the traces of one worktree. The first known value of each field counts; ports are collected."""
    found = Trace()
    for trace in traces:
        more = {name: getattr(trace, name) for name in field_names(Trace) if getattr(found, name) is None}
        ports = found.ports + tuple(port for port in trace.ports if port not in found.ports)
        found = replace(found, **more, ports=ports, environment=found.environment + trace.environment)
    return found


def leased(trace: Trace, bind: str) -> tuple[Port, ...]:
    """Return the ports in a trace as they are leased: without the address that the setting `bind` has."""
    return tuple(
        Port(
            one.service,
            one.target,
            one.protocol,
            published=one.published,
            host_ip="" if one.host_ip == bind else one.host_ip,
        )
        for one in trace.ports
    )


def _of_labels(labels: Mapping[str, str]) -> Trace:
    return Trace(
        key=_matching(_KEY, labels.get(KEY)),
        project=labels.get(PROJECT),
        name=_matching(_NAME, labels.get(WORKTREE)),
        main=labels.get(MAIN),
        branch=labels.get(f"{LABEL}.branch"),
        slot=_number(labels.get(f"{LABEL}.slot")),
    )


def _published(service: str, entry: Mapping[str, str]) -> Published | None:
    target, published = _number(entry.get("target")), _number(entry.get("published"))
    protocol, address = entry.get("protocol") or "tcp", entry.get("host_ip", "")
    if target is None or published is None or protocol not in _PROTOCOLS or not _ADDRESS.fullmatch(address):
        return None
    return Published(service, target, protocol, address, published)


def _mapping(value: object) -> Mapping[str, object]:
    return {key: one for key, one in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}


def _texts(value: object) -> Mapping[str, str]:
    return {key: one for key, one in _mapping(value).items() if isinstance(one, str)}


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _number(value: object) -> int | None:
    """Parse a number from 1 to the highest port; None for anything else."""
    number = int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else 0
    return number if 0 < number <= _HIGHEST else None
