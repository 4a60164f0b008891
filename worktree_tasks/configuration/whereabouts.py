"""Which project and which worktree a person means by the words of a shell function."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .naming import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "Aim",
    "Home",
    "Known",
    "Tree",
    "Unclear",
    "aim",
    "aim_at_home",
    "near",
    "split",
    "split_with_project",
]

_MANY = 2


class Unclear(Exception):
    """The words mean nothing, or more than one thing; `what` and `hint` are those of the error to show.

    It is none of errors.py, which loads Invoke: a completion has no time for that.
    """

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Tree:
    """A worktree that is recorded.

    Attributes:
        name: Its slug.
        branch: The branch it was made for.
        path: Its directory.
        ready: Whether it was made to its end.
        current: The branch that it has checked out, where that was read.
        key: Its record's key, where that was read.
    """

    name: str
    branch: str
    path: str
    ready: bool = True
    current: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """A project with its worktrees.

    Attributes:
        name: Main's compose project; the directory's name where none was recorded yet.
        main: The main checkout.
        common_dir: The repository's common git directory.
        trees: Its worktrees.
        gone: Whether the main checkout is not there.
        branch: The branch that main has checked out, where that was read.
    """

    name: str
    main: str
    common_dir: str
    trees: tuple[Tree, ...] = ()
    gone: bool = False
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a word is read.

    Attributes:
        homes: The projects of this machine, last used first.
        here: The project that one stands in, recorded or not.
        directory: Where one stands, symbolic links resolved; "" in a directory that is gone.
        resolve: Gives the real path of a word that is one.
    """

    homes: tuple[Home, ...]
    here: Home | None
    directory: str
    resolve: Callable[[str], str]

    def standing_in(self) -> Tree | None:
        """Return the worktree that one stands in."""
        trees = self.here.trees if self.here else ()
        return next((tree for tree in trees if _is_in(self.directory, tree.path)), None)


