"""The bodies of tasks that only look, the same with Invoke and without."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from ...errors import WorktreeTasksError
from ...lazily import later
from ..output import documents
from ..output.printing import show_listings, weighed
from ..output.streams import moves

if TYPE_CHECKING:
    from ...configuration.results import Listing
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
        every: Whether all projects are listed, with their memory.
        watch: Whether the list is refreshed in place until `q`.
        json: Whether one document is printed.

    Raises:
        DockerUnavailable: No engine answered; what git knows is shown.
    """
    first: FirstRows | None = None
    if not (every or watch or json) and moves(sys.stdout):
        from ..output.painting import FirstRows  # noqa: PLC0415 - only terminals need it

        first = FirstRows()

    def look(*, live: bool = False) -> tuple[Listing, ...]:
        if every:
            from ...orchestration.flows.list_all import overview  # noqa: PLC0415 - rarely needed

            return weighed(overview(session.store, session.progress), live=live)
        return (flow.listing(session.project, early=first.show) if first else flow.listing(session.project),)

    def look_whole() -> tuple[Listing, ...]:
        whole = look()
        if error := flow.unanswered(whole):
            raise error
        return whole

    if watch:
        from ..output import watching  # noqa: PLC0415 - it needs Rich

        watching.check(json=json)
        _ = None if every else session.project
        found = tuple(watching.watch(look_whole, projects=every))
    else:
        try:
            found = look(live=not json)
        except WorktreeTasksError:
            if first:
                first.take_away()
            raise
        document: Document = {}
        if json:
            document = documents.listings(found) if every else documents.listing(found[0])
        print_words = partial(show_listings, found, everywhere=every)
        if first:
            print_words = partial(print_words, over=first.take_away)
        if error := flow.unanswered(found):
            session.show_partly(document, print_words, error)
        session.show_with(document, print_words)
    return found if every else found[0]


def list_projects(session: Session) -> Projects:
    """Show the projects known here, and forget what is gone."""
    from ...orchestration.flows.projects import projects  # noqa: PLC0415 - a list needs none of it
    from ..output import words  # noqa: PLC0415 - the same

    found = projects()
    session.show(documents.projects(found), words.projects(found))
    return found
