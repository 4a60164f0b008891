"""The lines that are printed for each result. No I/O."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ...configuration.formatting import aligned, spoken_age, spoken_count, spoken_size, spoken_time
from ...lazy_modules import later
from ...printable import lines_of, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ...configuration import unsavable_files as unsavable
    from ...configuration.drift import drift_lines as drift_words
    from ...configuration.worktree_result import Worktree
    from ...git import RestorePoint
    from ...orchestration.flows.agents_init import AgentFiles
    from ...orchestration.flows.clean import Cleaning
    from ...orchestration.flows.database import Databases
    from ...orchestration.flows.plan import EnvChange, Plan
    from ...orchestration.flows.projects import KnownProject, Projects
    from ...orchestration.flows.remove import Removed
    from ...orchestration.flows.restore import Restored
    from ...orchestration.flows.smoke import Smoked
    from ...orchestration.flows.start_all import Started
    from ...orchestration.flows.stop_all import Stopped
    from ...store import Database
else:
    unsavable, drift_words = later(
        __package__, "...configuration.unsavable_files", "...configuration.drift.drift_lines"
    )

__all__ = [
    "DRY_RUN",
    "INTERRUPTED_ALREADY",
    "NO_PROJECT",
    "agent_files",
    "agent_files_written",
    "cleaned",
    "cleaning",
    "columns",
    "databases",
    "plan",
    "projects",
    "removed",
    "restored",
    "smoked",
    "started",
    "stopped",
    "trash",
    "worktree",
]

DRY_RUN = "→ dry run: nothing was changed"
INTERRUPTED_ALREADY = "already interrupted; cleaning up"
NO_PROJECT = "→ no project is known yet; wt.new makes the first worktree"
# A stack may already answer although its health check has not run yet.
_UP = ("running", "starting")
_TRASHED, _UNUSED = "its time in the trash has expired", "a template that no worktree has a copy of"
_REMOVALS = {"container": "docker rm --force", "volume": "docker volume rm", "network": "docker network rm"}


def worktree(tree: Worktree) -> list[str]:
    """Say where a worktree answers, or what state it is in."""
    return [f"→ {tree.url}" if tree.url and tree.state in _UP else f"→ {tree.name}: {tree.state}"]


def started(stacks: Sequence[Started]) -> list[str]:
    """Say which stacks were brought up."""
    return [
        f"→ started: {', '.join(one.name for one in stacks)}" if stacks else "→ all stacks are up already"
    ]


def stopped(stacks: Sequence[Stopped]) -> list[str]:
    """Say which stacks were stopped."""
    return [f"→ stopped: {', '.join(one.name for one in stacks)}" if stacks else "→ no stack was running"]


def smoked(seen: Smoked) -> list[str]:
    """Say that a worktree opened, ran and was removed."""
    return [f"→ {spoken_count(seen.services, 'service') or 'no service'} ran and answered; nothing is left"]


def removed(gone: Removed) -> list[str]:
    """Say that a worktree is gone, and how to restore it."""
    back = f"; wt.restore {gone.restore_point} brings back what was in it" if gone.restore_point else ""
    return [f"→ {gone.name} is gone{back}"]


def restored(back: Restored) -> list[str]:
    """Say where a restored worktree is, and how to start its stack."""
    again = "is back" if back.changed else "was brought back already"
    branch = f"branch {back.branch}" if back.branch else "detached"
    return [f"→ {back.name} {again} in {back.path}, {branch}; wt.start {back.name} brings its stack up"]


def trash(
    points: Iterable[RestorePoint],
    now: float,
    databases: Mapping[str, Iterable[tuple[Database, int | None]]] = MappingProxyType({}),
) -> list[str]:
    """List the restore points, latest first, each with the databases of its worktree."""
    rows = [
        (
            point.name,
            str(point.notes.get("branch")),
            f"{spoken_time(now - point.created)} ago",
            spoken_count(point.files, "file") or "no files",
            spoken_size(point.size),
            "; ".join(
                (
                    *(
                        f"database {one.name}" + (f", {spoken_size(size)}" if size is not None else "")
                        for one, size in databases.get(str(point.notes.get("key")), ())
                    ),
                    *([f"without {unsavable.spoken_left_out(point.left_out)}"] if point.left_out else ()),
                )
            ),
        )
        for point in points
    ]
    return columns(rows) or ["→ the trash is empty"]


def projects(found: Projects) -> list[str]:
    """List the projects, those that were forgotten, and why a missing one is still known."""
    rows = [
        (one.name, spoken_count(one.worktrees, "worktree") or "no worktrees", str(one.main))
        for one in found.projects
    ]
    return [
        *(columns(rows) or ["→ no project is known here yet"]),
        *(f"→ {one.name} is forgotten: {one.main} is gone" for one in found.forgotten),
        *(line for one in found.projects for line in _remaining_stacks(one)),
    ]


def _remaining_stacks(project: KnownProject) -> Iterator[str]:
    name, gone = project.name, f"! {project.main} is gone"
    if project.left is None:
        yield f"{gone}; {name} stays known until Docker reports what it left there"
    elif project.left:
        yield f"{gone}, and {name} left in Docker: {', '.join(project.left)}"
        yield f"  → {' && '.join(_removals(project.left))}; then wt.projects forgets it"


def _removals(left: Iterable[str]) -> Iterator[str]:
    """Yield the commands that remove each `container NAME`, `volume NAME` and `network NAME`."""
    for kind, command in _REMOVALS.items():
        names = [one.partition(" ")[2] for one in left if one.startswith(f"{kind} ")]
        if names:
            yield f"{command} {' '.join(names)}"


def cleaning(found: Cleaning) -> list[str]:
    """Say which worktrees would be removed, and why each of the others is kept."""
    rows = [(row.name, "remove" if row.remove else "keep", row.reason) for row in found.worktrees]
    rows += [(one.name, "expired", _TRASHED) for one in found.expired]
    rows += [(one.name, "expired", _TRASHED if one.worktree else _UNUSED) for one in found.databases]
    return columns(rows) or ["→ there are no worktrees"]


def cleaned(found: Cleaning) -> list[str]:
    """Say which worktrees were removed, and how many were kept."""
    lines = []
    for row in found.worktrees:
        if row.removed:
            back = f"; wt.restore {row.restore_point} brings it back" if row.restore_point else ""
            lines.append(f"→ {row.name} removed: {row.reason}{back}")
    kept = len(found.worktrees) - len(lines)
    return [*lines, f"→ {spoken_count(kept, 'worktree') or 'no worktree'} kept"]


def databases(found: Databases) -> list[str]:
    """Say which databases a worktree uses."""
    rows = [
        (
            one.name,
            f"in {one.service}",
            one.mode,
            one.state if one.state != "ready" else "",
            spoken_size(one.size) if one.size is not None else "",
            f"{one.main}'s data from {spoken_age(one.age)}" if one.age is not None else "",
        )
        for one in found.databases
    ]
    drift = [f"! {line}" for one in found.drift for line in drift_words.drift_lines(one, found.name)]
    return [f"→ {found.name}: {found.mode}", *columns(rows), *drift]


def agent_files(found: AgentFiles) -> list[str]:
    """Say what would change in the coding agents' files."""
    lines = [line for one in found.files for line in lines_of(one.diff)]
    notes = [f"! {one.path} ({one.program}): {one.note}" for one in found.files if one.note]
    return [*(lines or ["→ nothing to change"]), *notes]


