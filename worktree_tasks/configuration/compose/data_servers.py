"""Servers that hold data or serve the whole project, by image, Dockerfile, name or data directory."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Spec

__all__ = [
    "at_configuration_place",
    "at_data_place",
    "at_socket_place",
    "data_kind",
    "data_server",
    "infrastructure",
    "is_browser",
    "migrates",
    "on_engine_socket",
    "runs_data_server",
]

# The kind of server that an image's name indicates; the longest match wins.
_DATA_IMAGES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgvector": "postgres",
    "timescaledb": "postgres", "pgbouncer": "postgres", "supabase-postgres": "postgres",
    "mysql": "mysql", "mariadb": "mysql", "percona": "mysql",
    "mongo": "mongo", "mongodb": "mongo", "redis": "redis", "redismod": "redis", "redis-stack": "redis",
    "valkey": "redis", "keydb": "redis", "dragonfly": "redis", "memcached": "memcached",
    "rabbitmq": "rabbitmq", "kafka": "kafka", "cp-kafka": "kafka", "cp-server": "kafka", "redpanda": "kafka",
    "zookeeper": "zookeeper", "cp-zookeeper": "zookeeper", "mssql/server": "mssql", "db2": "db2",
    "nats": "nats", "elasticsearch": "elasticsearch", "opensearch": "elasticsearch",
    "meilisearch": "meilisearch", "typesense": "typesense", "solr": "solr", "minio": "minio",
    "clickhouse": "clickhouse", "clickhouse-server": "clickhouse", "cassandra": "cassandra",
    "couchdb": "couchdb", "neo4j": "neo4j", "influxdb": "influxdb", "qdrant": "qdrant",
    "weaviate": "weaviate",
    "cockroach": "postgres", "yugabyte": "postgres", "ferretdb": "mongo", "scylla": "cassandra",
    "etcd": "etcd", "localstack": "localstack",
    **{name: name for name in (
        "activemq", "arangodb", "artemis", "azure-sql-edge", "beanstalkd", "chroma", "couchbase", "dgraph",
        "emqx", "faktory", "garage", "garnet", "hazelcast", "ignite", "manticore", "milvus", "mosquitto",
        "mssql-server", "oracle-free", "oracle-xe", "pulsar", "questdb", "rethinkdb", "rqlite", "rustfs",
        "seaweedfs", "sphinxsearch", "surrealdb", "tarantool", "tidb", "versitygw", "victoria-metrics",
    )},
}  # fmt: skip
# Tools that use a database but are not one, such as postgres-exporter or redis-commander.
_NO_SERVER = re.compile(
    r"exporter|commander|admin|insight|express|backup|ui$|client|operator|meta|connect|rest|proxy|seed|init"
)
# Programs in data servers' images: clients, and the servers themselves.
_CLIENTS = re.compile(
    r"(?:^|[\s/;&|(])(?:psql|pg_(?:dump|dumpall|restore)|createdb|mysql|mysqldump|mariadb|mariadb-dump|mongosh"
    r"|mongo(?:import|restore|dump)|redis-cli|valkey-cli|rabbitmqadmin|kafka-(?:topics|configs)(?:\.sh)?"
    r"|clickhouse-client|cqlsh|nats|etcdctl)(?=\s|$)"
)
_DAEMONS = re.compile(
    r"docker-entrypoint|postgres(?=\s+-|$)|\b(?:mysqld|mariadbd|mongod|redis-server|valkey-server)\b"
    r"|\b(?:rabbitmq-server|kafka-server-start|clickhouse-server)\b|/etc/confluent/docker/run|/run\.sh"
)
# The entry point of most servers' images, which runs whatever follows it.
_ENTRY_POINT = re.compile(r"^\S*docker-entrypoint\.sh\s+")
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
# Services for the whole project that hold nothing of a single branch, by the last part of the image's name:
# mail catchers, admin pages, metrics, identity, cloud emulators.
_INFRASTRUCTURE = frozenset({
    "acme-companion", "acme.sh", "adminer", "alertmanager", "all-in-one", "azurite", "cadvisor",
    "certbot", "cloudbeaver", "dbgate", "dozzle", "dynamodb-admin", "dynamodb-local", "elasticmq",
    "elasticmq-native", "elasticvue", "fake-gcs-server", "floci", "flower", "forgejo", "gitea",
    "gitlab-ce", "gitlab-ee", "google-cloud-cli", "grafana", "greenmail", "inbucket", "jaeger", "jenkins",
    "kafdrop", "kafka-ui", "keycloak", "kibana", "localstack", "logstash", "loki", "mailcatcher",
    "maildev", "mailhog", "mailpit", "mcp-grafana", "metabase", "mongo-express", "moto", "node-exporter",
    "ollama", "opensearch-dashboards", "opentelemetry-collector", "opentelemetry-collector-contrib",
    "otel", "otelcol", "pgadmin", "pgadmin4", "pgweb", "phpmyadmin", "phppgadmin", "portainer",
    "portainer-ce", "prometheus", "promtail", "pushgateway", "redis-commander", "redis-insight",
    "redisinsight", "smtp4dev", "sonarqube", "statsd", "supavisor", "tempo", "vault", "verdaccio",
    "zipkin",
})  # fmt: skip
# Programs that bring a database to the state of a branch by its files, by the last part of the image's name.
_MIGRATORS = frozenset({"atlas", "dbmate", "flyway", "goose", "liquibase", "migrate", "sqitch"})
# Remote-controlled browsers: a program has them open pages of its own stack, by service name.
_BROWSERS = re.compile(
    r"(?:^|/)(?:selenium|seleniarm|selenoid|browserless)/|playwright|headless-shell|alpine-chrome|chromedp"
)
_CONFIGURATION_PLACES = ("/etc", "/usr/local/etc", "/docker-entrypoint-initdb.d")
_DATA_PLACES = ("/data", "/var/lib", "/bitnami", "/opt")
_SOCKET_PLACES = ("/run", "/var/run", "/tmp")  # noqa: S108 - in containers
_SOCKETS = ("docker.sock", "podman.sock")


def data_kind(image: str) -> str | None:
    """Return the kind of data server by an image's name, such as `postgres` for `bitnami/postgresql:16`."""
    name = _last_name(image)
    if kind := _DATA_IMAGES.get(name) or _DATA_IMAGES.get(_last_name(image, 2)):
        return kind
    starts = [known for known in _DATA_IMAGES if name.startswith((f"{known}-", f"{known}_"))]
    if not starts or _NO_SERVER.search(name):
        return None
    return _DATA_IMAGES[max(starts, key=len)]


