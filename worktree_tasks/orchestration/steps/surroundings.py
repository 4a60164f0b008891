"""What values can point to: main's shared services, and own services in main and in the worktree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.services import own, shared
from ...configuration.env import text as env_text
from ...configuration.env.brokers import expand
from ...configuration.env.targets import BROKERS, OwnPort, SharedAddress, Surroundings
from ...machine import files
from .copied_files import env_files
from .port_variables import variables_of_ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...configuration.compose.model import Spec
    from ...configuration.ports import Port
    from .project import Project
    from .tree import Tree

__all__ = ["all_values", "containers_read", "surroundings"]

# Where data servers listen when the compose file does not say.
_DEFAULT_PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "redis": 6379,
    "rabbitmq": 5672,
    "mongo": 27017,
    "memcached": 11211,
}


def surroundings(tree: Tree, ports: Iterable[Port]) -> Surroundings:
    """Return what values can point to: main's shared services, and own services here and in main."""
    return Surroundings(
        shared=tuple(_address(tree.project, service.name, service.kind) for service in shared(tree.services)),
        own=tuple(
            OwnPort(port.service, port.target, port.main, port.published, port.protocol)
            for port in ports
            if port.published is not None
        ),
        host=tree.record.host,
        brokers=BROKERS | set(tree.project.settings.brokers),
        broker_database=tree.record.broker_database,
        port_variables=variables_of_ports(tree),
    )


def _address(project: Project, name: str, kind: str | None) -> SharedAddress:
    spec = project.model.services[name]
    ports = [(port.target, int(port.published) if port.published.isdigit() else None) for port in spec.ports]
    targets = {target for target, _ in ports}
    usual = (_DEFAULT_PORTS[kind],) if kind in _DEFAULT_PORTS else ()
    more = ((target, None) for target in (*spec.expose, *usual) if target not in targets)
    return SharedAddress(name, kind, tuple(dict.fromkeys((*ports, *more))))


def containers_read(tree: Tree, values: Mapping[str, str]) -> frozenset[str]:
    """Return the keys whose value reaches an own service's container, where `localhost` is the container."""
    environments = [
        _environment(spec)
        for service in own(tree.services)
        if (spec := tree.project.model.services[service.name]).network_mode != "host"
    ]
    # Containers get what references such as ${PASSWORD} stand for.
    expanded = {key: expand(value, values) for key, value in values.items()}
    return frozenset(
        key for key, value in expanded.items() if any(env.get(key) == value for env in environments)
    )


def all_values(tree: Tree) -> dict[str, str]:
    """Return the values of all env files and of all own services' environments in main."""
    found: dict[str, str] = {}
    for service in own(tree.services):
        found.update(_environment(tree.project.model.services[service.name]))
    for name in env_files(tree.project):
        found.update(env_text.values(files.read_text(tree.project.main / name)))
    return found


def _environment(spec: Spec) -> dict[str, str]:
    """Return a service's environment as its container has it; the model doubles `$`."""
    return {key: value.replace("$$", "$") for key, value in spec.environment.items() if value is not None}
