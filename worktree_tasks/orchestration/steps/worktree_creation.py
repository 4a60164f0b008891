"""Make a worktree: its record, its branch and its directory."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from ... import git, interruption
from ...configuration import naming
from ...errors import BadUse, Refused
from ...lazy_modules import later
from .git_link import refuse_unlinked, refuse_unusable_directory
from .moving_aside import undo_removal
from .needed_files import env_files
from .pull_request import plan_pull_request
from .unrecorded_worktrees import keeper_of
from .url_host import record_host
from .worktree_handle import Tree
from .worktree_search import find_by_branch
from .written_files import note_written

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ...git import Entry, Source
    from . import removal_terms, trash
    from .project import Project
    from .remote_refresh import Fetched
else:
    # Only a worktree whose directory was deleted needs them.
    removal_terms, trash = later(__package__, ".removal_terms", ".trash")

__all__ = ["add_worktree", "check_out", "plan_source", "record_worktree"]


def plan_source(project: Project, branch: str, base: str | None, fetched: Fetched | None = None) -> Source:
    """Return where a branch comes from: existing here, existing on a remote, from a pull request, or new.

    If the remote was just fetched, a new branch starts at the remote's state of the base, unless the base was
    named or is ahead here.

    Raises:
        BadUse: The name cannot be a branch, or the base is unknown or conflicts with the branch.
    """
    git.valid_branch(branch)
    if fetched and fetched.pull_request:
        return plan_pull_request(project, branch, fetched.pull_request)
    known = git.references(project.repository)
    default = git.default_branch(project.repository, project.settings.base, known)
    if fetched and fetched.fresh:
        default = git.newer_upstream(project.repository, default, known) or default
    return git.resolve_source(project.repository, branch, base=base, default=default, known=known)


def add_worktree(
    project: Project,
    branch: str,
    *,
    base: str | None = None,
    fetched: Fetched | None = None,
    seen: Source | None = None,
) -> Tree:
    """Make a worktree with its branch; an existing one is left as it is.

    Args:
        project: The project.
        branch: The branch.
        base: What a new branch starts from.
        fetched: What was fetched from the remote for it.
        seen: The source that the user approved, if approval was needed; its commit is used.

    Raises:
        BadUse: The branch cannot be used.
        Refused: The directory exists and is not ours, or the branch is checked out elsewhere; or the
            directory was deleted, and what git still has of it cannot be saved.
        Failure: The directory was deleted, and another branch, or none, was checked out in it.
    """
    known = find_by_branch(project, branch)
    tree, source = record_worktree(project, branch, base=base, fetched=fetched, seen=seen)
    try:
        check_out(tree, source)
    except BaseException:
        # The worktree may exist: a later part, such as a hook, may have failed.
        with interruption.undoing():
            made = tree.entry is not None
        if known is None and not made:
            project.store.delete(tree.record)
        raise
    return tree


def record_worktree(
    project: Project,
    branch: str,
    *,
    base: str | None = None,
    fetched: Fetched | None = None,
    seen: Source | None = None,
) -> tuple[Tree, Source | None]:
    """Record a worktree that `check_out` is to make; the arguments and errors are those of `add_worktree`.

    Returns:
        The worktree, and where its branch comes from; None if the worktree exists already.
    """
    tree = find_by_branch(project, branch)
    if tree is not None:
        undo_removal(tree)
        git.forget_half_made(project.repository, tree.record.path)
    entries = {entry.path: entry for entry in project.worktrees()}
    if tree is not None and tree.record.path in entries:
        refuse_unlinked(tree)
        if tree.record.state == "ready" and not tree.record.path.is_dir():
            if entries[tree.record.path].branch != tree.record.branch:
                refuse_unusable_directory(tree)
            _save_remains(tree)
        return tree, None
    source = seen or plan_source(project, branch, base, fetched)
    _refuse_elsewhere(project, tuple(entries.values()), branch)
    return tree or _begin(project, branch, source, entries), source


def _save_remains(tree: Tree) -> None:
    """Save what git still has of a worktree whose directory was deleted, since its entry is replaced.

    That is its index, its reflog, its operation in progress, and the commits of its submodules.
    """
    tree.update(trash=None)
    try:
        work = removal_terms.judge(tree, removal_terms.Terms(keep_branch=True))
        trash.save(tree, work, always=False)
    except Refused as error:
        error.rewrite(lambda said: said.replace("is not removed", "is not made again"))
        raise
    tree.update(trash=None)


def check_out(tree: Tree, source: Source | None) -> None:
    """Make the directory of a recorded worktree, and its branch if that is new.

    Args:
        tree: The worktree.
        source: Where its branch comes from; None if the worktree exists already.

    Raises:
        Failure: The directory is in the way, or git failed; the record stays.
    """
    project, path, branch = tree.project, tree.record.path, tree.record.branch
    with project.progress.step("worktree") as say:
        if source is None:
            if (entry := tree.entry) and entry.branch == branch:
                # A killed command may have left it without files.
                git.add_worktree(project.repository, path, branch, start=None, create=False)
        else:
            project.progress.doing(f"checking {branch} out")
            git.add_worktree(
                project.repository,
                path,
                branch,
                start=source.start,
                create=source.create,
                track=source.track,
            )
        if not git.is_marked(project.repository, path):
            _complete(tree)
        git.mark(project.repository, path, tree.record.key, project.store.path.parent)
        say(f"{_shown(path)}, {source.label if source else f'branch {branch} (already there)'}")


def _complete(tree: Tree) -> None:
    """Do what follows the checkout of the files, again if it was interrupted: git's hook, and submodules."""
    project, path = tree.project, tree.record.path
    hooked = git.run_post_checkout(project.repository, path) if project.git_hooks else ()
    for problem in (*hooked, *git.populate_submodules(project.repository, path)):
        project.progress.note(problem)
    if project.git_hooks:
        _note_made_by_hook(tree)