@dataclass(frozen=True, slots=True)
class Aim:
    """What the words mean.

    Attributes:
        home: The project.
        tree: The worktree; None for the main checkout, or where there is none yet.
        branch: The branch that a worktree is to be made of; None where there is nothing to make.
        note: What else the words could have meant; empty when nothing.
    """

    home: Home
    tree: Tree | None = None
    branch: str | None = None
    note: str = ""

    @property
    def directory(self) -> str | None:
        """Where the aim is; None while it is to be made."""
        if self.branch is not None:
            return None
        return self.tree.path if self.tree else self.home.main


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names, which come first, and the flags, with all that follows the first of them."""
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    return list(words[:first]), list(words[first:])


def split_with_project(
    words: Sequence[str], *, function: str, alone: bool = False
) -> tuple[list[str], list[str]]:
    """Return names and flags as `split` does; the project that `--project` names is the first of the names.

    Args:
        words: The words.
        function: What the function is called, for the answers.
        alone: Whether it takes a project without a worktree's name.

    Raises:
        Unclear: It names no project, or a second one, or a project alone.
    """
    projects, rest, left = [], [], iter(words)
    for word in left:
        flag, equals, value = word.partition("=")
        if flag == "--project":
            projects.append(value if equals else next(left, ""))
        else:
            rest.append(word)
    names, flags = split(rest)
    if not projects:
        return names, flags
    if len(projects) > 1 or not projects[0] or projects[0].startswith("-"):
        raise Unclear("--project names one project, and got {' '.join(projects)!r}", f"{function} PROJECT …")
    if len(names) != (0 if alone else 1):
        takes = "no name" if alone else "a name"
        raise Unclear(
            f"{function} --project takes {takes} beside the project, and got {' '.join(names)!r}",
            f"{function} {projects[0]}{'' if alone else ' NAME'}",
        )
    return [*projects, *names], flags


def aim(names: Sequence[str], known: Known, *, function: str, make: bool) -> Aim:
    """Decide what `[PROJECT] NAME` means.

    Args:
        names: The words.
        known: What is known.
        function: What the function is called, for the answers.
        make: Whether a name that nothing bears is a branch to make a worktree of, and no name means main.
            Otherwise it is an error, and no name means the worktree that one stands in.

    Raises:
        Unclear: Nothing, or more than one thing, bears a name.
    """
    if len(names) > _MANY:
        raise Unclear(
            f"{function} takes a project and a name, and got {' '.join(names)!r}",
            f"{function} [PROJECT] NAME, then flags",
        )
    if len(names) == _MANY:
        return _in_home(names[1], _find_home(names[0], known.homes, known.resolve), known, make=make)
    if names:
        return _one_word(names[0], known, function=function, make=make)
    home = _need_here(known, function)
    if make:
        return Aim(home)
    tree = known.standing_in()
    if tree is None:
        raise Unclear(
            "this directory is in no worktree of ours",
            f"{function} NAME" + (f", such as {_listed(home.trees)}" if home.trees else ""),
        )
    return Aim(home, tree)


def aim_at_home(names: Sequence[str], known: Known, *, function: str) -> Home:
    """Decide what `[PROJECT]` means.

    Raises:
        Unclear: No project, or more than one, bears the name.
    """
    if len(names) > 1:
        raise Unclear(f"{function} takes one project, and got {' '.join(names)!r}", f"{function} [PROJECT]")
    if names:
        return _find_home(names[0], known.homes, known.resolve)
    return _need_here(known, function)


def near(word: str, choices: Iterable[str]) -> list[str]:
    """Return the choices that look like a word, the likeliest first."""
    by_key = {fold(one): one for one in choices}
    found = difflib.get_close_matches(fold(word), by_key, n=3, cutoff=0.5)
    within = [key for key in by_key if fold(word) in key and key not in found]
    return [by_key[key] for key in (*found, *within[:3])]


def _one_word(word: str, known: Known, *, function: str, make: bool) -> Aim:
    here, homes = known.here, known.homes
    if "/" in word and (found := _by_path(known.resolve(word), homes)):
        # A directory is meant as such, wherever one stands.
        return found if make or found.tree else _no_worktree(found.home, function)
    projects = _matching(word, [home for home in homes if not home.gone])
    if here is None or (projects and not _is_of(word, here)):
        home = _find_home(word, homes, known.resolve)
        return Aim(home) if make else _no_worktree(home, function)
    meant = _in_home(word, here, known, make=make)
    others = [home for home in projects if home.common_dir != here.common_dir]
    if others and meant.branch is None:
        rest = others[0].main if make else f"{word} NAME"
        note = f"{word} is taken for a worktree of {here.name}; it is a project too: {function} {rest}"
        return Aim(meant.home, meant.tree, note=note)
    return meant


def _is_of(word: str, home: Home) -> bool:
    return word in (".", home.branch) or bool(_matching_trees(word, home.trees))


def _by_path(path: str, homes: Sequence[Home]) -> Aim | None:
    for home in homes:
        if home.main == path:
            return Aim(home)
        if tree := next((tree for tree in home.trees if tree.path == path), None):
            return Aim(home, tree)
    return None


def _in_home(word: str, home: Home, known: Known, *, make: bool) -> Aim:
    if home.gone:
        raise _gone(home)
    if word == "." and known.here and known.here.common_dir == home.common_dir:
        tree = known.standing_in()
        if tree is None and not make:
            raise Unclear(
                "this directory is in no worktree of ours", "give the worktree's name; wt.list shows them"
            )
        return Aim(home, tree)
    found = _matching_trees(word, home.trees)
    if len(found) == 1:
        return Aim(home, found[0])
    if found:
        both = ", ".join(sorted(f"{tree.branch} ({tree.path})" for tree in found))
        raise Unclear(f"{word!r} is ambiguous: {both}", "give the branch exactly as it is written there")
    if make:
        return Aim(home) if word == home.branch else Aim(home, branch=word)
    if likely := near(word, [tree.name for tree in home.trees]):
        hint = f"did you mean {' or '.join(likely)}?"
    else:
        hint = f"its worktrees: {_listed(home.trees)}" if home.trees else "it has no worktrees"
    raise Unclear(f"{home.name} has no worktree called {word!r}", hint)


def _matching_trees(word: str, trees: Sequence[Tree]) -> list[Tree]:
    """Return the worktrees that bear a name: a slug or what is checked out before what was at first."""
    key = fold(word)
    return (
        [tree for tree in trees if word in (tree.name, tree.current or tree.branch, tree.path)]
        or [tree for tree in trees if key in (fold(tree.name), fold(tree.current or tree.branch))]
        or [tree for tree in trees if word == tree.branch]
        or [tree for tree in trees if key == fold(tree.branch)]
    )


def _find_home(word: str, homes: Sequence[Home], resolve: Callable[[str], str]) -> Home:
    path = resolve(word) if "/" in word or word == "." else None
    by_path = [home for home in homes if home.main == path]
    found = by_path or _matching(word, homes)
    present = [home for home in found if not home.gone]
    if len(present) == 1:
        return present[0]
    if present:
        both = ", ".join(sorted(home.main for home in present))
        raise Unclear(f"{len(present)} projects are called {word!r}: {both}", "give one's directory instead")
    if found:
        raise _gone(found[0])
    there = [home.name for home in homes if not home.gone]
    likely = near(word, there) or there
    raise Unclear(
        f"no project is called {word!r}",
        f"did you mean {' or '.join(dict.fromkeys(likely))}?"
        if likely
        else "a project is known once a worktree was made or listed in it",
    )


def _matching(word: str, homes: Sequence[Home]) -> list[Home]:
    """Return the projects that bear a name, or whose directory does."""
    named = [home for home in homes if home.name == word]
    exact = named or [home for home in homes if _base(home.main) == word]
    return exact or [home for home in homes if fold(word) in (fold(home.name), fold(_base(home.main)))]


def _need_here(known: Known, function: str) -> Home:
    if known.here:
        return known.here
    names = dict.fromkeys(home.name for home in known.homes if not home.gone)
    raise Unclear(
        "this directory is in no project",
        f"{function} PROJECT, one of {', '.join(names)}" if names else "cd into a project first",
    )


def _no_worktree(home: Home, function: str) -> Aim:
    raise Unclear(
        f"{home.name} is a project", f"{function} {home.name} NAME, with the name of one of its worktrees"
    )


def _gone(home: Home) -> Unclear:
    return Unclear(
        f"the project {home.name} is gone: {home.main} is not there", "worktree-tasks projects forgets it"
    )


def _listed(trees: Iterable[Tree]) -> str:
    return ", ".join(tree.name for tree in trees)


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _is_in(directory: str, folder: str) -> bool:
    return directory == folder or directory.startswith(folder.rstrip("/") + "/")
