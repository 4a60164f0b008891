"""The model of a compose project, as `parsing` reads it from what `docker compose config` prints.

Each value names the section of the Compose specification that it is, and has what decisions need of it. Where
the override repeats an entry whole, `raw` is that entry as Compose prints it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

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
    """A port of a service on the host: https://docs.docker.com/reference/compose-file/services/#ports.

    Attributes:
        target: The port inside the container.
        published: The port of the host, or a range; empty where Docker chooses it.
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
    """What is awaited of another service: https://docs.docker.com/reference/compose-file/services/#depends_on.

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
        image: Its image; empty where Compose names what it builds.
        build: How its image is built; None where it is not.
        pull_policy: When its image is pulled; empty for the default.
        entrypoint: The words of its entry point; None for that of its image.
        command: The words of its command; None for that of its image.
        health_check: The words of its health check.
        working_dir: The directory that it starts in; empty for that of its image.
        environment: Its environment; None for a variable without a value.
        mounts: What it mounts.
        ports: Its ports on the host.
        expose: Its ports that only containers see; of a range the first.
        networks: The networks that it is in, by key.
        namespaces: `network_mode`, `pid`, `ipc`, `userns_mode`, `uts` and `cgroup`, those that are given.
        depends_on: What it awaits, by service.
        links: Services that it reaches under other names, as `SERVICE:NAME`.
        volumes_from: Services or containers whose volumes it mounts.
        extra_hosts: Names in its hosts file, as `NAME=ADDRESS`.
        container_name: The name of its container; empty for Compose's own.
        hostname: The host name of its container; empty for Docker's own.
        labels: The labels of its containers.
        profiles: The profiles that it is in.
        scale: How many containers it has; None where that is not said.
        replicas: The same by `deploy`.
        watch: What `docker compose watch` watches.
        privileged: Whether it may do anything on the machine.
        privileged_hooks: `post_start` and `pre_stop`, once for each command that may.
        powers: What it asks for that others do not have, entry by entry, by key.
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
        """Whose network it uses, such as `host` or `service:NAME`; empty where it joins networks."""
        return self.namespaces.get("network_mode", "")


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A network: https://docs.docker.com/reference/compose-file/networks/.

    Attributes:
        name: Docker's name for it.
        external: Whether Compose neither makes nor removes it.
    """

    name: str
    external: bool = False


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """A named volume: https://docs.docker.com/reference/compose-file/volumes/.

    Attributes:
        name: Docker's name for it.
        external: Whether Compose neither makes nor removes it.
        device: What its driver mounts, such as a directory of the host; empty for nothing.
        driver: Its driver; empty for the engine's default.
        options: What its driver is told.
    """

    name: str
    external: bool = False
    device: str = ""
    driver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """A compose project: https://docs.docker.com/reference/compose-file/. It holds secrets.

    Attributes:
        name: The compose project.
        services: Its services, by key.
        networks: Its networks, by key.
        volumes: Its named volumes, by key.
        secrets: The files of its secrets, by key; those that come from elsewhere are left out.
        configs: The same of its configs.
    """

    name: str = ""
    services: Mapping[str, Spec] = field(default_factory=dict)
    networks: Mapping[str, NetworkSpec] = field(default_factory=dict)
    volumes: Mapping[str, VolumeSpec] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    configs: Mapping[str, str] = field(default_factory=dict)

    def ordered(self, names: Iterable[str]) -> Model:
        """Return it with its services in an order."""
        return replace(self, services={name: self.services[name] for name in names})
