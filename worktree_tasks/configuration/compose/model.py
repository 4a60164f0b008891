"""The model of a compose project, as `parsing` reads it from what `docker compose config` prints.

Each class links to its section of the Compose specification, and has what decisions need from it. If the
override has to repeat a whole entry, `raw` is that entry as Compose prints it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .build import Build

__all__ = [
    "Attachment", "DependsOn", "Model", "Mount", "NetworkSpec", "PortSpec", "Spec", "VolumeSpec",
    "Watch",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mount:
    """What a service mounts: https://docs.docker.com/reference/compose-file/services/#volumes.

    Attributes:
        type: `bind`, `volume`, `tmpfs`, `npipe`, …
        source: A path of the host, or the key of a named volume; empty for an anonymous one.
        target: Where it is in the container.
        raw: The whole entry, with its options.
    """

    type: str
    source: str
    target: str
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PortSpec:
    """A port that a service publishes: https://docs.docker.com/reference/compose-file/services/#ports.

    Attributes:
        target: The port inside the container.
        published: The host port, or a range; empty if Docker chooses it.
        protocol: `tcp` or `udp`.
        host_ip: The address that it is bound to; empty for all.
    """

    target: int
    published: str = ""
    protocol: str = "tcp"
    host_ip: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """A path that `docker compose watch` watches: https://docs.docker.com/reference/compose-file/develop/.

    Attributes:
        path: The path of the host.
        raw: The whole entry.
    """

    path: str
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DependsOn:
    """What a service requires of another: https://docs.docker.com/reference/compose-file/services/#depends_on.

    Attributes:
        condition: `service_started`, `service_healthy` or `service_completed_successfully`.
        raw: The whole entry.
    """

    condition: str
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A service in a network: https://docs.docker.com/reference/compose-file/services/#networks.

    Attributes:
        aliases: Its names there, besides its own.
        ipv4_address: Its static address there; empty without one.
    """

    aliases: tuple[str, ...] = ()
    ipv4_address: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A service: https://docs.docker.com/reference/compose-file/services/.

    Attributes:
        name: Its key.
        image: Its image; empty if Compose names the image that it builds.
        build: How its image is built; None if it is not built.
        pull_policy: When its image is pulled; empty for the default.
        entrypoint: The words of its entry point; None for the image's.
        command: The words of its command; None for the image's.
        health_check: The words of its health check.
        working_dir: Its working directory; empty for the image's.
        environment: Its environment; None for a variable without a value.
        mounts: What it mounts.
        ports: Its ports on the host.
        expose: Its ports that only containers can reach; the first of a range.
        networks: The networks that it is in, by key.
        namespaces: `network_mode`, `pid`, `ipc`, `userns_mode`, `uts` and `cgroup`, as far as given.
        depends_on: What it requires, by service.
        links: Services that it reaches under other names, as `SERVICE:NAME`.
        volumes_from: Services or containers whose volumes it mounts.
        extra_hosts: Names in its hosts file, as `NAME=ADDRESS`.
        container_name: The name of its container; empty for Compose's default.
        hostname: The host name of its container; empty for Docker's default.
        labels: The labels of its containers.
        profiles: The profiles that it is in.
        scale: Its number of containers; None if not given.
        replicas: The same in `deploy`.
        watch: What `docker compose watch` watches.
        privileged: Whether it may do anything on the machine.
        privileged_hooks: `post_start` and `pre_stop`, once for each command that may.
        powers: Its extra privileges: the entries of each key.
    """

    name: str
    image: str = ""
    build: Build | None = None
    pull_policy: str = ""
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    health_check: tuple[str, ...] = ()
    working_dir: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[PortSpec, ...] = ()
    expose: tuple[int, ...] = ()
    networks: Mapping[str, Attachment] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)
    depends_on: Mapping[str, DependsOn] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    volumes_from: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    container_name: str = ""
    hostname: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    scale: int | None = None
    replicas: int | None = None
    watch: tuple[Watch, ...] = ()
    privileged: bool = False
    privileged_hooks: tuple[str, ...] = ()
    powers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def network_mode(self) -> str:
        """Whose network it uses, such as `host` or `service:NAME`; empty if it joins networks."""
        return self.namespaces.get("network_mode", "")

    @property
    def host_names(self) -> frozenset[str]:
        """The names by which other containers reach it."""
        aliases = (alias for joined in self.networks.values() for alias in joined.aliases)
        return frozenset({self.name, self.container_name, self.hostname, *aliases} - {""})


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A network: https://docs.docker.com/reference/compose-file/networks/.

    Attributes:
        name: Docker's name for it.
        external: Whether Compose neither creates nor removes it.
    """

    name: str
    external: bool = False


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """A named volume: https://docs.docker.com/reference/compose-file/volumes/.

    Attributes:
        name: Docker's name for it.
        external: Whether Compose neither creates nor removes it.
        device: What its driver mounts, such as a directory of the host; empty for nothing.
        driver: Its driver; empty for the engine's default.
        options: Its driver's options.
    """

    name: str
    external: bool = False
    device: str = ""
    driver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """A compose project: https://docs.docker.com/reference/compose-file/. It contains secrets.

    Attributes:
        name: The compose project.
        services: Its services, by key.
        networks: Its networks, by key.
        volumes: Its named volumes, by key.
        secrets: The files of its secrets, by key; secrets from other sources are left out.
        configs: The same for its configs.
    """

    name: str = ""
    services: Mapping[str, Spec] = field(default_factory=dict)
    networks: Mapping[str, NetworkSpec] = field(default_factory=dict)
    volumes: Mapping[str, VolumeSpec] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    configs: Mapping[str, str] = field(default_factory=dict)

    def ordered(self, names: Iterable[str]) -> Model:
        """Return the model with its services in a given order."""
        return replace(self, services={name: self.services[name] for name in names})