def agent_files_written(found: AgentFiles) -> list[str]:
    """Say which of the coding agents' files were changed."""
    changed = ", ".join(one.path for one in found.files if one.change != "none")
    return [f"→ done: {changed}; commit them, so that new worktrees have them"]


def plan(planned: Plan) -> list[str]:
    """Say what `new` would do."""
    ports = [
        (one.service, f"{one.target}/{one.protocol}", f"on {one.published or 'a port that Docker chooses'}")
        for one in planned.ports
    ]
    access = [(one.service, one.mode or "later", one.reason) for one in planned.git]
    images = [(one.service, "build" if one.built else "tag", one.reason) for one in planned.images]
    return [
        f"worktree    {planned.path}, {planned.source}",
        f"stack       {planned.compose_project}, slot {planned.slot}, network {planned.network}",
        *_section("services", [(one.name, one.role, one.reason) for one in planned.services]),
        *_section("ports", ports),
        *_section("images", images),
        *(_section("git", access) if access else ()),
        *_section("files", [(name,) for name in planned.files]),
        *_section("env", [(line,) for line in _changes(planned.env)]),
        *(_section("database", [(one,) for one in planned.databases]) if planned.databases else ()),
        *(_section("hooks", planned.hooks) if planned.hooks else ()),
        *(_section("beyond main", [(one.what,) for one in planned.exposures]) if planned.exposures else ()),
        *(f"! {note}" for note in planned.notes),
    ]


def _changes(env: Iterable[EnvChange]) -> Iterator[str]:
    """Yield the values that change, each once for all services for which it changes in the same way."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in env:
        place, of, service = one.file.partition(" of ")
        was = f"was {one.old}; " if one.old else ""
        said = f"{one.key} = {one.new} ({was}{one.reason})"
        found.setdefault((place + of, said), []).append(service)
    yield from (f"{place}{', '.join(services)}: {said}" for (place, said), services in found.items())


def _section(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a title with aligned rows below it; `none` beside it if there are no rows."""
    return [title, *(f"  {line}" for line in columns(rows))] if rows else [f"{title:<12}none"]


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    return aligned([[printable(cell) for cell in row] for row in rows])
