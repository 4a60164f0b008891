"""The worktree itself: its record, its branch and its directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git, interruption
from ...configuration import naming
from ...errors import BadUse, Failure, Refused
from ...machine.register import expanded
from .aside import settle, take_back
from .linked import refuse_unlinked
from .pull_request import plan_pull_request
from .unrecorded import keeper_of

if TYPE_CHECKING:
    from ...git import Source, Worktree
    from ...store import Record
    from .project import Site
    from .refresh import Fetched

__all__ = [
    "add_worktree",
    "delete_worktree",
    "find_moved",
    "find_record",
    "moved_to",
    "plan_source",
    "tree_of",
    "with_host",
    "worktree_root",
]


def worktree_root(site: Site) -> Path:
    """Return the directory that holds the project's worktrees, by the path that git has it under."""
    text = site.settings.root.format(project=site.main.name)
    return Path(os.path.normpath(site.main / expanded(text))).resolve()


def plan_source(site: Site, branch: str, base: str | None, fetched: Fetched | None = None) -> Source:
    """Tell where a branch comes from: existing here, existing on a remote, of a pull request, or new.

    Where the remote was asked just now, a new branch starts at what the remote has of its base, unless the
    base was named, or is ahead of it here.

    Raises:
        BadUse: The name cannot be a branch, or the base is unknown or at odds with the branch.
    """
    git.valid_branch(branch)
    if fetched and fetched.pull_request:
        return plan_pull_request(site, branch, fetched.pull_request)
    known = git.references(site.repository)
    default = git.default_branch(site.repository, site.settings.base, known)
    if fetched and fetched.fresh:
        default = git.newer_upstream(site.repository, default, known) or default
    return git.resolve_source(site.repository, branch, base=base, default=default, known=known)


def add_worktree(
    site: Site,
    branch: str,
    *,
    base: str | None = None,
    fetched: Fetched | None = None,
    seen: Source | None = None,
) -> Record:
    """Make a worktree with its branch; one that is there already is left as it is.

    Args:
        site: The project.
        branch: The branch.
        base: What a new branch starts from.
        fetched: What came from the remote for it.
        seen: What somebody has agreed to, where that was asked for; the commit is that one then.

    Raises:
        BadUse: The branch cannot be used.
        Refused: The directory exists and is not ours, or the branch is checked out elsewhere.
    """
    with site.progress.step("worktree") as say:
        record = next((one for one in site.records() if one.branch == branch), None)
        if record is not None:
            record = take_back(site, record)
            git.forget_half_made(site.repository, record.path)
        trees = {tree.path: tree for tree in git.worktrees(site.repository)}
        if record is not None and record.path in trees:
            refuse_unlinked(site, record)
            if trees[record.path].branch == branch:
                # A command that was killed may have left it without files.
                git.add_worktree(
                    site.repository, record.path, branch, start=None, create=False, hooks=site.git_hooks
                )
            git.mark(site.repository, record.path, record.key, site.store.path.parent)
            say(f"{_shown(record.path)}, branch {branch} (there already)")
            return record
        source = seen or plan_source(site, branch, base, fetched)
        _refuse_elsewhere(site, tuple(trees.values()), branch)
        record = record or _begin(site, branch, source)
        try:
            for warning in git.add_worktree(
                site.repository,
                record.path,
                branch,
                start=source.start,
                create=source.create,
                track=source.track,
                hooks=site.git_hooks,
            ):
                site.progress.note(warning)
        except BaseException:
            # What came after the worktree was made, such as a hook, may be what failed.
            with interruption.undoing():
                made = tree_of(site, record) is not None
            if not made:
                site.store.delete(record)
            raise
        git.mark(site.repository, record.path, record.key, site.store.path.parent)
        say(f"{_shown(record.path)}, {source.label}")
        return record


