"""The compose project of a worktree's stack: a name that nobody else's containers, volumes or images have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration import naming
from ...configuration.compose.stack import KEY, STACK
from ...errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...store import Record
    from .project import Site

__all__ = ["keys_in", "lease_stack_name", "planned_stack_name"]


def lease_stack_name(site: Site, record: Record) -> Record:
    """Lease the stack's compose project; one that somebody else took meanwhile is given up for another.

    Raises:
        Failure: The stack has containers or volumes in that one already.
    """
    if record.compose_project and not _is_taken(site, record, record.compose_project):
        return record
    strangers = _strangers(site, record)
    return site.store.lease(
        record,
        "compose_project",
        lambda held: naming.stack_name(site.project.name, record.name, strangers | set(held)),
    )


def planned_stack_name(site: Site, record: Record) -> str:
    """Return the compose project that a worktree's stack would get."""
    held = map(str, site.store.held(record, "compose_project"))
    return naming.stack_name(site.project.name, record.name, {*_strangers(site, record), *held})


def keys_in(site: Site, project: str) -> frozenset[str]:
    """Return the keys that the objects of a compose project bear."""
    return frozenset(labels[KEY] for labels in _labels(site, f"{STACK}={project}") if KEY in labels)


def _is_taken(site: Site, record: Record, project: str) -> bool:
    if project == site.project.name:
        return True
    keys = keys_in(site, project)
    if keys <= {record.key}:
        return False
    if record.key not in keys:
        return True
    raise Failure(
        f"compose project {project} has containers or volumes of {record.name} and of somebody else",
        f"docker ps --all --filter label={STACK}={project} shows them",
    )


def _strangers(site: Site, record: Record) -> set[str]:
    """Return the compose projects in which anything is that is not this worktree's.

    Volumes and images count by their names too: Compose takes those that are there, whoever made them.
    """
    projects = {labels[STACK] for labels in _labels(site, STACK) if labels.get(KEY) != record.key}
    volumes = _stems(site.engine.volumes(), (f"_{key}" for key in site.model.get("volumes") or ()))
    tags = (tag.partition(":")[0] for tag, _ in site.engine.images())
    images = _stems(tags, (f"-{service}" for service in site.model["services"]))
    return projects | ({*volumes, *images} - {record.compose_project})


def _labels(site: Site, label: str) -> Iterator[Mapping[str, str]]:
    """Yield the labels of containers, networks and volumes that bear a label."""
    name, _, value = label.partition("=")
    yield from (one.labels for one in site.engine.labelled(label))
    yield from (labels for _, labels in site.engine.labelled_volumes(label))
    for network in site.engine.networks():
        if name in network.labels and value in ("", network.labels[name]):
            yield network.labels


def _stems(found: Iterable[str], endings: Iterable[str]) -> set[str]:
    """Return what stands in names before one of some endings."""
    endings = tuple(endings)
    return {name.removesuffix(end) for name in found for end in endings if name.endswith(end)}
