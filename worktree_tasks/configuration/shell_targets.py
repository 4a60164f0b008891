"""Which project and worktree the words of a shell function refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..quick_dataclasses import dataclass
from .name_resolution import matching, resolve, standing_in
from .naming import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .. import errors
    from . import unknown_targets
    from .name_resolution import KnownWorktree
else:
    # Only errors need them.
    errors, unknown_targets = later(__package__, "..errors", ".unknown_targets")

__all__ = ["Home", "KnownCheckouts", "Target", "find_project", "resolve_project", "resolve_target"]

_MANY = 2


@dataclass(slots=True, frozen=True)
class Home:
    """A project with its worktrees.

    Attributes:
        name: Main's compose project; the directory's name if none is recorded yet.
        main: The main checkout.
        common_dir: The repository's common git directory.
        trees: Its worktrees.
        gone: Whether the main checkout is missing.
        branch: The branch that is checked out in main, if that was read.
    """

    name: str
    main: str
    common_dir: str
    trees: tuple[KnownWorktree, ...] = ()
    gone: bool = False
    branch: str | None = None


@dataclass(slots=True, frozen=True)
class KnownCheckouts:
    """The checkouts that words can refer to, and the current directory.

    Attributes:
        homes: The projects of this machine, last used first.
        here: The project that contains the current directory, recorded or not.
        directory: The current directory, with symbolic links resolved; empty if it is gone.
        resolve: Returns the real path of a word that is a path.
    """

    homes: tuple[Home, ...]
    here: Home | None
    directory: str
    resolve: Callable[[str], str]

    def standing_in(self) -> KnownWorktree | None:
        """Return the worktree that contains the current directory."""
        return standing_in(self.directory, self.here.trees) if self.here else None


@dataclass(slots=True, frozen=True)
class Target:
    """What words refer to.

    Attributes:
        home: The project.
        tree: The worktree; None for the main checkout, or if there is none yet.
        branch: The branch to make a worktree of; None if there is nothing to make.
        note: What else the words could refer to; empty if nothing.
    """

    home: Home
    tree: KnownWorktree | None = None
    branch: str | None = None
    note: str = ""

    @property
    def directory(self) -> str | None:
        """Its directory; None if it is not made yet."""
        if self.branch is not None:
            return None
        return self.tree.path if self.tree else self.home.main


def resolve_target(names: Sequence[str], known: KnownCheckouts, *, function: str, make: bool) -> Target:
    """Decide what `[PROJECT] NAME` means.

    Args:
        names: The words.
        known: The known checkouts.
        function: The function's name, for errors.
        make: Whether an unknown name is a branch to make a worktree of, and no name means main. Otherwise an
            unknown name is an error, and no name means the worktree that contains the current directory.

    Raises:
        BadUse: A name refers to nothing, or to more than one thing.
    """
    if "" in names:
        raise unknown_targets.empty_name(function, "[PROJECT] NAME")
    if len(names) > _MANY:
        what = f"{function} takes a project and a name, but got {' '.join(names)!r}"
        raise errors.BadUse(what, f"{function} [PROJECT] NAME, then flags", kind="wrong-names")
    if len(names) == _MANY:
        return _in_home(names[1], _find_home(names[0], known), known, make=make)
    if names:
        return _one_word(names[0], known, function=function, make=make)
    home = _need_here(known, f"{function} PROJECT" if make else f"{function} PROJECT NAME")
    if make:
        return Target(home)
    return Target(home, resolve(".", home.trees, project=home.name, directory=known.directory))


def resolve_project(names: Sequence[str], known: KnownCheckouts, *, function: str) -> Home:
    """Decide what `[PROJECT]` means.

    Raises:
        BadUse: No project has the name, or more than one.
    """
    if "" in names:
        raise unknown_targets.empty_name(function, "[PROJECT]")
    if len(names) > 1:
        what = f"{function} takes one project, but got {' '.join(names)!r}"
        raise errors.BadUse(what, f"{function} [PROJECT]", kind="wrong-names")
    if names:
        return _find_home(names[0], known)
    return _need_here(known, f"{function} PROJECT")


def _one_word(word: str, known: KnownCheckouts, *, function: str, make: bool) -> Target:
    here, homes = known.here, known.homes
    if found := _by_path(_path(word, known), homes):
        # A path means that directory, whatever the current one is.
        if make or found.tree:
            return found
        raise unknown_targets.name_missing(found.home.name, function)
    projects = _matching(word, [home for home in homes if not home.gone])
    if here is None or (projects and not _is_of(word, here)):
        home = _find_home(word, known, function=function)
        if make:
            return Target(home)
        raise unknown_targets.name_missing(home.name, function)
    meant = _in_home(word, here, known, make=make)
    others = [home for home in projects if home.common_dir != here.common_dir]
    if others and meant.branch is None:
        rest = others[0].main if make else f"{word} NAME"
        note = f"{word} was read as a worktree of {here.name}; it is a project too: {function} {rest}"
        return Target(meant.home, meant.tree, note=note)
    return meant


def _path(word: str, known: KnownCheckouts) -> str:
    """Return the real path of a word that may be a path; empty for others."""
    return known.resolve(word) if "/" in word else ""


def _is_of(word: str, home: Home) -> bool:
    return word in (".", home.branch) or bool(matching(word, home.trees))


def _by_path(path: str, homes: Sequence[Home]) -> Target | None:
    for home in homes:
        if home.main == path:
            return Target(home)
        if tree := next((tree for tree in home.trees if path in (tree.path, tree.home)), None):
            return Target(home, tree)
    return None


def _in_home(word: str, home: Home, known: KnownCheckouts, *, make: bool) -> Target:
    if home.gone:
        raise unknown_targets.project_gone(home.name, home.main)
    here = known.here is not None and known.here.common_dir == home.common_dir
    if make and word == "." and here:
        return Target(home, known.standing_in())
    path = _path(word, known)
    if make and not matching(word, home.trees, path=path):
        return Target(home) if word == home.branch else Target(home, branch=word)
    directory = known.directory if here else ""
    return Target(home, resolve(word, home.trees, project=home.name, path=path, directory=directory))


def find_project(name: str, known: KnownCheckouts) -> Home | None:
    """Return the one project that a name means; None if there is none, or more than one."""
    try:
        return resolve_project([name], known, function="")
    except errors.BadUse:
        return None


def _find_home(word: str, known: KnownCheckouts, *, function: str = "") -> Home:
    """Return the project that a word names.

    Args:
        word: The word.
        known: The known checkouts.
        function: The function's name, if the word may be meant as a worktree's name.

    Raises:
        BadUse: It names none, or several, or one that is gone.
    """
    homes = known.homes
    path = known.resolve(word) if "/" in word or word == "." else None
    by_path = [home for home in homes if home.main == path]
    found = by_path or _matching(word, homes)
    present = [home for home in found if not home.gone]
    if len(present) == 1:
        return present[0]
    if present:
        both = ", ".join(sorted(home.main for home in present))
        raise errors.BadUse(
            f"{len(present)} projects are called {word!r}: {both}",
            "give one's directory instead",
            kind="ambiguous-name",
        )
    if found:
        raise unknown_targets.project_gone(found[0].name, found[0].main)
    there = [home for home in homes if not home.gone]
    owners = [(home.name, home.main) for home in there if function and matching(word, home.trees)]
    raise unknown_targets.no_project(word, [home.name for home in there], owners, function=function)


def _matching(word: str, homes: Sequence[Home]) -> list[Home]:
    """Return the projects with a name, or else those whose directory has it."""
    named = [home for home in homes if home.name == word]
    exact = named or [home for home in homes if _base(home.main) == word]
    return exact or [home for home in homes if fold(word) in (fold(home.name), fold(_base(home.main)))]


def _need_here(known: KnownCheckouts, usage: str) -> Home:
    if known.here is None:
        names = [home.name for home in known.homes if not home.gone]
        raise unknown_targets.outside_project(names, known.directory, usage)
    return known.here


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
