"""What takes worktrees away and brings them back, as tasks."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from invoke.context import Context

from ..flags import HOOKS, JSON, NAME, TELL
from ..output import words as output
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
    iterable=["discard"],
    help={
        **NAME,
        "force": "Also with work in it, which goes to a restore point first.",
        "keep-branch": "Keep the branch in any case.",
        "discard": "A path in it that no restore point can hold and that may be lost; may be repeated.",
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
        from ...orchestration.flows.remove import remove

        lost = (discard,) if isinstance(discard, str) else tuple(discard or ())
        gone = remove(session.site, name, force=force, keep_branch=keep_branch, discard=lost)
        session.show(
            {"schema": 1, **asdict(gone), "path": str(gone.path)},
            lambda: output.show_removed(gone),
        )
        return gone


@task(dry_run=True, help=JSON)
def trash(c: Context, json: bool = False) -> tuple[RestorePoint, ...]:
    """List what removals took away and wt.restore brings back.

    Example: inv wt.trash
    """
    with Session(c, json=json) as session:
        from ...orchestration.steps.trash import listed

        points = listed(session.site)
        session.show(
            {"schema": 1, "restore_points": [_point(one) for one in points]},
            lambda: output.show_trash(points, time.time()),
        )
        return points


@task(help={"name": "A restore point that wt.trash lists, or the name of its worktree.", **TELL, **JSON})
def restore(
    c: Context, name: str, quiet: bool = False, verbose: bool = False, json: bool = False
) -> Restored:
    """Bring a removed worktree back: its branch, index and files.

    Example: inv wt.restore auth-feature
    """
    with Session(c, json=json, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.restore import restore

        back = restore(session.site, name)
        session.show(
            {"schema": 1, **asdict(back), "path": str(back.path)},
            lambda: output.show_restored(back),
        )
        return back


@task(
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
    """Remove worktrees whose work is in the base.

    Example: inv wt.clean --dry-run
    """
    with Session(c, json=json, hooks=hooks, quiet=quiet, verbose=verbose) as session:
        from ...orchestration.flows.clean import clean, survey

        dry_run = dry_run or session.dry
        found = survey(session.untouched_site if dry_run else session.site, note=not dry_run)
        if not json:
            session.tell(partial(output.show_cleaning, found))
        if found.needed and not dry_run and (yes or session.agreed("Remove these?", flag="--yes")):
            found = clean(session.site, found)
            if not json:
                session.tell(partial(output.show_cleaned, found))
        session.show(_cleaning(found), lambda: None)
        return found


def _point(point: RestorePoint) -> dict[str, Any]:
    notes = point.notes
    return {
        "name": point.name,
        "worktree": point.worktree,
        "branch": notes.get("branch"),
        "path": notes.get("path"),
        "created": point.created,
        "age": max(0.0, time.time() - point.created),
        "files": point.files,
        "size": point.size,
        "operation": point.operation,
        "left_out": [asdict(one) for one in point.left_out],
    }


def _cleaning(found: Cleaning) -> dict[str, Any]:
    rows = [{**asdict(row), "path": str(row.path)} for row in found.worktrees]
    for row in rows:
        del row["key"]
    return {"schema": 1, "worktrees": rows, "expired": [_point(one) for one in found.expired]}
