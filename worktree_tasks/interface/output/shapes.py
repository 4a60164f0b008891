"""What is in the JSON documents that are put together; `inv schemas` makes schemas of these types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ...configuration.doctor_findings import EngineFacts, Finding
    from ...configuration.unsaved_files import LeftOut
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
    """Why there is no result, or not all of it.

    Attributes:
        kind: A short name of the cause, which stays the same; `docs/errors.md` has a row for each.
        what: One line: what happened, with the value that caused it.
        details: Lines to read, such as the last ones of a log.
        hint: One line: the command or the setting that helps; empty when nothing does.
        code: The exit code: 1 failed, 2 wrong use, 3 refused to protect work, 4 Docker or another
            machine is unavailable, 130 Ctrl-C, 143 SIGTERM.
    """

    kind: str
    what: str
    details: tuple[str, ...]
    hint: str
    code: int


class Event(TypedDict):
    """Something that happened while a task worked: one line of stderr under `--events`.

    Attributes:
        step: The step that it happened in, such as `containers`; None outside of all.
        state: `begun`, then `done` or `failed`; `doing` for what it is at meanwhile, `news` for what is good
            to know, and `note` for what somebody has to decide about.
        seconds: Since the step began; outside of all, since the task did.
        text: What was done, or what it is about, in words; empty where the state says all.
    """

    step: str | None
    state: EventState
    seconds: float
    text: str


class EveryListing(TypedDict):
    """Every project of this machine: `list --all`."""

    projects: tuple[Listing, ...]


class CheckoutPath(TypedDict):
    """The directory of a checkout.

    Attributes:
        path: The directory, on the machine that it is on.
        on: What that is called here; None for this one.
    """

    path: str
    on: str | None


class Hosts(TypedDict):
    """The machines that the project knows."""

    hosts: tuple[Machine, ...]


class NotForwarded(TypedDict):
    """A worktree whose ports are not answered here any more.

    Attributes:
        name: Its slug.
        on: The machine that it is on.
    """

    name: str
    on: str


class NotRun(TypedDict):
    """No command ran, or not to its end: the error beside it says why."""

    code: None
    output: str
    stdout: str
    stderr: str


class StartedStacks(TypedDict):
    """The stacks of which something runs that did not run before."""

    started: tuple[Started, ...]


class StoppedStacks(TypedDict):
    """The stacks of which something ran."""

    stopped: tuple[Stopped, ...]


class PointFacts(TypedDict):
    """What was saved of a worktree that was removed.

    Attributes:
        name: By which `restore` finds it.
        worktree: The worktree's name.
        branch: The branch that was checked out; None when detached.
        path: The worktree's directory.
        created: When it was saved, in seconds since the epoch.
        age: How long ago that is, in seconds.
        files: How many files it holds.
        size: Their bytes.
        operation: What git was in the middle of.
        left_out: What it does not hold of what was there.
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
    """A database that is kept with a restore point; `size` is None where its server is down."""

    service: str
    name: str
    mode: str
    size: int | None


class TrashedPoint(PointFacts):
    """A restore point with the databases that are kept for it."""

    databases: list[TrashedDatabase]


class Trash(TypedDict):
    """What removals took away and `restore` brings back."""

    restore_points: list[TrashedPoint]


class CleanedDatabase(TypedDict):
    """A database whose time in the trash is over: its server's service, its name, whose it was."""

    service: str
    name: str
    worktree: str


class Cleaned(TypedDict):
    """Every worktree, and the restore points and databases whose time is over."""

    worktrees: tuple[CleaningRow, ...]
    expired: list[PointFacts]
    databases: list[CleanedDatabase]


class Findings(TypedDict):
    """The engine in use, and what is wrong."""

    engine: EngineFacts
    findings: tuple[Finding, ...]


class ForgottenProject(TypedDict):
    """A project that was gone, and is not known any more."""

    name: str
    main: Path


class KnownProjects(TypedDict):
    """The projects that are known here, last used first."""

    projects: tuple[KnownProject, ...]
    forgotten: list[ForgottenProject]


class Functions(TypedDict):
    """A shell, and the text of its functions."""

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
