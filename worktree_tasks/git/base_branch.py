"""The branch that others start from and are merged into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadUse
from ..quick_dataclasses import replace
from .program import git
from .references import commit_of, no_commits, references

if TYPE_CHECKING:
    from .references import References
    from .repository import Repository

__all__ = ["default_branch", "default_commit"]

_USUAL = ("main", "master")


def default_branch(repo: Repository, configured: str | None, known: References | None = None) -> str:
    """Return the branch that others start from and are merged into.

    It is the configured one; else the default branch of origin, if it exists here; else `main` or `master`;
    else the branch of the main checkout; else its commit.

    Args:
        repo: The repository.
        configured: The branch in the settings.
        known: All branches, if they were read already.

    Raises:
        BadUse: The configured branch does not exist.
        Failure: There are no commits yet.
    """
    known = known or _candidates(repo, configured)
    if configured is not None:
        if known.commit(configured) is None and commit_of(repo, configured) is None:
            raise BadUse(
                f"base {configured!r} does not exist",
                "set wt.base to a branch of this repository",
                kind="unknown-base",
            )
        return configured
    for name in (known.default, *_USUAL):
        if name is not None and name in known.heads:
            return name
    if known.current is not None:
        return known.current
    head = commit_of(repo, "HEAD")
    if head is None:
        raise no_commits(repo)
    return head


def default_commit(repo: Repository, configured: str | None, known: References | None = None) -> str:
    """Return the commit of the default branch.

    Args:
        repo: The repository.
        configured: The branch in the settings.
        known: All branches, if they were read already.

    Raises:
        BadUse: The configured branch does not exist.
        Failure: There are no commits yet.
    """
    known = known or _candidates(repo, configured)
    name = default_branch(repo, configured, known)
    return known.commit(name) or commit_of(repo, name) or name


def _candidates(repo: Repository, configured: str | None) -> References:
    """Read the branches that may be the default one, and no others."""
    if configured is not None:
        return references(repo, f"refs/heads/{configured}", f"refs/remotes/{configured}")
    usual = (f"refs/heads/{name}" for name in _USUAL)
    known = references(repo, "refs/remotes/origin/HEAD", *usual)
    # A name also matches as a prefix, as in `main/x`.
    if known.default in (None, *known.heads) and not known.heads.keys().isdisjoint((known.default, *_USUAL)):
        return known
    checked_out = git(repo.main, "symbolic-ref", "--quiet", "HEAD", check=False).out.strip()
    further = (f"refs/heads/{known.default}" if known.default else "", checked_out)
    more = references(repo, *filter(None, further)) if any(further) else known
    return replace(known, heads={**known.heads, **more.heads}, current=more.current)
