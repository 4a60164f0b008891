"""Flow: list every project on this machine with its worktrees, and the memory that their stacks use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.settings import Settings
from ...errors import WorktreeTasksError
from ...git import find_repository
from ...parallel import each
from ...quick_dataclasses import replace
from ..runtimes.runtime_table import load
from ..steps.project import Project
from ..steps.stack_resources import is_of
from ..steps.worktree_state import ask_docker, containers_of_main
from .list import gone, listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...configuration.compose.containers import ListedContainer
    from ...configuration.worktree_result import Listing
    from ...store import ProjectRecord, Record, Store
    from ..steps.progress import Progress

__all__ = ["overview"]


def overview(store: Store, progress: Progress) -> Iterator[tuple[Listing, ...]]:
    """Yield the listings of all projects in which a wt command ever ran; then the same with their memory.

    Each is read with the default settings: a project's configuration applies only to commands in it.
    Memory takes a second or two to measure, so the first listings come without it.
    """
    runtime = load()
    docker = ask_docker(runtime)

    def look(known: ProjectRecord) -> tuple[Listing, Project | None]:
        try:
            repository = find_repository(known.main, main=known.main)
            project = Project(repository, Settings(), store, progress, runtimes=load)
            return listing(project, docker), project
        except WorktreeTasksError as error:
            if known.main.is_dir():
                progress.note(f"{known.name}: {error.what}")
            return gone(known, store.records(known)), None

    projects = sorted(store.projects(), key=lambda one: (one.name, str(one.main)))
    found = each(look, projects)
    yield tuple(listing for listing, _ in found)
    memory = runtime.memory(docker.containers)
    yield tuple(
        listing if project is None else _with_memory(listing, project, docker.containers, memory)
        for listing, project in found
    )


def _with_memory(
    found: Listing,
    project: Project,
    containers: Sequence[ListedContainer],
    memory: Mapping[str, int],
) -> Listing:
    """Return a listing with the memory of its stacks."""
    recorded = {record.path: record for record in project.records()}

    def of(chosen: Sequence[ListedContainer]) -> int | None:
        sizes = [memory[one.id] for one in chosen if one.id in memory]
        return sum(sizes) if sizes else None

    def mine(record: Record | None) -> list[ListedContainer]:
        return [one for one in containers if record and is_of(record, one)]

    mains = containers_of_main(project, containers, found.project)
    return replace(
        found,
        main=replace(found.main, memory=of(mains)),
        worktrees=tuple(replace(tree, memory=of(mine(recorded.get(tree.path)))) for tree in found.worktrees),
    )
