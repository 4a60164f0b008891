"""Services: which run in each worktree's stack (own) and which run once, in main's (shared)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...errors import BadUse
from ..jobs.duties import Duties
from ..jobs.recognition import duties_of
from ..jobs.schedulers import has_all_data, why_held_back
from .image import Image, program_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..settings import Settings
    from .model import Model, Spec

__all__ = ["Service", "builder_of", "data_kind", "decide", "own", "shared"]

# What an image's name says of the server in it; the longest match wins.
_DATA_IMAGES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgvector": "postgres",
    "timescaledb": "postgres", "pgbouncer": "postgres", "supabase-postgres": "postgres",
    "mysql": "mysql", "mariadb": "mysql", "percona": "mysql",
    "mongo": "mongo", "mongodb": "mongo", "redis": "redis", "redismod": "redis", "redis-stack": "redis",
    "valkey": "redis", "keydb": "redis", "dragonfly": "redis", "memcached": "memcached",
    "rabbitmq": "rabbitmq", "kafka": "kafka", "cp-kafka": "kafka", "redpanda": "kafka",
    "zookeeper": "zookeeper",
    "nats": "nats", "elasticsearch": "elasticsearch", "opensearch": "elasticsearch",
    "meilisearch": "meilisearch", "typesense": "typesense", "solr": "solr", "minio": "minio",
    "clickhouse": "clickhouse", "clickhouse-server": "clickhouse", "cassandra": "cassandra",
    "couchdb": "couchdb", "neo4j": "neo4j", "influxdb": "influxdb", "qdrant": "qdrant",
    "weaviate": "weaviate",
    "cockroach": "postgres", "etcd": "etcd", "localstack": "localstack",
}  # fmt: skip
_DATA_DIRECTORIES = {
    "/var/lib/postgresql": "postgres",
    "/bitnami/postgresql": "postgres",
    "/var/lib/mysql": "mysql",
    "/bitnami/mysql": "mysql",
    "/bitnami/mariadb": "mysql",
    "/data/db": "mongo",
    "/bitnami/redis": "redis",
    "/var/lib/redis": "redis",
    "/var/lib/rabbitmq": "rabbitmq",
    "/var/lib/kafka": "kafka",
    "/usr/share/elasticsearch/data": "elasticsearch",
    "/usr/share/opensearch/data": "elasticsearch",
    "/meili_data": "meilisearch",
    "/var/lib/clickhouse": "clickhouse",
    "/var/lib/cassandra": "cassandra",
    "/var/lib/neo4j": "neo4j",
    "/var/lib/influxdb": "influxdb",
    "/qdrant/storage": "qdrant",
}


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the compose file and what was decided for it.

    Attributes:
        name: Its name in the compose file.
        role: `own` or `shared`.
        reason: The rule that decided, in words for `wt.plan`.
        kind: What data server it is (`postgres`, `redis`, …); None for others.
        started: Whether a stack starts it without being asked: its profile is active and it is no scheduler.
        idle: Why it is not started; empty when it is.
        duties: What it does with jobs.
        planner: Whether it may plan jobs beside main's.
        command: The words of its command that keep it from planning jobs here; None for main's.
    """

    name: str
    role: str
    reason: str
    kind: str | None = None
    started: bool = True
    idle: str = ""
    duties: Duties = field(default_factory=Duties)
    planner: bool = False
    command: tuple[str, ...] | None = None


def decide(
    model: Model,
    settings: Settings,
    *,
    project_dir: str,
    bases: Mapping[str, str],
    duties: Mapping[str, Duties] | None = None,
    profiles: Collection[str] = (),
    elsewhere: Collection[str] = (),
) -> tuple[Service, ...]:
    """Decide for each service of a compose model whether it is own or shared.

    Explicit configuration wins; then a data service is shared, by its image, by the base image of its
    Dockerfile or by a volume on a data directory; then what builds or mounts project code is own; the rest is
    shared.

    Args:
        model: The compose model, with all profiles.
        settings: The project's settings.
        project_dir: The checkout that the model was read in.
        bases: The base image of the Dockerfile of each service that builds.
        duties: What services do with jobs; without it, what they show by their commands alone.
        profiles: Active profiles.
        elsewhere: Services that the configuration may name although they are not in this model.

    Raises:
        BadUse: The configuration names a service that is not there.
    """
    services = model.services
    for key, names in (("own", settings.own), ("shared", settings.shared)):
        for name in names:
            if name not in services and name not in elsewhere:
                raise BadUse(
                    f"setting wt.services.{key} names {name!r}, which the compose file does not have",
                    f"its services are {', '.join(services) or 'none'}",
                    kind="bad-setting",
                )
    decided = {
        name: _decide_one(spec, settings, project_dir, bases.get(name)) for name, spec in services.items()
    }
    for name, builder in _builders(services).items():
        if not decided[name].kind and name not in (*settings.own, *settings.shared):
            role = decided[builder].role
            reason = f"its image {services[name].image} is built by {builder}, which is {role}"
            decided[name] = replace(decided[name], role=role, reason=reason)
    if duties is None:
        duties = {name: duties_of(program_of(spec, Image())) for name, spec in services.items()}
    alone = _plans_alone(decided, model)
    return tuple(
        _started(one, model.services[name], settings, profiles, duties[name], alone=alone)
        for name, one in decided.items()
    )


