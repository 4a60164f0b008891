"""Copy main's ignored files that a worktree needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration.formatting import spoken_list
from ...machine import files
from .copied_folders import bring_folders, report_copied
from .needed_files import named_env_files, needed_files
from .written_files import hide_listed, not_ours, note_written

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["copy_files"]

_MAX_NAMES = 3


def copy_files(tree: Tree) -> tuple[str, ...]:
    """Copy main's ignored files and folders that the stack needs, except env files; never overwrite a file.

    Returns:
        The copied paths, relative to the checkout.
    """
    with tree.project.progress.step("files") as say:
        needed = needed_files(tree.project)
        there = {name for name in needed if os.path.lexists(tree.record.path / name)}
        kept = not_ours(tree.record, [name for name in needed if name not in there])
        wanted = [name for name in needed if name not in there and name not in kept]
        copied: list[str] = []
        for number, name in enumerate(wanted):
            report_copied(tree, name.partition("/")[0], number, len(wanted))
            if _copied(tree, name):
                copied.append(name)
        _link_pipes(tree)
        folders = bring_folders(tree)
        if kept:
            tree.project.progress.note(
                f"{spoken_list(list(kept), _MAX_NAMES)} not copied: {next(iter(kept.values()))}"
            )
        if copied:
            hide_listed(tree, copied)
            # What tools install is not the user's work, and reading all of it again would take long.
            note_written(tree, [name for name in copied if not git.INSTALLED & {*name.split("/")}])
        if copied or folders:
            say(f"{spoken_list([*copied, *folders], _MAX_NAMES)} from main")
        return (*copied, *folders)


def _link_pipes(tree: Tree) -> None:
    """Link to main's env files that are named pipes, which a secret manager fills for each reader."""
    project = tree.project
    default = project.input.files.default_env_file
    pipes = sorted(name for name in {default, *named_env_files(project)} if (project.main / name).is_fifo())
    for name in (one for one in pipes if one not in not_ours(tree.record, pipes)):
        if files.link(tree.record.path / name, project.main / name, root=tree.record.path):
            project.progress.news(f"{name} is a named pipe: the worktree reads main's, unchanged")
            if name in git.untracked(tree.record.path, [name]).others:
                git.exclude(project.repository, f"/{name}")


def _copied(tree: Tree, name: str) -> bool:
    """Copy one of main's files; a symbolic link into main becomes one into the worktree."""
    source, target = tree.project.main / name, tree.record.path / name
    if not source.is_symlink():
        return files.copy(source, target, root=tree.record.path)
    if not source.exists():
        tree.project.progress.note(f"{name} is a broken symbolic link in main; the worktree does not get it")
        return False
    link = source.readlink()
    destination = Path(os.path.normpath(source.parent / link))
    if destination.is_relative_to(tree.project.main):
        destination = (
            tree.record.path / destination.relative_to(tree.project.main) if link.is_absolute() else link
        )
    return files.link(target, destination, root=tree.record.path)