def _begin(site: Site, branch: str, source: Source) -> Record:
    root = worktree_root(site)
    record = site.store.create(
        site.project,
        branch=branch,
        name=lambda taken: naming.slug(branch, taken),
        path=lambda slug: root / slug,
        start_commit=source.start if source.new else None,
        made_branch=source.create,
        host="",
    )
    if os.path.lexists(record.path):
        site.store.delete(record)
        raise Refused(
            f"{record.path} exists already and is no worktree of ours",
            f"move it away, or take it over with wt.adopt {record.path}",
        )
    return with_host(site, record)


def with_host(site: Site, record: Record) -> Record:
    """Record the host name that a worktree's URLs carry."""
    host = site.settings.host.format(slug=record.name, project=site.project.name)
    return site.store.update(record, host=host)


def _refuse_elsewhere(site: Site, trees: tuple[Worktree, ...], branch: str) -> None:
    where = git.checked_out_at(trees, branch)
    if where is None:
        return
    if where == site.main:
        raise BadUse(
            f"branch {branch} is checked out in the main checkout",
            "choose another branch, or switch main to another one",
        )
    raise BadUse(f"branch {branch} is checked out in {where} already", _way_to(site, where))


def _way_to(site: Site, place: Path) -> str:
    """Return how a worktree without a record here is come by."""
    if keeper := keeper_of(site, place):
        return f"its record is in {keeper}: set XDG_STATE_HOME to {keeper.parent}; or wt.doctor --fix here"
    if any(one.place == place for one in git.marks(site.repository)):
        return "wt.doctor --fix brings back the record that it had"
    return f"take that worktree over with wt.adopt {place}"


def find_record(site: Site, name: str) -> Record:
    """Find the worktree that a person means by branch, slug or path; `.` is where they stand.

    Raises:
        BadUse: None or more than one is meant.
    """
    records = site.records()
    if name == ".":
        here = Path.cwd().resolve()
        for record in records:
            if here.is_relative_to(record.path.resolve()):
                return record
        raise BadUse(
            "this directory is in no worktree of ours", "give the worktree's name; wt.list shows them"
        )
    path = str(expanded(name).resolve()) if os.sep in name else name
    branches = _branches(site)
    candidates = [
        naming.Candidate(one.name, branches.get(one.path, one.branch), str(one.home)) for one in records
    ]
    try:
        found = naming.find(path if path in {one.path for one in candidates} else name, candidates)
    except BadUse:
        # The branch it was made for names it too, after it was switched to another one.
        recorded = [naming.Candidate(one.name, one.branch, str(one.home)) for one in records]
        found = naming.find(name, recorded)
    return next(one for one in records if one.name == found.name)


def _branches(site: Site) -> dict[Path, str]:
    return {tree.path: tree.branch for tree in git.worktrees(site.repository) if tree.branch}


def tree_of(site: Site, record: Record) -> Worktree | None:
    """Return what git knows of a record's worktree, or None when git does not know it."""
    return next((tree for tree in git.worktrees(site.repository) if tree.path == record.path), None)


def find_moved(site: Site, record: Record) -> Record:
    """Return a record with the directory that git has of its worktree, which a person may have moved."""
    record = settle(site, record)
    moved = moved_to(site, record)
    if moved is None:
        return record
    site.progress.note(f"{record.name} was moved to {moved}")
    return site.store.update(record, path=moved)


def moved_to(site: Site, record: Record) -> Path | None:
    """Return where git moved a worktree to; None when it did not, or the worktree is gone.

    A worktree that somebody made of the same branch since is another one.
    """
    place = git.find_marked(site.repository, record.key)
    others = {site.main, *(one.path for one in site.records())}
    return place if place not in others and not os.path.lexists(record.path) else None


def delete_worktree(site: Site, record: Record) -> None:
    """Delete a worktree's directory by git, which refuses modified and untracked files itself.

    Raises:
        Failure: Git cannot delete it.
    """
    if tree_of(site, record) is None:
        if os.path.lexists(record.path):
            raise Failure(
                f"{record.path} is there, but git knows no worktree in it",
                "look into it, and delete it by hand",
            )
        return
    git.remove_worktree(site.repository, record.path, force=False)


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