def _plans_alone(decided: Mapping[str, Service], model: Model) -> bool:
    """Return whether a worktree shares nothing with main that a scheduler's jobs work on."""
    values = [value for spec in model.services.values() for value in spec.environment.values() if value]
    return has_all_data(
        {name: one.role == "own" for name, one in decided.items()},
        {name: one.kind for name, one in decided.items()},
        values,
    )


def _decide_one(spec: Spec, settings: Settings, project_dir: str, base: str | None) -> Service:
    name = spec.name
    kind, why_data = _data(spec, base)
    if name in settings.own:
        role, reason = "own", "wt.services.own names it"
    elif name in settings.shared:
        role, reason = "shared", "wt.services.shared names it"
    elif kind:
        role, reason = "shared", why_data
    elif spec.build:
        role, reason = "own", "it is built from the project"
    elif mount := _project_mount(spec, project_dir):
        role, reason = "own", f"it mounts {mount}"
    else:
        role, reason = "shared", f"image {spec.image or '?'} holds nothing of the project"
    return Service(name, role, reason, kind)


def builder_of(services: Mapping[str, Spec], name: str) -> str | None:
    """Return the service that builds the image of one that does not build; None when none does."""
    image = services[name].image
    if not image or services[name].build:
        return None
    return next((other for other, spec in services.items() if spec.build and spec.image == image), None)


def _builders(services: Mapping[str, Spec]) -> dict[str, str]:
    found = {name: builder_of(services, name) for name in services}
    return {name: builder for name, builder in found.items() if builder}


def own(services: Iterable[Service]) -> tuple[Service, ...]:
    """Return the services that run in each worktree's stack."""
    return tuple(service for service in services if service.role == "own")


def shared(services: Iterable[Service]) -> tuple[Service, ...]:
    """Return the services that run once, in main's stack."""
    return tuple(service for service in services if service.role == "shared")


def data_kind(image: str) -> str | None:
    """Return what data server an image is by its name, such as `postgres` for `bitnami/postgresql:16`."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    if name in _DATA_IMAGES:
        return _DATA_IMAGES[name]
    starts = [known for known in _DATA_IMAGES if name.startswith((f"{known}-", f"{known}_"))]
    # postgres-exporter, redis-commander and the like look at a database and are none
    if not starts or re.search(r"exporter|commander|admin|insight|express|backup|ui$|client|operator", name):
        return None
    return _DATA_IMAGES[max(starts, key=len)]


def _data(spec: Spec, base: str | None) -> tuple[str | None, str]:
    if kind := data_kind(spec.image):
        return kind, f"image {spec.image} is a data service"
    if base and (kind := data_kind(base)):
        return kind, f"its Dockerfile starts from {base}, a data service"
    for mount in spec.mounts:
        target = posixpath.normpath(mount.target or "/")
        for directory, kind in _DATA_DIRECTORIES.items():
            if PurePosixPath(target).is_relative_to(directory):
                return kind, f"its volume on {target} holds data"
    return None, ""


def _project_mount(spec: Spec, project_dir: str) -> str | None:
    for mount in spec.mounts:
        if mount.type == "bind" and PurePosixPath(mount.source).is_relative_to(project_dir):
            relative = PurePosixPath(mount.source).relative_to(project_dir)
            return "the project" if str(relative) == "." else f"{relative} of the project"
        if mount.type == "bind" and mount.source == posixpath.dirname(project_dir) != "/":
            return "the folder that the project is in"
    return None


def _started(
    service: Service,
    spec: Spec,
    settings: Settings,
    profiles: Collection[str],
    duties: Duties,
    *,
    alone: bool,
) -> Service:
    """Return a service with what it does with jobs, and whether it starts."""
    may_plan = alone or service.name in (*settings.schedulers, *settings.own)
    idle = _idle(spec, profiles) or ("" if may_plan else why_held_back(duties))
    command = None if may_plan else duties.command
    return replace(service, started=not idle, idle=idle, duties=duties, planner=may_plan, command=command)


def _idle(spec: Spec, profiles: Collection[str]) -> str:
    wanted = set(spec.profiles)
    if wanted and not wanted & set(profiles) and "*" not in profiles:
        return f"profile {', '.join(sorted(wanted))} is not active"
    if 0 in (spec.replicas, spec.scale):
        return "the compose file asks for no replicas"
    return ""
