"""Repositories inside a worktree: clones, gitlinks and submodules, and what only they contain."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ..errors import Failure
from ..quick_dataclasses import dataclass, field
from .directory_walk import Found, is_below, is_locked, others, walk
from .files_without_work import is_folder
from .git_directories import git_directory
from .gitlinks import GITLINK_MODE, is_submodule
from .program import fields, git
from .status import NOT_INSIDE, STATUS_ARGV

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .directory_walk import Interior

__all__ = ["Inside", "has_own_work", "place_of", "repositories_in", "without_repository"]

# Any other setting may name a program: a monitor, a filter, a transport. git prints names in lower case.
_PLAIN = re.compile(
    r"core\.(autocrlf|bare|eol|filemode|ignorecase|logallrefupdates|precomposeunicode|repositoryformatversion"
    r"|symlinks|worktree)"
    r"|remote\..*\.(fetch|pushurl|tagopt|url)"
    r"|branch\..*\.(description|merge|rebase|remote)"
    r"|submodule\.(active|.*\.(active|url))"
    r"|user\.(email|name|signingkey)|commit\.gpgsign|init\.defaultbranch|extensions\.objectformat",
    re.DOTALL,
)


@dataclass(slots=True)
class Inside:
    """Nested repositories, by their directories.

    Attributes:
        paths: Those whose files can be restored neither from git's lists nor from elsewhere.
        submodules: Those whose git directory is in the worktree's git directory.
        found: The files of `paths`.
    """

    paths: set[str] = field(default_factory=set)
    submodules: set[str] = field(default_factory=set)
    found: Found = field(default_factory=Found)


def repositories_in(worktree: Path, interior: Interior, untracked: Found, ignored: Found) -> Inside:
    """Find the repositories that have to be saved whole, and add submodules' ignored files to the others.

    Args:
        worktree: The worktree.
        interior: What git does not list in it.
        untracked: Untracked files, which include all files of clones.
        ignored: Ignored files; the same.
    """
    inside = Inside()
    listed = untracked.files | ignored.files
    for path in interior.repositories:
        if is_submodule(worktree, path):
            inside.submodules.add(path)
            _add_ignored(worktree, path, ignored)
        elif not {f"{path}/.git", f"{path}/.git/HEAD"} & listed and (
            not is_below(path, ignored.skipped) or has_own_work(worktree / path, reflogs=True)
        ):
            inside.paths.add(path)
    inside.paths |= {path for path in interior.bare if is_below(path, ignored.skipped)}
    for path in inside.paths:
        walk(worktree, path, inside.found, prune=False)
    return inside


def _add_ignored(worktree: Path, path: str, ignored: Found) -> None:
    options = ("--ignored", "--exclude-standard", "--directory")
    found = others(worktree, *options, prune=True, within=path, extra=place_of(worktree / path))
    ignored.files |= found.files
    ignored.folders |= found.folders
    ignored.unreadable |= found.unreadable
    ignored.skipped |= found.skipped


def has_own_work(repository: Path, *, reflogs: bool = False) -> bool:
    """Return whether a repository has changes, or commits that are on none of its remote branches.

    If git fails, that counts as work, and so does a repository whose configuration could make git run
    programs: a program in the worktree's containers may have created it.

    Args:
        repository: The repository.
        reflogs: Whether commits count that only its reflogs have.
    """
    try:
        place = place_of(repository)
    except Failure:  # its `.git` is a file that names none
        return True
    if not _is_plain(repository, place):
        return True
    asked = [git(repository, *STATUS_ARGV, NOT_INSIDE, check=False, extra=place)]
    link = repository / ".git"
    if link.is_dir() and not link.is_symlink():  # its commits are elsewhere otherwise
        named = ("--all", *(("--reflog",) if reflogs else ()))
        argv = ("rev-list", "--max-count=1", *named, "--not", "--remotes")
        asked.append(git(repository, *argv, check=False, extra=place))
    return any(done.code or done.out for done in asked)


def without_repository(checkout: Path, index: Mapping[str, str]) -> frozenset[str]:
    """Return the gitlinks whose directory has files but no repository: git lists nothing of it.

    Args:
        checkout: The checkout.
        index: The mode of each path in its index.
    """
    links = (path for path, mode in index.items() if mode == GITLINK_MODE and is_folder(checkout, path))
    readable = {link: checkout / link for link in links if not is_locked(checkout / link)}
    return frozenset(
        link
        for link, folder in readable.items()
        if any(folder.iterdir()) and not os.path.lexists(folder / ".git")
    )


def _is_plain(repository: Path, place: Mapping[str, str]) -> bool:
    """Return whether a repository has only settings that are known to be harmless."""
    argv = ("config", "--local", "--no-includes", "--name-only", "-z", "--list")
    listed = git(repository, *argv, check=False, extra=place)
    return listed.code == 0 and all(_PLAIN.fullmatch(key) for key in fields(listed.out))


def place_of(repository: Path) -> dict[str, str]:
    """Return environment variables that make git work in a checkout, whatever its configuration says."""
    return {"GIT_DIR": str(git_directory(repository)), "GIT_WORK_TREE": str(repository)}
