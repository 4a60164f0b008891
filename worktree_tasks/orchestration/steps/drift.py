"""How a worktree's branch and its databases differ: reported when its stack starts, and on request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git
from ...configuration.drift.custom_tool import framework
from ...configuration.drift.drift_lines import Apart, behind, differing
from ...configuration.drift.framework import files_among
from ...configuration.drift.framework_table import FRAMEWORKS
from ...errors import WorktreeTasksError
from ...machine import files
from .migration_tables import sources
from .other_checkouts import checkout_name, seen_elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ...configuration.drift.framework import Framework, Migration
    from ...git import Entry
    from .migration_tables import MigratedDatabase
    from .worktree_handle import Tree

__all__ = ["drift_of", "note_drift"]

# A start must not wait for a long history, or for many worktrees.
_SECONDS = 2.0


def note_drift(tree: Tree) -> None:
    """Report how a worktree's branch and its databases differ; skip what does not answer soon."""
    progress = tree.project.progress
    with suppress(WorktreeTasksError):
        for apart in drift_of(tree, seconds=_SECONDS):
            for what, help_ in differing(apart, tree.record.name):
                progress.note(f"{what}; {help_}")
            if line := behind(apart):
                progress.news(line)


def drift_of(tree: Tree, *, seconds: float | None = None) -> tuple[Apart, ...]:
    """Return the databases of a worktree that differ from its branch, according to its migration tools.

    A database that does not answer, or does not have a tool's table, is left out.

    Args:
        tree: The worktree.
        seconds: The time limit for searching the other checkouts and the branch's history.

    Raises:
        CommandError: git could not list the branch's files.
        OutOfTime: The history is too long.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    tools = _in_use(tree)
    drift = (
        _apart(tree, source, tool, paths, deadline)
        for source in (sources(tree) if tools else ())
        for tool, paths in tools
    )
    return tuple(one for one in drift if one is not None)


def _in_use(tree: Tree) -> list[tuple[Framework, tuple[str, ...]]]:
    """Return the migration tools that a branch uses, with the paths of their files."""
    root = tree.record.path
    listed = git.listed(root, sorted({glob for one in FRAMEWORKS for glob in one.globs}))
    found = [(one, one.chosen(listed)) for one in FRAMEWORKS]
    if given := tree.project.settings.drift:
        found.append((chosen := framework(given), chosen.chosen(git.listed(root, chosen.globs))))
    return [(one, paths) for one, paths in found if paths]


def _apart(
    tree: Tree, source: MigratedDatabase, tool: Framework, paths: Sequence[str], deadline: float | None
) -> Apart | None:
    rows = source.rows(tool.table, tool.columns)
    if rows is None:
        return None
    drift = tool.compare(rows, _Contents(tree.record.path, paths))
    elsewhere = _elsewhere(tree, tool, drift.unknown, deadline) if drift.unknown else {}
    seconds = None if deadline is None else max(0.0, deadline - time.monotonic())
    foreign = _foreign(tree, tool, drift.unknown, elsewhere, seconds)
    owners = {entry.path: entry for one in foreign if one in elsewhere for entry, _ in (elsewhere[one],)}
    apart = Apart(
        source.service,
        source.database,
        source.shared,
        tool.name,
        tuple(one.name for one in foreign),
        drift.pending,
        drift.changed,
        tuple(checkout_name(tree.project, entry) for entry in owners.values()),
        next((entry.branch for entry in owners.values() if entry.branch), None),
    )
    return apart if foreign or drift.pending or drift.changed else None


def _elsewhere(
    tree: Tree, tool: Framework, unknown: Sequence[Migration], deadline: float | None
) -> dict[Migration, tuple[Entry, str]]:
    """Return, for each migration, the first other checkout that has its file, and that file."""
    known: set[Migration] = set()

    def look(root: Path) -> dict[Migration, str]:
        wanted = [one for one in unknown if one not in known]
        seen = files_among(wanted, git.listed(root, tool.globs)) if wanted else {}
        for one in wanted:
            named = one.mention and one.sure and one not in seen
            if named and (texts := git.mentioning(root, one.mention, tool.globs)):
                seen[one] = texts[0]
        known.update(seen)
        return seen

    found = seen_elsewhere(tree.project, tree.record.path, look, deadline=deadline)
    return {one: (entry, file) for entry, seen in reversed(found) for one, file in seen.items()}


def _foreign(
    tree: Tree,
    tool: Framework,
    unknown: Sequence[Migration],
    elsewhere: Mapping[Migration, tuple[Entry, str]],
    seconds: float | None,
) -> tuple[Migration, ...]:
    """Return the migrations from another branch, not from a package or an earlier state of this branch."""
    files = {one: elsewhere[one][1] if one in elsewhere else one.path for one in unknown}
    counted = {one: file for one, file in files.items() if one.sure or one in elsewhere}
    # A file that the branch once had was squashed or deleted on purpose.
    wanted = [file for file in counted.values() if file] if tool.deletes else []
    gone = git.had(tree.record.path, wanted, seconds=seconds)
    return tuple(one for one, file in counted.items() if file not in gone)


class _Contents(Mapping[str, bytes]):
    """The files of a checkout by path, each read on demand; a missing file is empty."""

    def __init__(self, root: Path, paths: Sequence[str]) -> None:
        self._root = root
        self._paths = dict.fromkeys(paths)

    def __getitem__(self, path: str) -> bytes:
        """Return the content of a file."""
        if path not in self._paths:
            raise KeyError(path)
        with suppress(WorktreeTasksError):
            return files.read_text(self._root / path, root=self._root).encode(errors="surrogateescape")
        return b""

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
