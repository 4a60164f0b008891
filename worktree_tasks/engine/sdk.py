"""The door to the Docker Engine: networks, containers, volumes and images, through the SDK."""

from __future__ import annotations

import ipaddress
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ..configuration.compose.containers import Container
from ..errors import START_DOCKER, DockerUnavailable, Failure
from ..once import once
from ..printable import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docker import APIClient
    from docker.context import Context

__all__ = ["Engine", "Network"]

_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
# Whatever is there answers a first word at once; removals and networks take their time on a busy machine.
_FIRST_SECONDS = 10
_ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Network:
    """One network: its id, name, labels, ranges and the ids of the containers in it."""

    id: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    subnets: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    containers: frozenset[str] = frozenset()


class Engine:
    """The engine that the user's Docker context names. The SDK is loaded at the first question."""

    @once
    def _api(self) -> APIClient:
        import docker  # noqa: PLC0415 - costs 150 ms, and `wt.list` does without

        with _speaking(seconds=_FIRST_SECONDS):
            if not os.environ.get("DOCKER_HOST"):
                _context()  # where there is no such context, the SDK takes the default one without a word
            # The API's version is the engine's own; asking for it is also the first answer we get.
            api = docker.from_env(version="auto", timeout=_FIRST_SECONDS).api
        api.timeout = _ANSWER_SECONDS
        return api

    def close(self) -> None:
        """Close the connections, where any were opened."""
        if "_api" in self.__dict__:
            self._api.close()

    def check(self) -> None:
        """Make sure that an engine answers.

        Raises:
            DockerUnavailable: None does.
        """
        with _speaking():
            self._api.ping()

    def version(self) -> tuple[str, str]:
        """Return the engine's version and that of its interface.

        Raises:
            DockerUnavailable: None answers.
        """
        with _speaking():
            told = self._api.version()
        return str(told.get("Version")), str(told.get("ApiVersion"))

    @staticmethod
    def endpoint() -> tuple[str, str]:
        """Return where the engine is spoken to, and what says so, without speaking to it."""
        if host := os.environ.get("DOCKER_HOST"):
            return host, "DOCKER_HOST"
        import docker.errors  # noqa: PLC0415 - loaded with the SDK

        try:
            context = _context()
        except (docker.errors.DockerException, DockerUnavailable) as error:
            return f"unknown: {error}", "context"
        source = "DOCKER_CONTEXT" if os.environ.get("DOCKER_CONTEXT") else f"context {context.name}"
        # The SDK's word for a socket is not what people and the docker program write.
        return str(context.Host).removeprefix("http+"), source

    def containers(self, **labels: str) -> tuple[Container, ...]:
        """Return the containers, stopped ones included, of a compose `project` or with other labels."""
        names = {"project": _PROJECT, "service": _SERVICE}
        wanted = [f"{names.get(key, key)}={value}" for key, value in labels.items()]
        return self.labelled(*wanted)

    def labelled(self, *labels: str) -> tuple[Container, ...]:
        """Return the containers, stopped ones included, that bear all of some `name=value` labels."""
        with _speaking():
            return tuple(
                _container(one) for one in self._api.containers(all=True, filters={"label": list(labels)})
            )

    def port_holders(self, except_project: str | None = None) -> dict[tuple[int, str], str]:
        """Return who holds which host port: (port, protocol) to words such as `container shop-web-1's`.

        A stopped container shows no ports, but wants them back when it starts.
        """
        holders: dict[tuple[int, str], str] = {}
        with _speaking():
            for one in self._api.containers(all=True):
                if except_project and (one.get("Labels") or {}).get(_PROJECT) == except_project:
                    continue
                words = f"container {_name(one)}'s"
                if one["State"] == "running":
                    bindings = [(port.get("PublicPort"), port["Type"]) for port in one.get("Ports") or ()]
                else:
                    bindings = self._wanted_ports(one["Id"])
                holders.update({(int(port), protocol): words for port, protocol in bindings if port})
        return holders

    def _wanted_ports(self, container: str) -> list[tuple[int | None, str]]:
        import docker.errors  # noqa: PLC0415 - loaded with the SDK

        try:
            host = self._api.inspect_container(container)["HostConfig"]
        except docker.errors.NotFound:  # removed since it was listed
            return []
        return [
            (
                int(binding["HostPort"]) if binding.get("HostPort", "").isdigit() else None,
                key.partition("/")[2] or "tcp",
            )
            for key, bindings in (host.get("PortBindings") or {}).items()
            for binding in bindings or ()
        ]

    def inspect(self, container: str) -> dict[str, Any]:
        """Return everything that Docker tells of a container.

        Raises:
            Failure: It is not there.
        """
        with _speaking():
            return cast("dict[str, Any]", self._api.inspect_container(container))

    def networks(self) -> tuple[Network, ...]:
        """Return all networks; the containers in them are told by `network` only."""
        with _speaking():
            return tuple(_network(one) for one in self._api.networks())

    def network(self, name: str) -> Network | None:
        """Return the network of a name with the containers in it, or None."""
        for one in self.networks():
            if one.name == name:
                with _speaking():
                    return _network(self._api.inspect_network(one.id))
        return None

    def create_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        """Create a bridge network with a range of its own.

        Raises:
            Failure: The range overlaps another network's, or the name is taken.
        """
        from docker.types import IPAMConfig, IPAMPool  # noqa: PLC0415 - loaded with the SDK

        with _speaking():
            self._api.create_network(
                name,
                driver="bridge",
                ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]),
                labels=dict(labels),
                check_duplicate=True,
            )

    def remove_network(self, network: str) -> None:
        """Remove a network that no container is in."""
        with _speaking():
            self._api.remove_network(network)

    def connect(self, container: str, network: str, aliases: Sequence[str]) -> None:
        """Attach a container to a network under further names."""
        with _speaking():
            self._api.connect_container_to_network(container, network, aliases=list(aliases))

    def disconnect(self, container: str, network: str) -> None:
        """Take a container off a network, also off one that is gone."""
        with _speaking():
            self._api.disconnect_container_from_network(container, network, force=True)

    def stop(self, container: str, seconds: int | None = None) -> None:
        """Stop a container, by force after some seconds; after those that it asks for by default."""
        with _speaking():
            if seconds is None:
                # The SDK waits for the engine's default time, and containers may ask for hours.
                seconds = self._api.inspect_container(container)["Config"].get("StopTimeout")
            self._api.stop(container, timeout=seconds)

    def start(self, container: str) -> None:
        """Start a container."""
        with _speaking():
            self._api.start(container)

    def remove_container(self, container: str) -> None:
        """Remove a container with its anonymous volumes."""
        with _speaking(gone_is_fine=True):
            self._api.remove_container(container, v=True, force=True)

    def volumes(self, *labels: str) -> tuple[str, ...]:
        """Return the names of the volumes that bear all of some labels, all volumes without any."""
        with _speaking():
            found = self._api.volumes(filters={"label": list(labels)})
        return tuple(one["Name"] for one in found.get("Volumes") or ())

    def images(self, *labels: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
        """Return the names of the images that bear all of some labels, each with all its labels."""
        with _speaking():
            found = self._api.images(filters={"label": list(labels)})
        return tuple((tag, one.get("Labels") or {}) for one in found for tag in one.get("RepoTags") or ())

    def labelled_volumes(self, *labels: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
        """Return the names of the volumes that bear all of some labels, each with all its labels."""
        with _speaking():
            found = self._api.volumes(filters={"label": list(labels)})
        return tuple((one["Name"], one.get("Labels") or {}) for one in found.get("Volumes") or ())

    def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        with _speaking(gone_is_fine=True):
            self._api.remove_volume(name)

    def image(self, name: str) -> dict[str, Any] | None:
        """Return what Docker tells of an image, or None when it is not there."""
        import docker.errors  # noqa: PLC0415 - loaded with the SDK

        with _speaking():
            try:
                return cast("dict[str, Any]", self._api.inspect_image(name))  # type: ignore[no-untyped-call]
            except docker.errors.ImageNotFound:
                return None

    def tag(self, image: str, tag: str) -> None:
        """Give an image a further name."""
        repository, _, version = tag.partition(":")
        with _speaking():
            self._api.tag(image, repository, version or "latest")

    def untag(self, tag: str) -> None:
        """Take a name off an image; the image goes with its last name."""
        with _speaking(gone_is_fine=True):
            self._api.remove_image(tag, force=False, noprune=False)

    def last_lines(self, container: str, count: int = 10) -> list[str]:
        """Return the last lines of a container's output."""
        with _speaking():
            return lines_of(self._api.logs(container, tail=count).decode(errors="replace").rstrip())

    def memory(self, container: str) -> int | None:
        """Return the memory that a running container uses, in bytes; None when it does not run any more.

        The page cache that it could give back does not count, as in `docker stats`.
        """
        import requests.exceptions  # noqa: PLC0415 - loaded with the SDK

        told: Mapping[str, Any] = {}
        # Of a container that ends meanwhile, the engine may answer nothing at all.
        with _speaking(gone_is_fine=True), suppress(requests.exceptions.JSONDecodeError):
            told = self._api.stats(container, stream=False, one_shot=True)
        return _memory(told.get("memory_stats") or {})

    def output_of(
        self, container: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> str | None:
        """Run a short command in a running container; its output, or None when it fails.

        Args:
            container: The container's id.
            argv: The command.
            env: Environment variables to add, which no list of processes shows.
        """
        with _speaking():
            execution = self._api.exec_create(container, list(argv), environment=dict(env or {}))
            output = self._api.exec_start(execution["Id"])
            done = self._api.exec_inspect(execution["Id"])
        return output.decode(errors="replace") if done["ExitCode"] == 0 else None


def _context() -> Context:
    """Return the Docker context in use.

    Raises:
        DockerUnavailable: There is none of that name.
    """
    from docker.context import ContextAPI  # noqa: PLC0415 - loaded with the SDK
    from docker.context.config import get_current_context_name  # noqa: PLC0415 - the same

    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    context = ContextAPI.get_context(name)
    if context is None:
        raise DockerUnavailable(
            f"there is no Docker context {name!r}",
            "docker context ls shows them; DOCKER_CONTEXT or docker context use NAME chooses one",
        )
    return context


@contextmanager
def _speaking(*, gone_is_fine: bool = False, seconds: float = _ANSWER_SECONDS) -> Iterator[None]:
    """Turn what the SDK raises into errors for users."""
    import docker.errors  # noqa: PLC0415 - loaded with the SDK
    import requests.exceptions  # noqa: PLC0415 - the same

    try:
        yield
    except docker.errors.NotFound as error:
        if not gone_is_fine:
            raise Failure(f"Docker: {error.explanation}", "wt.doctor finds what is gone") from error
    except docker.errors.APIError as error:
        raise Failure(f"Docker: {error.explanation or error}") from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise DockerUnavailable(f"no Docker Engine answers: {_why(error, seconds)}", START_DOCKER) from error


def _why(error: BaseException, seconds: float) -> str:
    """Return why an engine does not answer: for a silent one, where it was asked, and for how long."""
    import requests.exceptions  # noqa: PLC0415 - loaded with the SDK

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, requests.exceptions.Timeout):
            return f"waited {seconds:g} s for {Engine.endpoint()[0]}"
        if isinstance(cause, OSError) and cause.strerror:
            return f"{Engine.endpoint()[0]}: {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    return str(error)


def _memory(told: Mapping[str, Any]) -> int | None:
    if "usage" not in told:
        return None
    details = told.get("stats") or {}
    # With version 1 of the kernel's control groups it has the first name, with version 2 the second.
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(0, int(told["usage"]) - int(cache))


def _name(one: Mapping[str, Any]) -> str:
    return str((one.get("Names") or ["/?"])[0]).lstrip("/")


def _container(one: Mapping[str, Any]) -> Container:
    labels = one.get("Labels") or {}
    networks = (one.get("NetworkSettings") or {}).get("Networks") or {}
    return Container(
        id=one["Id"],
        name=_name(one),
        project=labels.get(_PROJECT, ""),
        service=labels.get(_SERVICE, ""),
        state=one["State"],
        status=one["Status"],
        labels=labels,
        networks={name: (spec or {}).get("IPAddress") or "" for name, spec in networks.items()},
        image=one.get("ImageID") or "",
        volumes=tuple(mount["Name"] for mount in one.get("Mounts") or () if mount.get("Type") == "volume"),
    )


def _network(one: Mapping[str, Any]) -> Network:
    pools = (one.get("IPAM") or {}).get("Config") or ()
    return Network(
        id=one["Id"],
        name=one["Name"],
        labels=one.get("Labels") or {},
        subnets=tuple(
            ipaddress.ip_network(pool["Subnet"], strict=False) for pool in pools if pool.get("Subnet")
        ),
        containers=frozenset(one.get("Containers") or {}),
    )
