"""The compose project of a worktree's stack: a name that no other containers, volumes or images use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration import naming
from ....configuration.compose.labels import KEY, STACK
from ....errors import Failure
from ....parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["keys_in", "lease_stack_name", "planned_stack_name"]


def lease_stack_name(tree: Tree) -> None:
    """Lease the stack's compose project; if it has been taken meanwhile, lease another one.

    Raises:
        Failure: The stack already has containers or volumes in the one that was taken.
    """
    if tree.record.compose_project and not _is_taken(tree, tree.record.compose_project):
        return
    strangers = _strangers(tree)
    tree.lease(
        "compose_project",
        lambda held: naming.stack_name(tree.project.name, tree.record.name, strangers | set(held)),
    )


def planned_stack_name(tree: Tree) -> str:
    """Return the compose project that a worktree's stack would get."""
    held = map(str, tree.project.store.held(tree.record, "compose_project"))
    return naming.stack_name(tree.project.name, tree.record.name, {*_strangers(tree), *held})


def keys_in(project: Project, stack: str) -> frozenset[str]:
    """Return the keys in the labels of a compose project's objects."""
    return frozenset(labels[KEY] for labels in _labels(project, f"{STACK}={stack}") if KEY in labels)


def _is_taken(tree: Tree, project: str) -> bool:
    if project == tree.project.name:
        return True
    keys = keys_in(tree.project, project)
    if keys <= {tree.record.key}:
        return False
    if tree.record.key not in keys:
        return True
    raise Failure(
        f"compose project {project} has containers or volumes of {tree.record.name}, but others too",
        f"docker ps --all --filter label={STACK}={project} shows them",
        kind="stack-name-taken",
    )


def _strangers(tree: Tree) -> set[str]:
    """Return the compose projects with anything that is not this worktree's.

    Volumes and images count by their names too, since Compose uses existing ones, whoever created them.
    """
    project = tree.project

    def of_labels() -> set[str]:
        return {labels[STACK] for labels in _labels(project, STACK) if labels.get(KEY) != tree.record.key}

    def of_volumes() -> set[str]:
        return _stems(project.engine.volumes(), (f"_{key}" for key in project.model.volumes))

    def of_images() -> set[str]:
        tags = (tag.partition(":")[0] for tag in project.engine.images())
        return _stems(tags, (f"-{service}" for service in project.model.services))

    # Creating the network takes longest of all, and waits for this.
    labelled, volumes, images = each(lambda ask: ask(), (of_labels, of_volumes, of_images))
    return labelled | ((volumes | images) - {tree.record.compose_project})


def _labels(project: Project, label: str) -> Iterator[Mapping[str, str]]:
    """Yield the labels of containers, networks and volumes that have a given label."""
    name, _, value = label.partition("=")
    yield from (one.labels for one in project.engine.labelled(label))
    yield from project.engine.volumes(label).values()
    for network in project.engine.networks():
        if name in network.labels and value in ("", network.labels[name]):
            yield network.labels


def _stems(found: Iterable[str], endings: Iterable[str]) -> set[str]:
    """Return the parts of names before one of some endings."""
    endings = tuple(endings)
    return {name.removesuffix(end) for name in found for end in endings if name.endswith(end)}
