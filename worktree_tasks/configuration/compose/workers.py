"""Workers of a compose project: their environments, and where their queues are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import replace
from ..env.address_targets import SharedAddress, Surroundings
from ..jobs.queue_address import Worker
from ..jobs.queues import BY_SETTING, find_queues, servers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..jobs.queues import Queues
    from ..settings import Settings
    from .model import Model, Spec
    from .service import Service

__all__ = ["environment_of", "queues_in", "reads_files", "shared_addresses"]

# Default ports of data servers.
_DEFAULT_PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "redis": 6379,
    "rabbitmq": 5672,
    "mongo": 27017,
    "memcached": 11211,
}


def queues_in(
    services: Iterable[Service], model: Model, settings: Settings, env_values: Mapping[str, str]
) -> Queues:
    """Return where the queues of a project are.

    Args:
        services: Its services, with the decisions on them.
        model: Its model.
        settings: Its settings.
        env_values: The values of its env files, which programs may read themselves.
    """
    services = tuple(services)
    own = [one for one in services if one.role == "own"]
    around = Surroundings(shared=shared_addresses(services, model), virtual_host="own")
    environments = {one.name: environment_of(model.services[one.name]) for one in own}
    workers = [
        Worker(
            one.name,
            one.duties.workers,
            {**(env_values if reads_files(model.services[one.name]) else {}), **environments[one.name]},
            frozenset({*model.services[one.name].depends_on, *_linked(model.services[one.name])}),
        )
        for one in own
        if one.duties.workers
    ]
    values = {key: value for each in (*environments.values(), env_values) for key, value in each.items()}
    found = find_queues(
        workers, values, around, own={one.name: one.kind for one in own}, configured=settings.brokers
    )
    if settings.queues != "own":
        return found
    named = dict.fromkeys(servers_of(found, values, around), BY_SETTING)
    return replace(found, alone={**named, **found.alone})


def shared_addresses(services: Iterable[Service], model: Model) -> tuple[SharedAddress, ...]:
    """Return the addresses of the shared services."""
    return tuple(
        _address(model.services[one.name], one.kind)
        for one in services
        if one.role == "shared" and one.name in model.services
    )


def _address(spec: Spec, kind: str | None) -> SharedAddress:
    ports = [(port.target, int(port.published) if port.published.isdigit() else None) for port in spec.ports]
    targets = {target for target, _ in ports}
    usual = (_DEFAULT_PORTS[kind],) if kind in _DEFAULT_PORTS else ()
    more = ((target, None) for target in (*spec.expose, *usual) if target not in targets)
    return SharedAddress(spec.name, kind, tuple(dict.fromkeys((*ports, *more))))


def environment_of(spec: Spec) -> dict[str, str]:
    """Return a service's environment as its container sees it; the model doubles `$`."""
    return {key: value.replace("$$", "$") for key, value in spec.environment.items() if value is not None}


def reads_files(spec: Spec) -> bool:
    """Return whether the program of a service may read the project's env files itself."""
    return any(one.type == "bind" for one in spec.mounts)


def _linked(spec: Spec) -> Iterable[str]:
    return (link.partition(":")[0] for link in spec.links)
