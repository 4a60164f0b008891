"""Where a worktree's branch comes from: it exists here, it exists on a remote, or it is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..configuration.formatting import spoken_age, spoken_count
from ..configuration.naming import did_you_mean
from ..errors import BadUse
from ..quick_dataclasses import dataclass, replace
from .branch_names import valid_branch
from .fetching import ref_age
from .program import git
from .references import commit_of, contains, no_commits, references
from .remotes import parts_of, preferred_remote, remotes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .references import References
    from .repository import Repository

__all__ = [
    "Source",
    "conflicting",
    "newer_upstream",
    "on_remotes",
    "refuse_beside",
    "resolve_source",
    "upstream_of",
]


@dataclass(frozen=True, slots=True)
class Source:
    """What a worktree will have checked out.

    Attributes:
        branch: The local branch.
        create: Whether it has to be created.
        start: The full id of the commit that it starts at, or is at.
        label: A description for the user, such as "new branch x from main (1a2b3c4)".
        track: The remote branch that it will track; None if it already exists or is new.
        published: Whether it is new here but contains a pull request, which it does not track.
        unseen: Whether it is new, from a base that is on no local branch.
    """

    branch: str
    create: bool
    start: str
    label: str
    track: str | None
    published: bool = False
    unseen: bool = False

    @property
    def new(self) -> bool:
        """Whether it has no work beyond its base yet."""
        return self.create and self.track is None and not self.published

    @property
    def foreign(self) -> bool:
        """Whether it comes from elsewhere and has never been here."""
        return self.create and (self.unseen or not self.new)


def resolve_source(
    repo: Repository, branch: str, *, base: str | None, default: str, known: References
) -> Source:
    """Decide where a branch comes from: a local branch, else a remote one, else a new one from its base.

    Args:
        repo: The repository.
        branch: The requested name.
        base: Where a new branch starts, as given by the user; None if not given.
        default: Where a new branch starts otherwise.
        known: All branches.

    Raises:
        BadUse: The name or the base is invalid.
        Failure: There are no commits yet.
    """
    valid_branch(branch)
    if branch in known.heads:
        tip = known.heads[branch]
        _check_base(repo, known, branch, tip, base)
        return Source(branch, create=False, start=tip, label=f"branch {branch}", track=None)
    if branch in known.remotes:
        short = parts_of(branch, remotes(repo))[1]
        raise BadUse(
            f"{branch} is a remote branch, not a name for a local one",
            f"use the name {short}",
            kind="remote-branch",
        )
    _refuse_conflicting(branch, known.heads)
    remote = _on_remotes(repo, branch, known)
    if remote is not None:
        tip = known.remotes[remote]
        _check_base(repo, known, branch, tip, base)
        age = spoken_age(ref_age(repo, f"refs/remotes/{remote}"))
        label = f"branch {branch} from {remote}" + (f" (fetched {age})" if age else "")
        return Source(branch, create=True, start=tip, label=label, track=remote)
    if base is None:
        return _new_branch(repo, known, branch, default)
    new = _new_branch(repo, known, branch, base)
    # The default base is trusted, even if its remote branch is ahead of it.
    expected = base in (default, known.upstreams.get(default))
    return replace(new, unseen=not expected and not _is_here(repo, new.start))


def _is_here(repo: Repository, commit: str) -> bool:
    argv = ("for-each-ref", "--count=1", f"--contains={commit}", "refs/heads")
    return bool(git(repo.main, *argv).out)


def refuse_beside(repo: Repository, branch: str) -> None:
    """Refuse a name for a new branch that conflicts with existing ones.

    Raises:
        BadUse: The name is invalid, or conflicts with a branch.
    """
    valid_branch(branch)
    _refuse_conflicting(branch, references(repo).heads)


def _refuse_conflicting(branch: str, heads: Iterable[str]) -> None:
    other = conflicting(branch, heads)
    if other is not None:
        raise BadUse(
            f"branch {branch} cannot exist beside branch {other}",
            "their names conflict in git: choose another name",
            kind="branch-conflict",
        )


def _new_branch(repo: Repository, known: References, branch: str, base: str) -> Source:
    start = _base_commit(repo, known, base)
    facts = start[:7]
    if base not in known.heads and base in known.remotes:
        age = spoken_age(ref_age(repo, f"refs/remotes/{base}"))
        facts += f", fetched {age}" if age else ""
    facts += _lag(repo, known, base)
    shown = base if base != start else "commit"
    return Source(
        branch, create=True, start=start, label=f"new branch {branch} from {shown} ({facts})", track=None
    )


def _lag(repo: Repository, known: References, base: str) -> str:
    """Return how far a local branch is behind its upstream, as far as known, in words."""
    upstream = known.upstreams.get(base)
    if upstream is None or upstream not in known.remotes:
        return ""
    behind = int(git(repo.main, "rev-list", "--count", f"{known.heads[base]}..{known.remotes[upstream]}").out)
    age = spoken_age(ref_age(repo, f"refs/remotes/{upstream}"))
    fetched = f"{upstream} fetched {age}" if age else upstream
    return f", {spoken_count(behind, 'commit')} behind {fetched}" if behind else f", {fetched}" if age else ""


def upstream_of(repo: Repository, branch: str) -> str | None:
    """Return the remote branch that a local one tracks, such as `origin/x`."""
    listed = git(repo.main, "for-each-ref", "--format=%(upstream:short)", f"refs/heads/{branch}", check=False)
    return listed.out.removesuffix("\n") or None


def newer_upstream(repo: Repository, branch: str, known: References) -> str | None:
    """Return the upstream of a local branch, if it has all of the local branch's commits, and more."""
    upstream = known.upstreams.get(branch)
    if upstream is None or upstream not in known.remotes or known.remotes[upstream] == known.heads[branch]:
        return None
    here, there = known.heads[branch], known.remotes[upstream]
    return upstream if contains(repo, there, here) else None


