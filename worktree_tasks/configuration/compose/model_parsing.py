"""Reading the model of a compose project from what `docker compose config --format json` prints."""

from __future__ import annotations

from .build import Build
from .document_node import Node
from .model import (
    Attachment,
    DependsOn,
    Model,
    Mount,
    NetworkSpec,
    PortSpec,
    Spec,
    VolumeSpec,
    Watch,
)  # fmt: skip

__all__ = ["parse"]

# Keys of a service that share a namespace with the machine or with another container.
_NAMESPACES = ("network_mode", "pid", "ipc", "userns_mode", "uts", "cgroup")
# Keys of a service that give its containers extra privileges.
_POWERS = (
    "cap_add", "cgroup_parent", "credential_spec", "device_cgroup_rules", "devices", "external_links", "gpus",
    "group_add", "provider", "runtime", "security_opt", "sysctls", "use_api_socket",
)  # fmt: skip
_BUILD_POWERS = ("entitlements", "network", "privileged", "ssh")
_HOOKS = ("post_start", "pre_stop")


def parse(document: object) -> Model:
    """Read the model from Compose's output, with variables resolved.

    Raises:
        BadUse: A value has an unexpected type; the error names its place.
    """
    top = Node(document)
    return Model(
        name=top["name"].text(),
        services={name: _service(name, one) for name, one in top["services"].mapping().items()},
        networks={
            key: NetworkSpec(one["name"].text() or key, external=one["external"].flag())
            for key, one in top["networks"].mapping().items()
        },
        volumes={key: _volume(key, one) for key, one in top["volumes"].mapping().items()},
        secrets=_files(top["secrets"]),
        configs=_files(top["configs"]),
    )


def _service(name: str, given: Node) -> Spec:
    reserved = given["deploy"]["resources"]["reservations"]["devices"]
    powers = {key: given[key].entries() for key in _POWERS}
    return Spec(
        name=name,
        image=given["image"].text(),
        build=_build(given["build"]),
        pull_policy=given["pull_policy"].text(),
        entrypoint=_words(given["entrypoint"]),
        command=_words(given["command"]),
        health_check=given["healthcheck"]["test"].entries(),
        working_dir=given["working_dir"].text(),
        environment=_values(given["environment"]),
        mounts=tuple(map(_mount, given["volumes"].listing())),
        ports=tuple(map(_port, given["ports"].listing())),
        expose=tuple(map(_exposed, given["expose"].listing())),
        networks={
            key: Attachment(aliases=one["aliases"].texts(), ipv4_address=one["ipv4_address"].text())
            for key, one in given["networks"].mapping().items()
        },
        namespaces={key: given[key].text() for key in _NAMESPACES if given[key].text()},
        depends_on={
            other: DependsOn(one["condition"].text(), one.raw())
            for other, one in given["depends_on"].mapping().items()
        },
        links=given["links"].texts(),
        volumes_from=given["volumes_from"].texts(),
        extra_hosts=given["extra_hosts"].texts(),
        container_name=given["container_name"].text(),
        hostname=given["hostname"].text(),
        labels={label: value or "" for label, value in _values(given["labels"]).items()},
        profiles=given["profiles"].texts(),
        scale=given["scale"].number(),
        replicas=given["deploy"]["replicas"].number(),
        watch=tuple(Watch(one["path"].path(), one.raw()) for one in given["develop"]["watch"].listing()),
        privileged=given["privileged"].flag(),
        privileged_hooks=tuple(
            key for key in _HOOKS for hook in given[key].listing() if hook["privileged"].flag()
        ),
        powers={**powers, "devices": (*powers["devices"], *reserved.entries())},
    )


def _words(given: Node) -> tuple[str, ...] | None:
    """Return the words of a command line; None where there is none."""
    return None if given.value is None else given.entries()


def _values(given: Node) -> dict[str, str | None]:
    """Return a mapping of texts, some of which may be null."""
    return {key: None if one.value is None else one.text() for key, one in given.mapping().items()}


def _mount(entry: Node) -> Mount:
    return Mount(entry["type"].text(), entry["source"].path(), entry["target"].text(), entry.raw())


def _port(entry: Node) -> PortSpec:
    target = entry["target"].number()
    if target is None:
        raise entry["target"].refusal("a whole number")
    return PortSpec(
        target=target,
        published=entry["published"].text(),
        protocol=entry["protocol"].text() or "tcp",
        host_ip=entry["host_ip"].text(),
    )


def _exposed(entry: Node) -> int:
    """Return the port of an entry of `expose`, such as `3000` or `4000-4002/udp`."""
    try:
        return int(entry.text().partition("/")[0].partition("-")[0])
    except ValueError:
        raise entry.refusal("a port") from None


def _build(given: Node) -> Build | None:
    if not given.raw():
        return None
    contexts = {name: one.path() for name, one in given["additional_contexts"].mapping().items()}
    return Build(
        context=given["context"].path(),
        dockerfile=given["dockerfile"].path(),
        inline=given["dockerfile_inline"].text(),
        target=given["target"].text() or None,
        additional_contexts={name: path for name, path in contexts.items() if path},
        powers={key: given[key].entries() for key in _BUILD_POWERS},
        raw=given.raw(),
        arguments=_values(given["args"]),
    )


def _volume(key: str, given: Node) -> VolumeSpec:
    return VolumeSpec(
        name=given["name"].text() or key,
        external=given["external"].flag(),
        device=given["driver_opts"]["device"].path(),
        driver=given["driver"].text(),
        options={key: one.path() for key, one in given["driver_opts"].mapping().items()},
    )


def _files(given: Node) -> dict[str, str]:
    return {key: one["file"].path() for key, one in given.mapping().items() if one["file"].text()}
