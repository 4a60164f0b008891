"""Which repository a directory belongs to, and where its main checkout is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadUse, Failure
from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .base_branch import default_branch
from .git_directories import common_directory, git_directory
from .program import fields, git
from .repository import Repository
from .worktree_entries import worktrees

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .worktree_entries import Entry

__all__ = ["checkout_around", "find_repository", "foreign_directories"]

# Variables that change where git looks for repositories.
_DISCOVERY = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
_NAME_MAIN = "set wt.main to the worktree that serves as the main checkout"


@dataclass(slots=True, frozen=True)
class _Place:
    """The repository and checkout of a directory."""

    common_dir: Path
    top: Path | None  # None inside a git directory


def find_repository(start: Path, *, main: Path | None = None) -> Repository:
    """Find the repository and its main checkout from any directory of any of its worktrees.

    Args:
        start: A directory in the main checkout, in a linked worktree or in the git directory.
        main: The main checkout, if git knows none (the setting `wt.main`).

    Raises:
        Failure: `start` is in no repository.
        BadUse: The repository is bare and its main worktree is unknown, or `main` belongs to another
            repository.
    """
    place = _place(start)
    if main is not None:
        # Relative to the git directory, or to what is around it: the current directory may be any.
        around = place.common_dir.parent, place.common_dir
        there = next((one / main for one in around if (one / main).is_dir()), None)
        named = _place(there) if there else None
        if named is None or named.common_dir != place.common_dir or named.top is None:
            raise BadUse(
                f"wt.main: {main} is not a checkout of {place.common_dir}", _NAME_MAIN, kind="no-main"
            )
        return Repository(named.top, place.common_dir, _asked_main(place.common_dir)[0])
    # A submodule's and a separate git directory belong to the checkout whose `.git` names them directly.
    if place.top is not None and not (git_directory(place.top) / "commondir").exists():
        return Repository(place.top, place.common_dir, bare=False)
    bare, root = _asked_main(place.common_dir)
    if root is not None:
        return Repository(root, place.common_dir, bare=False)
    if not bare:
        raise BadUse(
            f"{place.common_dir} does not say where its main checkout is", _NAME_MAIN, kind="no-main"
        )
    return Repository(_main_of_bare(place.common_dir), place.common_dir, bare=True)


def foreign_directories(directories: Iterable[str], repository: Repository) -> list[str]:
    """Return which of some directories exist and are in no checkout of a repository; an empty one is none."""
    return [one for one in sorted({*directories} - {""}) if _is_foreign(Path(one), repository)]


def _is_foreign(directory: Path, repository: Repository) -> bool:
    if directory == repository.main or not directory.is_dir():
        return False
    try:
        return _place(directory).common_dir != repository.common_dir
    except Failure:
        return True


def checkout_around(start: Path) -> Path:
    """Return the top of the checkout around a directory, main or a worktree.

    Raises:
        Failure: The directory is in no repository, or in a git directory.
    """
    top = _place(start).top
    if top is None:
        raise Failure(f"{start} is in a git directory", "cd into a checkout", kind="no-repository")
    return top


def _place(start: Path) -> _Place:
    return _place_by_files(start) or _asked_place(start)


def _place_by_files(start: Path) -> _Place | None:
    """Return git's result for a directory in an ordinary checkout of ours; None if git has to be run."""
    if any(name in os.environ for name in _DISCOVERY):
        return None
    try:
        here = start.resolve(strict=True)
        device = here.stat().st_dev
        for top in (here, *here.parents):
            if top.stat().st_dev != device or _is_git_directory(top):
                return None
            link = top / ".git"
            if os.path.lexists(link):
                common = common_directory(top).resolve()
                # git refuses another user's repository, and shows how to allow it.
                owners = {path.stat().st_uid for path in (top, link, git_directory(top), common)}
                sound = _is_git_directory(common) and _is_usual(common) and owners == {os.geteuid()}
                return _Place(common, top) if sound and here.is_dir() else None
    except (OSError, Failure):
        return None
    return None


def _is_git_directory(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("HEAD", "objects", "refs"))


def _is_usual(common_dir: Path) -> bool:
    """Return whether a repository's configuration does not set where its checkouts are, as is usual."""
    try:
        text = (common_dir / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    unusual = r"\bworktree|\binclude|\bbare\b(?!\s*=\s*false\b)"
    return re.search(unusual, text, re.IGNORECASE) is None


def _asked_place(start: Path) -> _Place:
    # --show-cdup consists of "../" only, so that a newline in a path cannot be mistaken for a separator.
    asked = git(
        start,
        "rev-parse",
        "--is-inside-work-tree",
        "--show-cdup",
        "--git-common-dir",
        check=False,
        extra={"LC_ALL": "C"},
    )
    if asked.code != 0:
        lines = lines_of(asked.err.strip()) or [asked.ending]
        if "not a git repository (or any" in asked.err:
            raise Failure(
                f"{start} is not in a git repository",
                "cd into one; worktree-tasks --project NAME works from anywhere",
                kind="no-repository",
            )
        hint = lines[-1].strip() if len(lines) > 1 else ""
        raise Failure(f"{start}: {lines[0]}", hint, kind="program-failed")
    here = start.resolve()
    inside, _, rest = asked.out.removesuffix("\n").partition("\n")
    if inside != "true":  # --show-cdup prints nothing there
        return _Place((here / rest).resolve(), None)
    up, _, common = rest.partition("\n")
    return _Place((here / common).resolve(), (here / up).resolve())


def _asked_main(common_dir: Path) -> tuple[bool, Path | None]:
    """Return whether the repository is bare, and the main checkout that belongs to its git directory."""
    beside = common_dir.parent if common_dir.name == ".git" else None
    if beside is not None and _is_usual(common_dir):
        return False, beside
    listed = git(
        common_dir, "--git-dir=.", "config", "-z", "--get-regexp", r"^core\.(bare|worktree)$", check=False
    )
    values = {
        key: value if given else "true"
        for key, given, value in (entry.partition("\n") for entry in fields(listed.out))
    }
    if "core.worktree" in values:
        return False, (common_dir / values["core.worktree"]).resolve()
    bare = values.get("core.bare", "false").lower() in {"true", "yes", "on", "1"}
    return bare, None if bare else beside


def _main_of_bare(common_dir: Path) -> Path:
    provisional = Repository(common_dir, common_dir, bare=True)
    trees = tuple(tree for tree in worktrees(provisional) if not tree.bare and tree.prunable is None)
    base = default_branch(provisional, None)
    fitting = [tree for tree in trees if tree.branch == base]
    if len(fitting) == 1:
        return fitting[0].path.resolve()
    raise BadUse(
        f"{common_dir} is bare, and no worktree has its default branch {base} ({_listed(trees)})",
        _NAME_MAIN,
        kind="no-main",
    )


def _listed(trees: tuple[Entry, ...]) -> str:
    names = ", ".join(f"{tree.path.name} has {tree.branch or 'no branch'}" for tree in trees)
    return names or "it has no worktrees"