def _base_commit(repo: Repository, known: References, base: str) -> str:
    commit = known.commit(base) or commit_of(repo, base)
    if commit is not None:
        return commit
    if not known.heads and not known.remotes and commit_of(repo, "HEAD") is None:
        raise no_commits(repo)
    hint = did_you_mean(base, [*known.heads, *known.remotes]) or "git branch -a lists them"
    raise BadUse(f"base {base!r} does not exist", hint, kind="unknown-base")


def _check_base(repo: Repository, known: References, branch: str, tip: str, base: str | None) -> None:
    if base is None:
        return
    if not contains(repo, tip, _base_commit(repo, known, base)):
        raise BadUse(
            f"branch {branch} already exists, and does not start at {base}",
            "--base applies to new branches",
            kind="base-mismatch",
        )


def conflicting(branch: str, heads: Iterable[str]) -> str | None:
    """Return a branch whose name is a directory of this one's name, or the other way round."""
    return next(
        (head for head in heads if head.startswith(f"{branch}/") or branch.startswith(f"{head}/")), None
    )


def _on_remotes(repo: Repository, branch: str, known: References) -> str | None:
    if not any(one.endswith(f"/{branch}") for one in known.remotes):
        return None
    return on_remotes(branch, known.remotes, names=remotes(repo), preferred=preferred_remote(repo))


def on_remotes(branch: str, listed: Iterable[str], *, names: Iterable[str], preferred: str) -> str | None:
    """Return the remote branch with this name, on the preferred remote if possible.

    Args:
        branch: The name.
        listed: All remote branches.
        names: The names of all remotes.
        preferred: The remote to use if several have it.

    Raises:
        BadUse: Several remotes have it, but not the preferred one.
    """
    found = sorted(one for one in listed if parts_of(one, names)[1] == branch)
    if f"{preferred}/{branch}" in found:
        return f"{preferred}/{branch}"
    if len(found) > 1:
        raise BadUse(
            f"branch {branch} is on several remotes: {', '.join(found)}",
            f"git branch --track {branch} {found[0]}",
            kind="remote-branch",
        )
    return found[0] if found else None