def _note_made_by_hook(tree: Tree) -> None:
    """Record that env files which git's hook made in a new worktree are not the user's work."""
    made = [name for name in env_files(tree.project) if (tree.record.path / name).is_file()]
    # Usually there is none, and no process has to be started.
    if not made or git.post_checkout(tree.project.repository) is None:
        return
    tracked = git.tracked(tree.record.path, made)
    note_written(tree, [name for name in made if name not in tracked])


def _begin(project: Project, branch: str, source: Source, entries: Collection[Path]) -> Tree:
    root = project.root
    record = project.store.create(
        project.entry,
        branch=branch,
        name=lambda taken: naming.slug(branch, taken),
        path=lambda slug: root / slug,
        start_commit=source.start if source.new else None,
        made_branch=source.create,
        runtime=project.runtime.name,
    )
    if os.path.lexists(record.path):
        project.store.delete(record)
        # Only what git has registered can be adopted.
        adoption = f", or take it over with wt.adopt {shlex.quote(str(record.path))}"
        raise Refused(
            f"{record.path} exists already and is not a worktree of ours",
            f"move it away{adoption if record.path in entries else ''}",
            kind="path-taken",
        )
    tree = Tree(project, record)
    record_host(tree)
    return tree


def _refuse_elsewhere(project: Project, entries: tuple[Entry, ...], branch: str) -> None:
    where = git.checked_out_at(entries, branch)
    if where is None:
        return
    if where == project.main:
        raise BadUse(
            f"branch {branch} is checked out in the main checkout",
            "choose another branch, or switch main to another one",
            kind="branch-in-main",
        )
    raise BadUse(
        f"branch {branch} is already checked out in {where}",
        _adoption_hint(project, where),
        kind="branch-in-worktree",
    )


def _adoption_hint(project: Project, place: Path) -> str:
    """Return the hint for a worktree without a record here."""
    if keeper := keeper_of(project, place):
        return (
            f"its record is in {keeper}: set XDG_STATE_HOME to {keeper.parent}, or run wt.doctor --fix here"
        )
    if any(one.place == place for one in git.marks(project.repository)):
        return "wt.doctor --fix brings its record back"
    return f"take that worktree over with wt.adopt {shlex.quote(str(place))}"


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
