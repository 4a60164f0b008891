"""What finds and fixes what went wrong, as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke.context import Context

from ...errors import FindingsRemain
from ..flags import JSON, TELL
from ..output import documents, words
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from ...configuration.findings import Diagnosis

__all__ = ["doctor"]


@task(dry_run=True, help={"fix": "Fix what was found; without it nothing is changed.", **TELL, **JSON})
def doctor(
    c: Context, fix: bool = False, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Diagnosis:
    """Find what went wrong, and fix it with --fix.

    Example: inv wt.doctor --fix
    """
    # What is fixed was begun by other commands, whose hooks have run, or run with the next one.
    with Session(c, json=json, hooks=False, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.doctor import doctor

        found = doctor(session.project_on, session.progress, fix=fix and not session.dry)
        session.show(documents.diagnosis(found), words.diagnosis(found))
    if found.remaining:
        raise FindingsRemain(len(found.remaining))
    return found
