"""Submodules of a worktree, populated from local objects."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ..printable import said_last
from ..quick_dataclasses import dataclass
from .git_directories import git_directory
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from .repository import Repository

__all__ = ["Submodule", "populate_submodules", "populated_submodules", "submodules_of", "update_argv"]

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


def populated_submodules(checkout: Path, git_dir: Path) -> tuple[Submodule, ...]:
    """Return the submodules in a checkout's `.gitmodules` that its git directory has objects of."""
    if not (checkout / ".gitmodules").is_file():
        return ()
    paths = _settings(checkout, ("--file", ".gitmodules"), "path")
    urls = _settings(checkout, ("--file", str(git_dir / "config")), "url")
    sources = {name: source for name in paths if (source := git_dir / "modules" / name).is_dir()}
    return submodules_of(paths, urls, sources)


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
    notes: list[str] = []
    for each in populated_submodules(checkout, git_dir):
        if each.path in without:
            continue
        _forget_half_made(checkout, each)
        done = git(checkout, *update_argv((each,), init=nested), check=False, extra=_LOCAL_ONLY)
        if done.code != 0:
            _forget_half_made(checkout, each)
            notes.append(f"submodule {each.path} is empty: {said_last(done.err, 'failed')}")
            continue
        _point_at_origin(checkout / each.path, each)
        if nested:
            git(checkout, "config", "--", f"submodule.{each.name}.url", each.url)
        notes += _populate(checkout / each.path, each.source, (), nested=True)
    return tuple(notes)


def _forget_half_made(checkout: Path, submodule: Submodule) -> None:
    """Remove what a killed git left of a clone: the next one fails on it. One with an index is complete."""
    clone = git_directory(checkout) / "modules" / submodule.name
    if clone.is_dir() and not (clone / "index").exists():
        shutil.rmtree(clone)
        shutil.rmtree(checkout / submodule.path, ignore_errors=True)
        (checkout / submodule.path).mkdir(exist_ok=True)


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
