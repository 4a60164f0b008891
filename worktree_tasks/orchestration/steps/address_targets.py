"""What values can point to: main's shared services, and own services in main and in the worktree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.service_roles import own
from ...configuration.compose.workers import environment_of, queues_in, shared_addresses
from ...configuration.env import env_file_text as env_text
from ...configuration.env.address_targets import OwnPort, Surroundings
from ...configuration.env.brokers import redis_places
from ...configuration.env.expansion import expand
from ...machine import files
from ...machine.remote_caller import forwarded_ports
from ...quick_dataclasses import replace
from .needed_files import env_files
from .port_variables import variables_of_ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...configuration.compose.service_roles import Service
    from ...configuration.jobs.queues import Queues
    from ...configuration.ports import Port
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["all_values", "containers_read", "queues_of", "shared_surroundings", "surroundings", "values_of"]


def surroundings(tree: Tree, ports: Iterable[Port]) -> Surroundings:
    """Return what values can point to: main's shared services, and own services here and in main."""
    forwarded = forwarded_ports()
    return replace(
        shared_surroundings(tree),
        own=tuple(
            OwnPort(
                one.service, one.target, one.main, one.published, one.protocol, forwarded.get(one.published)
            )
            for one in ports
            if one.published is not None
        ),
        port_variables=variables_of_ports(tree),
    )


def shared_surroundings(tree: Tree) -> Surroundings:
    """Return what values can point to in main; no file of the worktree, which may be gone, is read."""
    found = queues_of(tree)
    around = Surroundings(
        shared=shared_addresses(tree.services, tree.project.model),
        own=(),
        host=tree.record.host,
        brokers=found.keys,
        added=found.added,
        broker_database=tree.record.broker_database,
        queues=tree.queues,
        virtual_host=tree.record.compose_project,
        databases=tree.databases,
    )
    shared = tree.record.database == "shared"
    if (shared and not tree.to_shared) or tree.project.settings.redis == "shared":
        return around
    # Cached rows and sessions belong to a database: main's are wrong beside the worktree's own one.
    values = all_values(tree)
    places = {key: redis_places(key, values, around) for key in values if key not in found.keys}
    caches = {key: place for key, place in places.items() if place}
    if shared:
        return replace(around, main_caches=caches)
    return replace(around, brokers=found.keys | caches.keys(), caches=frozenset(caches))


def containers_read(tree: Tree, values: Mapping[str, str]) -> frozenset[str]:
    """Return the keys whose value reaches an own service's container, where `localhost` is the container."""
    environments = [
        environment_of(spec)
        for service in own(tree.services)
        if (spec := tree.project.model.services[service.name]).network_mode != "host"
    ]
    # Containers get references such as ${PASSWORD} expanded.
    expanded = {key: expand(value, values) for key, value in values.items()}
    return frozenset(
        key for key, value in expanded.items() if any(env.get(key) == value for env in environments)
    )


def all_values(tree: Tree) -> dict[str, str]:
    """Return the values of all env files and of all own services' environments in main."""
    return values_of(tree.project, tree.services)


def values_of(project: Project, services: Iterable[Service]) -> dict[str, str]:
    """Return the values of all env files in main, and of the environments that own services have there."""
    found: dict[str, str] = {}
    for service in own(services):
        found.update(environment_of(project.model.services[service.name]))
    for name in env_files(project):
        found.update(env_text.values(files.read_text(project.main / name)))
    return found


def queues_of(tree: Tree) -> Queues:
    """Return the job queues of a worktree's project: which keys name them, and where they are."""
    project = tree.project
    return queues_in(tree.services, project.model, project.settings, project.env_values)
