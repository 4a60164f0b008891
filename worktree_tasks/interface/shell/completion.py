"""What the last word of a command line could become; reads no more than names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.resolving import MAIN, Unclear
from ...configuration.whereabouts import aim_at_home
from ..vocabulary import FUNCTIONS, OF_MAIN, OF_POINTS, OWN_FLAGS
from .arguments import OF_PROJECTS, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...configuration.whereabouts import Home, Known
    from ..vocabulary import Word

__all__ = ["SHELLS", "candidates"]

SHELLS = ("bash", "zsh", "fish")
_CORE = (
    ("--help", "Show help, of a task when one is named."),
    ("--list", "List the tasks."),
    ("--plain", "No colours, and nothing that moves."),
    ("--project", "Run in this project, by name or directory."),
    ("--version", "Show the version."),
)


def candidates(
    program: str,
    words: Sequence[str],
    known: Known,
    table: Mapping[str, tuple[Word, ...]],
    branches: Callable[[Home], Sequence[str]],
) -> list[tuple[str, str]]:
    """Return what the last word could become, with a description each.

    Args:
        program: A shell function, or `worktree-tasks`.
        words: What follows it, to the cursor; the last is the beginning of the word that is typed.
        known: What is known on this machine.
        table: The words of each task.
        branches: Gives the branches of a project.
    """
    words = [word for word in words[:-1] if word != "="] + [words[-1].removeprefix("=")]
    found = _of_function if program in FUNCTIONS else _of_program
    begun = words[-1]
    offered = dict(reversed([one for one in found(program, words, known, table, branches) if one[0]]))
    return [(value, text) for value, text in reversed(offered.items()) if value.startswith(begun)]


def _of_function(
    function: str,
    words: Sequence[str],
    known: Known,
    table: Mapping[str, tuple[Word, ...]],
    branches: Callable[[Home], Sequence[str]],
) -> Iterator[tuple[str, str]]:
    names, flags = split(words[:-1])
    tasks = FUNCTIONS[function]
    if flags or words[-1].startswith("-"):
        home = _home(names[0], known) if len(names) > 1 else known.here
        for of_task in (*(table[task] for task in tasks), OWN_FLAGS.get(function, ())):
            yield from _flags(of_task, words, home, branches)
        return
    if not names:
        if function not in OF_PROJECTS:
            yield from _trees(known.here)
        yield from _projects(known)
        if function == "wt" and known.here:
            yield from _branches(known.here, words[-1], branches)
    elif len(names) == 1 and function not in OF_PROJECTS and (home := _home(names[0], known)):
        yield from _trees(home)
        if function == "wt":
            yield from _branches(home, words[-1], branches)


def _of_program(
    _: str,
    words: Sequence[str],
    known: Known,
    table: Mapping[str, tuple[Word, ...]],
    branches: Callable[[Home], Sequence[str]],
) -> Iterator[tuple[str, str]]:
    before, home = list(words[:-1]), known.here
    if before[-1:] == ["--project"]:
        yield from _projects(known)
        return
    if "--project" in before:
        at = before.index("--project")
        home = _home(before[at + 1], known)
        del before[at : at + 2]
    task = next((word for word in before if word in table), None)
    if task is None or before[-1:] == ["--help"]:
        yield from ((name, row[0].description) for name, row in table.items())
        yield from _CORE if words[-1].startswith("-") else ()
        return
    yield from _flags(table[task], words, home, branches)
    given = [word for word in before[before.index(task) + 1 :] if not word.startswith("-")]
    wanted = [word.text for word in table[task] if word.kind == "argument"]
    if words[-1].startswith("-") or len(given) >= len(wanted):
        return
    yield from _values(wanted[len(given)], task, words[-1], home, branches)


def _values(
    argument: str, task: str, begun: str, home: Home | None, branches: Callable[[Home], Sequence[str]]
) -> Iterator[tuple[str, str]]:
    if argument == "name" and task not in OF_POINTS:
        yield from _trees(home)
        if task in OF_MAIN and home:
            yield MAIN, f"main checkout of {home.name}"
    elif argument == "shell":
        yield from ((name, "") for name in SHELLS)
    elif argument == "branch" and home:
        if task != "new":
            yield from _trees(home)
        yield from _branches(home, begun, branches)


def _flags(
    table: Sequence[Word],
    words: Sequence[str],
    home: Home | None,
    branches: Callable[[Home], Sequence[str]],
) -> Iterator[tuple[str, str]]:
    flag = next((word for word in table if word.kind == "value" and word.text in words[-2:-1]), None)
    if flag is not None:
        if flag.text == "--base" and home:
            yield from _branches(home, words[-1], branches)
    elif words[-1].startswith("-"):
        yield from ((word.text, word.description) for word in table if word.kind in ("flag", "value"))


def _trees(home: Home | None) -> Iterator[tuple[str, str]]:
    if home is None or home.gone:
        return
    for tree in home.trees:
        branch = tree.checked_out
        yield tree.name, f"worktree of {home.name}" + (f", branch {branch}" if branch != tree.name else "")


def _projects(known: Known) -> Iterator[tuple[str, str]]:
    names = [home.name for home in known.homes if not home.gone]
    for home in known.homes:
        if not home.gone:
            yield (home.name if names.count(home.name) == 1 else home.main), f"project in {home.main}"


def _branches(home: Home, begun: str, branches: Callable[[Home], Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield branches that have no worktree yet, once something of one is typed: there may be thousands."""
    taken = {tree.checked_out for tree in home.trees} | {home.branch}
    if begun:
        yield from ((name, f"branch of {home.name}") for name in branches(home) if name not in taken)


def _home(name: str, known: Known) -> Home | None:
    try:
        return aim_at_home([name], known, function="")
    except Unclear:
        return None
