"""Check: each worktree's env files match main's, except for values that are its own."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from .... import git
from ....configuration.env import env_file_text as env_text
from ....configuration.formatting import spoken_list
from ....machine import files
from ...steps.doctor_check import CheckLook, found, usable, worktree_count
from ...steps.env_file_writing import note_in_sync, text_from_main, write_env
from ...steps.needed_files import env_files
from ...steps.queue_databases import awaits_broker
from ...steps.worktree_lock import holding
from ...steps.written_files import not_ours, note_written, untouched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["look"]

_MAX_NAMES = 5


def look(project: Project) -> CheckLook:
    """Look for env files that are missing, outdated compared to main's, or edited in the worktree."""
    names = env_files(project)
    # A file that names ports or databases which could not be leased again is rewritten by the first start.
    ready = [tree for tree in usable(project) if tree.record.slot is not None and not awaits_broker(tree)]
    troubles = [
        trouble
        for tree in ready
        for kept in [not_ours(tree.record, names)]
        for name in names
        if name not in kept
        for trouble in _env_file_troubles(tree, name)
    ]
    if not (names and ready):
        return CheckLook("no worktree to compare" if names else "main has none", ())
    return CheckLook(f"{', '.join(names)} up to date in {worktree_count(ready)}", tuple(troubles))


def _env_file_troubles(tree: Tree, name: str) -> Iterator[Trouble]:
    mine = tree.record.path / name
    trouble = partial(found, "env", f"{tree.record.name}:{name}")
    if not mine.is_file():
        fix = f"wt.write-env {shlex.quote(tree.record.name)}"
        yield trouble(f"{mine} is missing", fix=fix, repair=lambda: _write(tree))
        return
    keys = _differing(text_from_main(tree, name), files.read_text(mine, root=tree.record.path))
    if not keys:
        return
    main, here = tree.project.store.env_files(tree.record).get(name, (None, None))
    ours = untouched(tree, name)
    changed = main is not None and main != git.digest(tree.project.main / name)
    edited = not ours and here != git.digest(mine)
    if ours:
        why = (
            f"main's {name} has changed since {mine} was written from it; they differ in {keys}"
            if changed
            else f"{mine} would have other values now for {keys}, by the settings or the compose files"
        )
        yield trouble(why, repair=lambda: _follow(tree, name))
    elif changed:
        yield trouble(
            f"main's {name} has changed and {mine} was edited; they differ in {keys}",
            fix=f"diff {shlex.quote(str(tree.project.main / name))} {shlex.quote(str(mine))}",
        )
    elif edited:
        yield trouble(
            f"{mine} was edited and differs from main's in {keys}; --fix accepts the edit and keeps it",
            # Whether we wrote the file is recorded separately, and stays.
            repair=lambda: note_in_sync(tree, name),
        )


def _differing(wanted: str, here: str) -> str:
    """Return the names of the values that differ, never the values."""
    theirs, mine = env_text.values(wanted), env_text.values(here)
    keys = sorted(key for key in theirs.keys() | mine.keys() if theirs.get(key) != mine.get(key))
    return spoken_list(keys, _MAX_NAMES)


def _write(tree: Tree) -> None:
    with holding(tree):
        write_env(tree)


def _follow(tree: Tree, name: str) -> None:
    """Rewrite a file from main's, unless it was edited."""
    with holding(tree):
        if not untouched(tree, name):
            return
        text = text_from_main(tree, name)
        files.write_text(tree.record.path / name, text, root=tree.record.path, like=tree.project.main / name)
        note_written(tree, [name])
        note_in_sync(tree, name)
