"""Which repository a directory belongs to, and where its main checkout is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BadUse, Failure
from ..printable import lines_of
from .branches import default_branch
from .directory import git_directory
from .entries import worktrees
from .program import fields, git
from .repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from .entries import Entry

__all__ = ["belongs", "find_repository"]

_NAME_MAIN = "set wt.main to the worktree that serves as the main checkout"


@dataclass(frozen=True, slots=True)
class _Place:
    """What git says about one directory."""

    common_dir: Path
    top: Path | None  # None inside a git directory


def find_repository(start: Path, *, main: Path | None = None) -> Repository:
    """Find the repository and its main checkout from any directory of any of its worktrees.

    Args:
        start: A directory in the main checkout, in a linked worktree or in the git directory.
        main: The main checkout where git knows none (the setting `wt.main`).

    Raises:
        Failure: `start` is in no repository.
        BadUse: The repository is bare and nothing says which worktree is the main one, or `main` belongs to
            another repository.
    """
    place = _place(start)
    if main is not None:
        named = _place(main)
        if named.common_dir != place.common_dir or named.top is None:
            raise BadUse(
                f"wt.main: {main} is not a checkout of {place.common_dir}", _NAME_MAIN, kind="no-main"
            )
        bare = _asked_main(place.common_dir)[0]
        return Repository(named.top, place.common_dir, bare)
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


def belongs(directory: Path, repository: Repository) -> bool:
    """Return whether a directory is in a checkout of a repository."""
    try:
        return directory == repository.main or _place(directory).common_dir == repository.common_dir
    except Failure:
        return False


def _place(start: Path) -> _Place:
    # --show-cdup is made of "../" only, so that a newline in a path cannot be taken for a separator.
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
        said = lines_of(asked.err.strip()) or [f"exit code {asked.code}"]
        if "not a git repository (or any" in asked.err:
            raise Failure(
                f"{start} is not in a git repository",
                "cd into one; worktree-tasks --project NAME works from anywhere",
                kind="no-repository",
            )
        raise Failure(f"{start}: {said[0]}", said[-1].strip() if len(said) > 1 else "", kind="program-failed")
    here = start.resolve()
    inside, _, rest = asked.out.removesuffix("\n").partition("\n")
    if inside != "true":  # --show-cdup says nothing there
        return _Place((here / rest).resolve(), None)
    up, _, common = rest.partition("\n")
    return _Place((here / common).resolve(), (here / up).resolve())


def _asked_main(common_dir: Path) -> tuple[bool, Path | None]:
    """Return whether the repository is bare, and the main checkout that belongs to its git directory."""
    beside = common_dir.parent if common_dir.name == ".git" else None
    try:
        text = (common_dir / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = "worktree"
    # Most configurations say nothing unusual, and then the question costs no process.
    plain = re.search(r"\bworktree|\binclude|\bbare\b(?!\s*=\s*false\b)", text, re.IGNORECASE) is None
    if plain and beside is not None:
        return False, beside
    listed = git(
        common_dir,
        "--git-dir=.",
        "config",
        "-z",
        "--get-regexp",
        r"^core\.(bare|worktree)$",
        check=False,
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
