"""Checks: everything with our labels in Docker belongs to a recorded worktree, and nothing of main has them.

Nothing is deleted here: objects without a record may be another user's, or have copied labels.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .....configuration.compose.labels import KEY, MAIN, PROJECT, STACK, WORKTREE
from .....configuration.env.rabbitmq import delete_host
from .....configuration.naming import image_tag
from .....quick_dataclasses import dataclass, field
from ....steps.doctor_check import CheckLook, found, worktree_count
from ....steps.unrecorded_worktrees import kept_elsewhere
from ....steps.virtual_hosts import hosts_of, servers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ....steps.doctor_check import Trouble
    from ....steps.project import Project

__all__ = ["look", "look_for_mains", "virtual_hosts"]

_REMOVERS = {
    "container": "docker rm --force --volumes",
    "network": "docker network rm",
    "volume": "docker volume rm",
    "image": "docker image rm",
}


@dataclass(frozen=True, slots=True)
class _Labelled:
    """One object with our labels: what it is, and whether it is main's."""

    kind: str
    name: str
    labels: Mapping[str, str]
    mains: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(slots=True)
class _Leak:
    """What one worktree left behind, and main's containers in its networks."""

    name: str
    objects: list[_Labelled] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)


def look(project: Project) -> CheckLook:
    """Look for objects of this main checkout's worktrees that have no record."""
    leaks = _leaks(project)
    troubles = tuple(
        found(
            "leak",
            one.name,
            f"labelled as ours, but belongs to no recorded worktree: {', '.join(map(str, one.objects))}",
            fix=_commands(one),
        )
        for one in leaks
    )
    count = worktree_count(project.records())
    return CheckLook(f"everything with our labels belongs to {count}", (*troubles, *virtual_hosts(project)))


def virtual_hosts(project: Project) -> Iterator[Trouble]:
    """Yield the virtual hosts that were created for worktrees without a record."""
    for service in servers(project):
        hosts = hosts_of(project, service)
        keys = {one.key for one in project.store.records()} | {one.key for one in kept_elsewhere(project)}
        for host in hosts:
            if host.key and host.key not in keys:
                yield found(
                    "leak",
                    host.name,
                    f"virtual host {host.name} of {service} belongs to a worktree without a record",
                    fix=shlex.join(
                        ("docker", "compose", "-p", project.name, "exec", service, *delete_host(host.name))
                    ),
                )


def look_for_mains(project: Project) -> CheckLook:
    """Look for objects of main's stack that have the labels of a worktree."""
    troubles = tuple(
        found(
            "label",
            one.name,
            f"main's {one} has a worktree's label {KEY}; it is kept when worktrees are removed",
            fix=f"remove the label {KEY} and similar ones from the compose files in {project.main}",
        )
        for one in _labelled(project)
        if one.mains and KEY in one.labels
    )
    return CheckLook("nothing in main's stack has our labels", troubles)


def _leaks(project: Project) -> list[_Leak]:
    """Return what has no record; objects are listed before records, since a worktree may be in creation."""
    objects = _labelled(project)
    records = project.store.records()
    keys = {record.key for record in records} | {mark.key for mark in kept_elsewhere(project)}
    networks = {record.network for record in records}
    projects = tuple(str(record.compose_project) for record in records if record.compose_project)

    def named(one: _Labelled) -> bool:
        """Return whether a record's stack has an object with that name."""
        return {
            "container": one.labels.get(STACK) in projects,
            "network": one.name in networks,
            "volume": any(one.name.startswith(f"{stack}_") for stack in projects),
            "image": any(one.name.startswith(f"{stack}-") for stack in projects),
        }[one.kind]

    found: dict[str, _Leak] = {}
    for one in objects:
        if (
            one.mains
            or one.labels.get(MAIN) != str(project.main)
            or one.labels.get(KEY) in keys
            or named(one)
        ):
            continue
        name = one.labels.get(WORKTREE) or one.name
        found.setdefault(one.labels.get(KEY) or one.name, _Leak(name)).objects.append(one)
    for leak in found.values():
        leak.objects += _tags(project, leak.objects)
        leak.attached = list(_attached(project, leak.objects))
    return list(found.values())


def _labelled(project: Project) -> list[_Labelled]:
    """Return the objects with the label of this project."""
    main = project.name
    label = f"{PROJECT}={main}"
    rows: list[tuple[str, str, Mapping[str, str]]] = [
        *(("container", one.name, one.labels) for one in project.engine.labelled(label)),
        *(("network", one.name, one.labels) for one in project.engine.networks()),
        *(("volume", name, labels) for name, labels in project.engine.volumes(label).items()),
        *(("image", name, labels) for name, labels in project.engine.images(label).items()),
        # An id as Docker prints it.
        *(
            ("image", one.removeprefix("sha256:")[:12], labels)
            for one, labels in project.engine.untagged(label).items()
        ),
    ]
    tags = {_with_tag(spec.image or f"{main}-{name}") for name, spec in project.model.services.items()}
    return [
        _Labelled(
            kind,
            name,
            labels,
            mains=_with_tag(name) in tags if kind == "image" else labels.get(STACK) == main,
        )
        for kind, name, labels in sorted(rows, key=lambda row: row[:2])
        if labels.get(PROJECT) == main
    ]


def _tags(project: Project, objects: Iterable[_Labelled]) -> list[_Labelled]:
    """Return the tags of main's images, which have no labels, for the stacks of some objects."""
    stacks = {one.labels[STACK] for one in objects if STACK in one.labels}
    known = {one.name.removesuffix(":latest") for one in objects if one.kind == "image"}
    tags = {image_tag(stack, service) for stack in stacks for service in project.model.services} - known
    return [_Labelled("image", tag, {}, mains=False) for tag in sorted(tags) if project.engine.image(tag)]


def _with_tag(image: str) -> str:
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def _attached(project: Project, objects: Iterable[_Labelled]) -> Iterable[tuple[str, str]]:
    """Yield the networks among some objects with the containers of main in them."""
    mains = project.main_containers().values()
    for one in objects:
        if one.kind == "network":
            yield from ((one.name, container.name) for container in mains if one.name in container.networks)


def _commands(leak: _Leak) -> str:
    """Return the commands that delete what was left behind."""
    lines = [f"docker network disconnect -f {shlex.join(pair)}" for pair in leak.attached]
    for kind, remover in _REMOVERS.items():
        names = [one.name for one in leak.objects if one.kind == kind]
        if names:
            lines.append(f"{remover} {shlex.join(names)}")
    return " && ".join(lines)
