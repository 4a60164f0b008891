"""The types of JSON documents that are no single frozen value; `inv schemas` makes their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ...configuration.doctor_findings import EngineFacts, Finding
    from ...configuration.unsavable_files import LeftOut
    from ...configuration.worktree_result import Listing
    from ...orchestration.flows.clean import CleaningRow
    from ...orchestration.flows.hosts import Machine
    from ...orchestration.flows.projects import KnownProject
    from ...orchestration.flows.start_all import Started
    from ...orchestration.flows.stop_all import Stopped

__all__ = [
    "CheckoutPath",
    "Cleaned",
    "CleanedDatabase",
    "ErrorFacts",
    "Event",
    "EventState",
    "EveryListing",
    "Findings",
    "ForgottenProject",
    "Functions",
    "Hosts",
    "KnownProjects",
    "NotForwarded",
    "NotRun",
    "PointFacts",
    "SharedServices",
    "StartedStacks",
    "StepFacts",
    "StoppedStacks",
    "Trash",
    "TrashedDatabase",
    "TrashedPoint",
]

EventState = Literal["begun", "doing", "done", "failed", "news", "note"]


class ErrorFacts(TypedDict):
    """Why there is no result, or only part of it.

    Attributes:
        kind: A short, stable name of the cause; `docs/errors.md` has a row for each.
        what: One line: what happened, with the value that caused it.
        details: More lines, such as the last ones of a log.
        hint: One line: the command or the setting that helps; empty when nothing does.
        code: The exit code: 1 failed, 2 wrong use, 3 refused to protect work, 4 Docker or another
            machine is unavailable, 129 a closed terminal, 130 Ctrl-C, 143 SIGTERM.
    """

    kind: str
    what: str
    details: tuple[str, ...]
    hint: str
    code: int


class Event(TypedDict):
    """Something that happened while a task worked: one line of stderr under `--events`.

    Attributes:
        step: The step that it happened in, such as `containers`; None outside any step.
        state: `begun`, then `done` or `failed`; `doing` for what the step is working on, `news` for what is
            good to know, and `note` for what the user has to decide about.
        seconds: Since the step began; outside any step, since the task began.
        text: What was done, or what this is about, in words; empty if the state says it all.
    """

    step: str | None
    state: EventState
    seconds: float
    text: str


class EveryListing(TypedDict):
    """Every project on this machine: `list --all`."""

    projects: tuple[Listing, ...]


class CheckoutPath(TypedDict):
    """The directory of a checkout.

    Attributes:
        path: The directory, on its own machine.
        on: The name of that machine here; None for this one.
    """

    path: str
    on: str | None


class Hosts(TypedDict):
    """The machines that the project knows."""

    hosts: tuple[Machine, ...]


class NotForwarded(TypedDict):
    """A worktree whose ports are no longer forwarded to this machine.

    Attributes:
        name: Its slug.
        on: The machine that it is on.
    """

    name: str
    on: str


class NotRun(TypedDict):
    """The command did not run, or not to its end: the error beside this says why."""

    code: None
    output: str
    stdout: str
    stderr: str


class StartedStacks(TypedDict):
    """The stacks in which something was started."""

    started: tuple[Started, ...]


class StoppedStacks(TypedDict):
    """The stacks in which something was running."""

    stopped: tuple[Stopped, ...]


class PointFacts(TypedDict):
    """What was saved of a removed worktree.

    Attributes:
        name: The name that `restore` takes.
        worktree: The worktree's name.
        branch: The branch that was checked out; None when detached.
        path: The worktree's directory.
        created: When it was saved, in seconds since the epoch.
        age: How long ago that was, in seconds.
        files: How many files it holds.
        size: Their total size in bytes.
        operation: The git operation that was in progress, such as a merge.
        left_out: What was in the worktree but is not in the restore point.
    """

    name: str
    worktree: str
    branch: str | None
    path: str | None
    created: float
    age: float
    files: int
    size: int
    operation: str | None
    left_out: tuple[LeftOut, ...]


class TrashedDatabase(TypedDict):
    """A database that is kept with a restore point; `size` is None if its server is down."""

    service: str
    name: str
    mode: str
    size: int | None


class TrashedPoint(PointFacts):
    """A restore point with the databases that are kept for it."""

    databases: list[TrashedDatabase]


class Trash(TypedDict):
    """The removed worktrees that `restore` can bring back."""

    restore_points: list[TrashedPoint]


class CleanedDatabase(TypedDict):
    """A database whose time in the trash has expired: its server's service, its name, and its worktree."""

    service: str
    name: str
    worktree: str


class Cleaned(TypedDict):
    """Every worktree, and the expired restore points and databases."""

    worktrees: tuple[CleaningRow, ...]
    expired: list[PointFacts]
    databases: list[CleanedDatabase]


class Findings(TypedDict):
    """The engine in use, and what is wrong."""

    engine: EngineFacts
    findings: tuple[Finding, ...]


class ForgottenProject(TypedDict):
    """A project that no longer exists, and was forgotten."""

    name: str
    main: Path


class KnownProjects(TypedDict):
    """The projects known on this machine, last used first."""

    projects: tuple[KnownProject, ...]
    forgotten: list[ForgottenProject]


class Functions(TypedDict):
    """A shell, and the source of its functions."""

    shell: str
    text: str


class SharedServices(TypedDict):
    """The state of each of main's services that worktrees use."""

    services: Mapping[str, str]


class StepFacts(TypedDict):
    """A worktree as it is recorded after a step."""

    name: str
    branch: str
    path: Path
    slot: int | None
    compose_project: str | None
    network: str | None
