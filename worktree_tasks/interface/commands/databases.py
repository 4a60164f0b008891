"""The task for databases: show them, make them own or shared, and copy them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.context import Context

from ...configuration.settings import MODES
from ..flag_values import check_choice
from ..flags import JSON, NAME, TELL
from ..output import documents, sentences
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from ...orchestration.flows.database import Databases

__all__ = ["database"]


@task(
    hosts=True,
    help={
        **NAME,
        "mode": "shared: main's; clone: a copy of main's; empty: one without tables.",
        "reset": "Drop the worktree's own databases and make them again.",
        "refresh": "Copy main's current data, for this and later copies.",
        **TELL,
        **JSON,
    },
)
def database(
    c: Context,
    name: str,
    mode: str | None = None,
    reset: bool = False,
    refresh: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Databases:
    """Show a worktree's database, or change it.

    Example: inv wt.database auth-feature --mode clone
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.database import change_database, show_database

        check_choice("mode", mode, MODES)
        if mode or reset or refresh:
            found = change_database(session.project, name, mode=mode, reset=reset, refresh=refresh)
        else:
            found = show_database(session.project, name)
        session.show(documents.document(found), sentences.databases(found))
        return found