def data_server(spec: Spec, base: str | None) -> tuple[str | None, str]:
    """Return what kind of data server a service is, and why; None if it is not one.

    Args:
        spec: The service.
        base: The base image of its Dockerfile.
    """
    if _is_client((*(spec.entrypoint or ()), *(spec.command or ()))):
        return None, ""
    # The name of a project's own image is less reliable than its base image.
    whole = _last_name(spec.image) in _DATA_IMAGES or not (spec.build and base)
    if whole and (kind := data_kind(spec.image)):
        return kind, f"image {spec.image} is a data service"
    if base and (kind := data_kind(base)):
        return kind, f"its Dockerfile starts from {base}, a data service"
    for mount in spec.mounts:
        target = posixpath.normpath(mount.target or "/")
        for directory, kind in _DATA_DIRECTORIES.items():
            if PurePosixPath(target).is_relative_to(directory):
                return kind, f"its volume on {target} holds data"
    if (kind := _DATA_IMAGES.get(spec.name.lower())) and _holds_data(spec):
        return kind, "it is named like a data service and has its own volume"
    return None, ""


def runs_data_server(image: str, command: str) -> bool:
    """Return whether a container runs a data server, and not only a client from its image.

    Args:
        image: The name of its image.
        command: Its entry point and its arguments in one line.
    """
    # Docker quotes arguments that have spaces.
    argv = _ENTRY_POINT.sub("", command).replace("'", " ").replace('"', " ").split()
    return data_kind(image) is not None and not _is_client(argv)


def _is_client(argv: Iterable[str]) -> bool:
    """Return whether a command is a data server's client, as in jobs that use the server's image."""
    words = " ".join(argv)
    return _CLIENTS.search(words) is not None and not _DAEMONS.search(words)


def _holds_data(spec: Spec) -> bool:
    """Return whether a service has named volumes, and mounts nothing from the host."""
    return any(one.type == "volume" and one.source for one in spec.mounts) and not any(
        one.type == "bind" for one in spec.mounts
    )


def infrastructure(spec: Spec, base: str | None) -> str | None:
    """Return the image of a service that is known to serve the whole project; None for other services.

    Args:
        spec: The service.
        base: The base image of its Dockerfile.
    """
    image = base if spec.build else spec.image
    name = _last_name(image or "")
    return image if name in _INFRASTRUCTURE or name.endswith(("-exporter", "_exporter")) else None


def on_engine_socket(spec: Spec) -> bool:
    """Return whether a service mounts the engine's socket, through which it sees every stack."""
    return any(one.type == "bind" and posixpath.basename(one.source) in _SOCKETS for one in spec.mounts)


def at_socket_place(target: str) -> bool:
    """Return whether a path in a container is a place for a server's sockets, not its data."""
    return any(PurePosixPath(posixpath.normpath(target)).is_relative_to(one) for one in _SOCKET_PLACES)


def is_browser(spec: Spec) -> bool:
    """Return whether a service is a browser that others open pages in."""
    return _BROWSERS.search(spec.image) is not None


def migrates(spec: Spec) -> bool:
    """Return whether a service's image is known to migrate a database by files that it is given."""
    return _last_name(spec.image) in _MIGRATORS


def at_configuration_place(target: str) -> bool:
    """Return whether a path in a container is a place for configuration files."""
    place = PurePosixPath(posixpath.normpath(target))
    return any(place.is_relative_to(one) for one in _CONFIGURATION_PLACES)


def at_data_place(target: str) -> bool:
    """Return whether a path in a container is a possible place for a data server's data."""
    places = (*_DATA_DIRECTORIES, *_DATA_PLACES)
    return any(PurePosixPath(posixpath.normpath(target)).is_relative_to(one) for one in places)


def _last_name(image: str, parts: int = 1) -> str:
    """Return the last parts of an image's repository, such as `postgresql` for `bitnami/postgresql:16`."""
    path, _, last = image.partition("@")[0].lower().rpartition("/")
    return "/".join((*path.split("/"), last.partition(":")[0])[-parts:])
