"""Every JSON document that is printed. Schema 1 only gains keys; none changes its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...quick_dataclasses import as_dict, field_names
from ..command_spelling import is_for_caller, typed_for_program

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from ...configuration.doctor_findings import Diagnosis
    from ...configuration.worktree_result import Listing, Worktree
    from ...errors import WorktreeTasksError
    from ...orchestration.flows.plan import Plan
    from ...orchestration.flows.projects import Projects
    from ...orchestration.flows.start_all import Started
    from ...orchestration.flows.stop_all import Stopped
    from ...orchestration.runtimes.runtime_values import Ran
    from ...store import Record
    from . import document_types

__all__ = [
    "ELSEWHERE",
    "OF_ALL",
    "OF_DECISIONS",
    "OF_RUNNING",
    "OF_SERVICES",
    "OF_STARTED",
    "SCHEMA",
    "Document",
    "diagnosis",
    "document",
    "error",
    "functions",
    "listing",
    "listings",
    "not_run",
    "path",
    "plan",
    "projects",
    "ran",
    "services",
    "started",
    "step",
    "stopped",
    "worktree",
]

Document = dict[str, Any]

SCHEMA = 1
# Keys that only the document of all projects has.
OF_ALL = frozenset({"last_commit", "memory"})
# Keys that only the document of a started worktree has.
OF_STARTED = frozenset({"pending"})
# Keys that only the document of a command in a service has.
OF_SERVICES = frozenset({"service"})
# The grounds of a decision on a service; its reason and the notes give them in words.
OF_DECISIONS = frozenset({"because", "command", "duties", "planner"})
# Keys that are known only once a server ran.
OF_RUNNING = frozenset({"scheme"})
# Keys that repeat the errors beside them, or what the phase is derived from.
ELSEWHERE = frozenset({"silence", "lacking", "idle"})
# Keys with text for people, which may name a task.
_TEXTS = frozenset({"details", "fix", "hint", "notes", "reason", "what"})


def worktree(tree: Worktree) -> Document:
    """Return the document of a worktree: `new`, `start`, `stop`, `restart`, `adopt`."""
    started = tree.pending is not None
    return document(tree, without=OF_ALL | ELSEWHERE | (frozenset() if started else OF_STARTED))


def listing(found: Listing) -> Document:
    """Return the document of `list`."""
    return document(found, without=OF_ALL | OF_STARTED | ELSEWHERE)


def listings(found: Iterable[Listing]) -> Document:
    """Return the document of `list --all`."""
    every: document_types.EveryListing = {"projects": tuple(found)}
    return document(every, without=OF_STARTED | ELSEWHERE)


def path(directory: Path | str, on: str | None = None) -> Document:
    """Return the document of `path`."""
    place: document_types.CheckoutPath = {"path": str(directory), "on": on}
    return document(place)


def plan(planned: Plan) -> Document:
    """Return the document of `plan`, and of `new --dry`."""
    return document(planned, without=OF_DECISIONS | OF_RUNNING)


def ran(command: Ran) -> Document:
    """Return the document of `run` or `compose` for a command that ended, with any exit code."""
    return document(command, without=OF_SERVICES if command.service is None else frozenset())


def not_run() -> Document:
    """Return the document of `run` and `compose` for a command that did not run, or not to its end."""
    nothing: document_types.NotRun = {"code": None, "output": "", "stdout": "", "stderr": ""}
    return document(nothing)


def started(stacks: Iterable[Started]) -> Document:
    """Return the document of `start-all`."""
    found: document_types.StartedStacks = {"started": tuple(stacks)}
    return document(found)


def stopped(stacks: Iterable[Stopped]) -> Document:
    """Return the document of `stop-all`."""
    found: document_types.StoppedStacks = {"stopped": tuple(stacks)}
    return document(found)


def diagnosis(found: Diagnosis) -> Document:
    """Return the document of `doctor`."""
    findings: document_types.Findings = {"engine": found.engine, "findings": found.findings}
    return document(findings)


def projects(found: Projects) -> Document:
    """Return the document of `projects`."""
    known: document_types.KnownProjects = {
        "projects": found.projects,
        "forgotten": [{"name": one.name, "main": one.main} for one in found.forgotten],
    }
    return document(known)


def functions(shell: str, text: str) -> Document:
    """Return the document of `shell-init`."""
    functions: document_types.Functions = {"shell": shell, "text": text}
    return document(functions)


def services(states: Mapping[str, str]) -> Document:
    """Return the document of the step `ensure-main`: the state of each shared service."""
    services: document_types.SharedServices = {"services": states}
    return document(services)


def step(record: Record) -> Document:
    """Return the document of every other step: the worktree as it is recorded."""
    facts: document_types.StepFacts = {
        "name": record.name,
        "branch": record.branch,
        "path": record.path,
        "slot": record.slot,
        "compose_project": record.compose_project,
        "network": record.network,
    }
    return document(facts)


def error(failure: WorktreeTasksError) -> Document:
    """Return the document of an error, together with the partial result, if any."""
    facts: document_types.ErrorFacts = {
        "kind": failure.kind,
        "what": failure.what,
        "details": failure.details,
        "hint": failure.hint,
        "code": failure.code,
    }
    made = document({**failure.besides, "error": facts})
    return {**made, "error": {**facts, "details": list(failure.details)}} if is_for_caller() else made


def document(value: object, *, without: Collection[str] = ()) -> Document:
    """Return the document of a value.

    Args:
        value: A frozen value, or an object that contains some.
        without: The keys to leave out, at any depth.
    """
    return {"schema": SCHEMA, **_plain(value, without)}


def _plain(value: Any, without: Collection[str]) -> Any:  # noqa: ANN401 - whatever a dataclass holds
    """Return a value as JSON types: frozen values as objects, paths as strings."""
    if field_names(value):
        value = as_dict(value)
    if isinstance(value, dict):
        plain = {key: _plain(one, without) for key, one in value.items() if key not in without}
        return {key: _with_typed_tasks(one) if key in _TEXTS else one for key, one in plain.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, without) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _with_typed_tasks(value: Any) -> Any:  # noqa: ANN401 - text, or several
    """Return texts, with the tasks that they name spelled as the program takes them."""
    if isinstance(value, str):
        return typed_for_program(value)
    return [_with_typed_tasks(one) for one in value] if isinstance(value, list) else value
