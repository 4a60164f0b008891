"""The remotes of a repository, and which of them a remote branch belongs to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..printable import lines_of
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .repository import Repository

__all__ = ["parts_of", "preferred_remote", "remote_of", "remotes", "shown_url"]

# `transport_anonymize_url` in git's transport.c; the forms: https://git-scm.com/docs/git-fetch#_git_urls
_USER = re.compile(r"^(?P<scheme>[\w+.-]+://)[^/@]*@|^[^/:@]*@(?=[^/@]+:)")


def remotes(repo: Repository) -> Mapping[str, str]:
    """Return the URL that git fetches from, for each remote by name."""
    output = git(repo.main, "remote", "--verbose", check=False).out
    listed = (line.partition("\t") for line in lines_of(output))
    return {name: url.rpartition(" (fetch)")[0] for name, _, url in listed if " (fetch)" in url}


def parts_of(name: str, known: Iterable[str]) -> tuple[str, str]:
    """Split the name of a remote branch, such as `origin/x`, into its remote and the branch there.

    Args:
        name: The name.
        known: The names of remotes, which may contain slashes; the longest match counts.
    """
    fitting = [remote for remote in known if name.startswith(f"{remote}/")]
    remote = max(fitting, key=len, default=name.partition("/")[0])
    return remote, name[len(remote) + 1 :]


def remote_of(repo: Repository, name: str) -> str | None:
    """Return the remote that a remote branch, such as `origin/x`, belongs to; None if there is none."""
    known = remotes(repo)
    remote, _ = parts_of(name, known)
    return remote if remote in known else None


def preferred_remote(repo: Repository) -> str:
    """Return the remote that git prefers if several have a branch; `origin` by default."""
    return git(repo.main, "config", "checkout.defaultRemote", check=False).out.strip() or "origin"


def shown_url(url: str) -> str:
    """Return a remote's URL as git writes it into `FETCH_HEAD`."""
    anonymous = _USER.sub(lambda found: found["scheme"] or "", url)
    return anonymous.rstrip("/").removesuffix(".git")
