"""Tasks that remove worktrees, list what was removed, and restore it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from invoke.context import Context

from ..flag_values import names
from ..flags import HOOKS, JSON, NAME, TELL
from ..output import documents, sentences, trash_documents
from ..session import Session
from ..task_class import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...git import RestorePoint
    from ...orchestration.flows.clean import Cleaning
    from ...orchestration.flows.remove import Removed
    from ...orchestration.flows.restore import Restored

__all__ = ["clean", "remove", "restore", "trash"]


@task(
    hosts=True,
    iterable=["discard"],
    help={
        **NAME,
        "force": "Remove it even with unsaved work, which goes to a restore point first.",
        "keep-branch": "Always keep the branch.",
        "discard": "A path that may be lost, since no restore point can hold it; repeatable.",
        **HOOKS,
        **TELL,
        **JSON,
    },
)
def remove(
    c: Context,
    name: str,
    force: bool = False,
    keep_branch: bool = False,
    discard: Sequence[str] | None = None,
    hooks: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Removed:
    """Remove a worktree and its stack, unless work would be lost.

    Example: inv wt.remove auth-feature
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ..quick.stack_tasks import remove_worktree

        return remove_worktree(session, name, force=force, keep_branch=keep_branch, discard=names(discard))


@task(hosts=True, dry_run=True, help=JSON)
def trash(c: Context, json: bool = False) -> tuple[RestorePoint, ...]:
    """List removed worktrees that wt.restore can bring back.

    Example: inv wt.trash
    """
    with Session(c, json=json) as session:
        from ...orchestration.steps.database_trash import trashed_databases
        from ...orchestration.steps.trash import listed

        points = listed(session.project, note=True)
        kept = trashed_databases(session.project)
        now = time.time()
        session.show(trash_documents.trash(points, now, kept), sentences.trash(points, now, kept))
        return points


@task(
    hosts=True,
    help={"name": "A restore point that wt.trash lists, or the name of its worktree.", **TELL, **JSON},
)
def restore(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Restored:
    """Bring a removed worktree back: its branch, index and files.

    Example: inv wt.restore auth-feature
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.restore import restore

        back = restore(session.project, name)
        session.show(documents.document(back), sentences.restored(back))
        return back


@task(
    hosts=True,
    dry_run=True,
    help={
        "dry-run": "Only show what would be removed.",
        "yes": "Remove without asking; needed where there is no terminal.",
        **HOOKS,
        **TELL,
        **JSON,
    },
)
def clean(
    c: Context,
    dry_run: bool = False,
    yes: bool = False,
    hooks: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    json: bool = False,
) -> Cleaning:
    """Remove worktrees whose work is merged into the base.

    Example: inv wt.clean --dry-run
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.clean import clean, survey

        dry_run = dry_run or session.dry
        found = survey(session.untouched_project if dry_run else session.project, note=not dry_run)
        session.say(sentences.cleaning(found))
        if found.needed and not dry_run and (yes or session.agreed("Remove these?", flag="--yes")):
            found = clean(session.project, found)
            session.say(sentences.cleaned(found))
        session.show(trash_documents.cleaning(found, time.time()))
        return found
