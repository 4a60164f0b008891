"""Tasks that find and fix problems, and check a project end to end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from invoke.context import Context

from ...errors import FindingsRemain
from ..flags import JSON, TELL
from ..output import documents, sentences
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from ...configuration.doctor_findings import Diagnosis
    from ...orchestration.flows.smoke import Smoked

__all__ = ["doctor", "smoke"]


@task(
    hosts=True, dry_run=True, help={"fix": "Fix what was found; by default nothing changes.", **TELL, **JSON}
)
def doctor(
    c: Context, fix: bool = False, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Diagnosis:
    """Find problems, and fix them with --fix.

    Example: inv wt.doctor --fix
    """
    # Other commands began what is fixed here; their hooks have run, or will run with the next command.
    with Session(c, json=json, hooks=False, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.doctor import doctor
        from ..output.doctor_sentences import diagnosis

        found = doctor(session.project_on, session.progress, fix=fix and not session.dry)
        document, lines = documents.diagnosis(found), diagnosis(found)
        if found.remaining:
            session.show_partly(document, partial(session.say, lines), FindingsRemain(len(found.remaining)))
        session.show(document, lines)
        return found


@task(help={**TELL, **JSON})
def smoke(c: Context, quiet: bool = False, verbose: bool = False, json: bool = False) -> Smoked:
    """Check that a worktree opens, answers and goes away.

    Example, in a pipeline: inv wt.smoke
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.smoke import smoke

        seen = smoke(session.project)
        session.show(documents.document(seen), sentences.smoked(seen))
        return seen
