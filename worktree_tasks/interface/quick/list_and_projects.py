"""The bodies of read-only tasks, which are the same with Invoke and without."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...errors import WorktreeTasksError
from ...lazy_modules import later
from ..output import documents
from ..output.printing import FirstRows, show_listings, with_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...configuration.worktree_result import Listing
    from ...orchestration.flows import list as flow
    from ...orchestration.flows.projects import Projects
    from ..output.documents import Document
    from ..session import Session
else:
    (flow,) = later(__package__, "...orchestration.flows.list")

__all__ = ["list_projects", "list_worktrees"]


def list_worktrees(
    session: Session, *, every: bool, watch: bool, json: bool
) -> Listing | tuple[Listing, ...]:
    """Show the worktrees of the project, or of every one.

    Args:
        session: The run of the task.
        every: Whether to list all projects, with their memory.
        watch: Whether to refresh the list in place until `q`.
        json: Whether to print one JSON document.

    Raises:
        DockerUnavailable: No engine answered; what git knows was shown.
    """
    first = FirstRows()
    early = first.show if first.possible and not (every or watch or json) else None

    def look() -> tuple[Listing, ...]:
        if every:
            from ...orchestration.flows.list_all import overview  # noqa: PLC0415 - rarely needed

            return with_memory(overview(session.store, session.progress), live=not (watch or json))
        return (flow.everywhere(session.project, early=early),)

    if watch:
        found = _watched(session, look, every=every, json=json)
        return found if every else found[0]
    try:
        found = look()
    except WorktreeTasksError:
        first.take_away()
        raise
    document: Document = {}
    if json:
        document = documents.listings(found) if every else documents.listing(found[0])
    print_words = partial(show_listings, found, everywhere=every, over=first.take_away)
    for one in (absent for listing in found for absent in listing.absent):
        session.progress.note(f"{one.on} is left out: {one.what}")
    if error := flow.unanswered(found):
        session.show_partly(document, print_words, error)
    session.show_with(document, print_words)
    return found if every else found[0]


def _watched(
    session: Session, look: Callable[[], tuple[Listing, ...]], *, every: bool, json: bool
) -> tuple[Listing, ...]:
    from ..output import list_watch  # noqa: PLC0415 - it needs Rich

    def look_whole() -> tuple[Listing, ...]:
        whole = look()
        if error := flow.unanswered(whole):
            raise error
        return whole

    list_watch.check(json=json)
    _ = None if every else session.project
    return tuple(list_watch.watch(look_whole, projects=every))


def list_projects(session: Session) -> Projects:
    """Show the projects known on this machine, and forget those that are gone."""
    from ...orchestration.flows.projects import projects  # noqa: PLC0415 - a list needs none of it
    from ..output import sentences  # noqa: PLC0415 - the same

    found = projects()
    session.show(documents.projects(found), sentences.projects(found))
    return found
