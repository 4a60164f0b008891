"""Every JSON document that is printed. Within schema 1 keys are only added, and none changes its meaning."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..dialect import typed_for_program

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from ...configuration.findings import Diagnosis
    from ...configuration.results import Listing, Worktree
    from ...errors import WorktreeTasksError
    from ...git import RestorePoint
    from ...orchestration.flows.clean import Cleaning
    from ...orchestration.flows.database import Databases
    from ...orchestration.flows.open import Opened
    from ...orchestration.flows.plan import Plan
    from ...orchestration.flows.projects import Projects
    from ...orchestration.flows.remove import Removed
    from ...orchestration.flows.restore import Restored
    from ...orchestration.flows.smoke import Smoked
    from ...orchestration.flows.start_all import Started
    from ...orchestration.flows.stop_all import Stopped
    from ...orchestration.runtimes.values import Line, Ran
    from ...store import Database, Record

__all__ = [
    "Document",
    "cleaning",
    "databases",
    "diagnosis",
    "error",
    "functions",
    "listing",
    "listings",
    "logs",
    "opened",
    "path",
    "plan",
    "projects",
    "ran",
    "removed",
    "restored",
    "services",
    "smoked",
    "started",
    "step",
    "stopped",
    "trash",
    "worktree",
]

Document = dict[str, Any]

_SCHEMA = 1
# What only the document of all projects tells.
_OF_ALL = frozenset({"last_commit", "memory"})
# What only the document of one that was started tells.
_OF_STARTED = frozenset({"pending"})
# What only a command in a service tells.
_OF_SERVICES = frozenset({"service"})
# What a decision on a service was made by, which its reason and the notes tell in words.
_OF_DECISIONS = frozenset({"because", "command", "duties", "planner"})
# What only a server that ran has told.
_OF_RUNNING = frozenset({"scheme"})
# What the errors that stand beside it tell, and the phase in short.
_ELSEWHERE = frozenset({"silence", "lacking"})
# What speaks to a person, and may name a task.
_SPOKEN = frozenset({"details", "fix", "hint", "notes", "reason", "what"})


def worktree(tree: Worktree) -> Document:
    """Return the document of a worktree: `new`, `start`, `stop`, `restart`, `adopt`."""
    started = tree.pending is not None
    return _document(asdict(tree), without=_OF_ALL | _ELSEWHERE | (frozenset() if started else _OF_STARTED))


def listing(found: Listing) -> Document:
    """Return the document of `list`."""
    return _document(asdict(found), without=_OF_ALL | _OF_STARTED | _ELSEWHERE)


def listings(found: Iterable[Listing]) -> Document:
    """Return the document of `list --all`."""
    return _document({"projects": [asdict(one) for one in found]}, without=_OF_STARTED | _ELSEWHERE)


def path(directory: Path) -> Document:
    """Return the document of `path`."""
    return _document({"path": directory})


def plan(planned: Plan) -> Document:
    """Return the document of `plan`, and of `new --dry`."""
    return _document(asdict(planned), without=_OF_DECISIONS | _OF_RUNNING)


def ran(command: Ran) -> Document:
    """Return the document of `run` or `compose`, for a command that ended well."""
    of_stack = command.service is None
    return _document({**asdict(command), "code": 0}, without=_OF_SERVICES if of_stack else frozenset())


def smoked(seen: Smoked) -> Document:
    """Return the document of `smoke`."""
    return _document(asdict(seen))


def logs(lines: Iterable[Line]) -> Document:
    """Return the document of `logs`."""
    return _document({"lines": [asdict(one) for one in lines]})


def opened(page: Opened) -> Document:
    """Return the document of `open`."""
    return _document(asdict(page))


def started(stacks: Iterable[Started]) -> Document:
    """Return the document of `start-all`."""
    return _document({"started": [asdict(one) for one in stacks]})


def stopped(stacks: Iterable[Stopped]) -> Document:
    """Return the document of `stop-all`."""
    return _document({"stopped": [asdict(one) for one in stacks]})


def removed(gone: Removed) -> Document:
    """Return the document of `remove`."""
    return _document(asdict(gone))


def restored(back: Restored) -> Document:
    """Return the document of `restore`."""
    return _document(asdict(back))


def trash(
    points: Iterable[RestorePoint], now: float, databases: Mapping[str, Iterable[tuple[Database, int | None]]]
) -> Document:
    """Return the document of `trash`."""
    found = []
    for point in points:
        kept = databases.get(str(point.notes.get("key")), ())
        found.append({**_point(point, now), "databases": [_trashed(*one) for one in kept]})
    return _document({"restore_points": found})


def _trashed(database: Database, size: int | None) -> Document:
    return {"service": database.service, "name": database.name, "mode": database.mode, "size": size}


def cleaning(found: Cleaning, now: float) -> Document:
    """Return the document of `clean`."""
    rows = [asdict(row) for row in found.worktrees]
    for row in rows:
        del row["key"]
    expired = [_point(one, now) for one in found.expired]
    keys = ("service", "name", "worktree")
    dropped = [{key: getattr(one, key) for key in keys} for one in found.databases]
    return _document({"worktrees": rows, "expired": expired, "databases": dropped})


def databases(found: Databases) -> Document:
    """Return the document of `database`."""
    return _document(asdict(found))


def _point(point: RestorePoint, now: float) -> Document:
    return {
        "name": point.name,
        "worktree": point.worktree,
        "branch": point.notes.get("branch"),
        "path": point.notes.get("path"),
        "created": point.created,
        "age": max(0.0, now - point.created),
        "files": point.files,
        "size": point.size,
        "operation": point.operation,
        "left_out": [asdict(one) for one in point.left_out],
    }


def diagnosis(found: Diagnosis) -> Document:
    """Return the document of `doctor`."""
    findings = [asdict(finding) for finding in found.findings]
    return _document({"engine": asdict(found.engine), "findings": findings})


def projects(found: Projects) -> Document:
    """Return the document of `projects`."""
    forgotten = [{"name": one.name, "main": one.main} for one in found.forgotten]
    return _document({"projects": [asdict(one) for one in found.projects], "forgotten": forgotten})


def functions(shell: str, text: str) -> Document:
    """Return the document of `shell-init`."""
    return _document({"shell": shell, "text": text})


def services(states: Mapping[str, str]) -> Document:
    """Return the document of the step `ensure-main`: the state of each shared service."""
    return _document({"services": states})


def step(record: Record) -> Document:
    """Return the document of every other step: the worktree as it is recorded."""
    keys = ("name", "branch", "path", "slot", "compose_project", "network")
    return _document({key: getattr(record, key) for key in keys})


def error(failure: WorktreeTasksError) -> Document:
    """Return the document of an error, with what there is of the result all the same."""
    told = {
        "kind": failure.kind,
        "what": failure.what,
        "details": failure.details,
        "hint": failure.hint,
        "code": failure.code,
    }
    return _document({**failure.besides, "error": told})


def _document(value: Mapping[str, Any], *, without: Collection[str] = ()) -> Document:
    return {"schema": _SCHEMA, **_plain(value, without)}


def _plain(value: Any, without: Collection[str]) -> Any:  # noqa: ANN401 - whatever a dataclass holds
    """Return a value as JSON has it, paths as texts."""
    if isinstance(value, dict):
        plain = {key: _plain(one, without) for key, one in value.items() if key not in without}
        return {key: _spoken(one) if key in _SPOKEN else one for key, one in plain.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, without) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _spoken(value: Any) -> Any:  # noqa: ANN401 - text, or several
    """Return texts with the tasks that they name as the program has them."""
    if isinstance(value, str):
        return typed_for_program(value)
    return [_spoken(one) for one in value] if isinstance(value, list) else value
