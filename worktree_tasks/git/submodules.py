"""Submodules of a worktree: populate them from local objects, and check them for changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..printable import said_last
from ..quick_dataclasses import dataclass
from .gitlinks import GITLINK_MODE
from .program import fields, git
from .status import NOT_INSIDE, STATUS_ARGV

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from . import edited_files, nested_repositories, unreachable_commits
    from .repository import Repository
else:
    # Most worktrees have no submodules.
    edited_files, nested_repositories, unreachable_commits = later(
        __package__, ".edited_files", ".nested_repositories", ".unreachable_commits"
    )

__all__ = ["Submodule", "dirty_submodules", "populate_submodules", "submodules_of", "update_argv"]

_GITLINK = f":{GITLINK_MODE}"
# Whatever a submodule's configuration says, nothing here reaches the network.
_LOCAL_ONLY = {"GIT_ALLOW_PROTOCOL": "file"}


@dataclass(frozen=True, slots=True)
class Submodule:
    """One submodule that the main checkout has initialised.

    Attributes:
        name: Its name in `.gitmodules`.
        path: Its directory, relative to the checkout it belongs to.
        url: Its URL in the main checkout's configuration.
        source: Its git directory in the main checkout.
    """

    name: str
    path: str
    url: str
    source: Path


def submodules_of(
    paths: Mapping[str, str], urls: Mapping[str, str], sources: Mapping[str, Path]
) -> tuple[Submodule, ...]:
    """Choose those of `.gitmodules` (name to path) that have a URL and objects in the main checkout."""
    return tuple(
        Submodule(name, path, urls[name], sources[name])
        for name, path in paths.items()
        # `-c` ends a key at its first "=", and git refuses a newline in one.
        if name in urls and name in sources and not set(name) & {"=", "\n"}
    )


def update_argv(submodules: Iterable[Submodule], *, init: bool) -> tuple[str, ...]:
    """Return the arguments that check submodules out, cloned from the main checkout's own clones."""
    chosen = tuple(submodules)
    settings = (f"submodule.{each.name}.url={each.source}" for each in chosen)
    options = (item for setting in settings for item in ("-c", setting))
    command = ("submodule", "--quiet", "update", *(["--init"] if init else []))
    return (*options, *command, "--", *(each.path for each in chosen))


def populate_submodules(repo: Repository, path: Path, *, without: Collection[str] = ()) -> tuple[str, ...]:
    """Check out in a worktree the submodules that the main checkout has, without network.

    Args:
        repo: The repository.
        path: The worktree.
        without: Those to leave alone.

    Returns:
        One line for each that could not be populated.
    """
    return _populate(path, repo.common_dir, without, nested=False)


def _populate(checkout: Path, git_dir: Path, without: Collection[str], *, nested: bool) -> tuple[str, ...]:
    if not (checkout / ".gitmodules").is_file():
        return ()
    paths = _settings(checkout, ("--file", ".gitmodules"), "path")
    urls = _settings(checkout, ("--file", str(git_dir / "config")), "url")
    sources = {name: source for name in paths if (source := git_dir / "modules" / name).is_dir()}
    notes: list[str] = []
    for each in submodules_of(paths, urls, sources):
        if each.path in without:
            continue
        done = git(checkout, *update_argv((each,), init=nested), check=False, extra=_LOCAL_ONLY)
        if done.code != 0:
            notes.append(f"submodule {each.path} is empty: {said_last(done.err, 'failed')}")
            continue
        _point_at_origin(checkout / each.path, each)
        if nested:
            git(checkout, "config", "--", f"submodule.{each.name}.url", each.url)
        notes += _populate(checkout / each.path, each.source, (), nested=True)
    return tuple(notes)


def _point_at_origin(checkout: Path, submodule: Submodule) -> None:
    """Give a clone of main's clone the remote and the remote branches of main's."""
    remote = "+refs/remotes/origin/*:refs/remotes/origin/*"
    git(
        checkout, "fetch", "--quiet", "--prune", str(submodule.source), remote, check=False, extra=_LOCAL_ONLY
    )
    git(checkout, "remote", "set-url", "--", "origin", submodule.url, check=False)


def _settings(checkout: Path, source: tuple[str, str], key: str) -> dict[str, str]:
    """Return name to value of `submodule.NAME.KEY` in one configuration file."""
    listed = git(checkout, "config", "-z", *source, "--get-regexp", rf"^submodule\..*\.{key}$", check=False)
    pairs = (entry.partition("\n") for entry in fields(listed.out))
    return {name.removeprefix("submodule.").removesuffix(f".{key}"): value for name, _, value in pairs}


def dirty_submodules(worktree: Path, submodules: Collection[str]) -> tuple[str, ...]:
    """Return the submodules with changes, untracked files, or a commit that differs from the recorded one.

    Each is checked by itself, since git does not find nested ones from one that was moved.

    Args:
        worktree: The worktree.
        submodules: Its submodules, and theirs.

    Raises:
        CommandError: git failed.
    """
    if not submodules:
        return ()
    listed = git(worktree, "diff-files", "-z", "--raw", NOT_INSIDE)
    rows = fields(listed.out)
    moved = {path for meta, path in zip(rows[::2], rows[1::2], strict=True) if meta.startswith(_GITLINK)}
    argv = (*STATUS_ARGV, NOT_INSIDE)
    return tuple(
        path
        for path in submodules
        if path in moved
        or git(worktree / path, *argv, extra=nested_repositories.place_of(worktree / path)).out
        or edited_files.edits(worktree / path).changed
    )
