"""What the shell functions and the completion ask of the program; none of it is for people to type.

--as FUNCTION WORD…         does what the function is for, except for what only a shell can do
--where FUNCTION WORD…      prints the directory that `wt` goes to, when it is there
--leave FUNCTION WORD…      prints where to go from a directory that is about to be removed
--candidates FUNCTION WORD… prints what the last word could become, with a tab before each description
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...configuration.resolving import Unclear
from ...configuration.whereabouts import aim, aim_at_home
from ...machine import register
from ...printable import printable
from ..dialect import Dialect, speak
from ..output.printing import show_failure, show_lines, show_source, show_value
from ..vocabulary import FUNCTIONS, read_table
from . import text as shell_text
from .arguments import split, split_with_project
from .completion import OF_PROJECTS, candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...configuration.whereabouts import Aim, Home

__all__ = ["ANSWERS"]

_USAGE = {
    "wt": "[PROJECT] [NAME] [flags of new or start]: open or start a worktree and go there, or to main",
    "wl": "[PROJECT] [flags of list]: list the worktrees of a project",
    "wstart": "[[PROJECT] NAME] [flags of start]: bring a stack up, this directory's without NAME",
    "wstop": "[[PROJECT] NAME] [flags of stop]: stop a stack, this directory's without NAME",
    "wr": "[[PROJECT] NAME] [flags of remove]: remove a worktree, this one without NAME",
    "wclean": "[PROJECT] [flags of clean]: remove worktrees whose work is in the base",
}
_HELP = ("-h", "--help")
_FROM = "--from"


def _as(words: Sequence[str]) -> int | list[str]:
    """Return the task that does what a function is for; its words may be for another directory (`--from`)."""
    called, words, start = _opened(words)
    function = next(name for name in FUNCTIONS if called.endswith(name))
    prefix = called.removesuffix(function)
    speak(Dialect(prefix=prefix))
    if any(word in _HELP for word in split(words)[1]):
        more = f"worktree-tasks --help {_task(function)} tells of the flags"
        show_lines([f"{called} {_USAGE[function]}", "", more])
        return 0
    try:
        names, flags = split_with_project(words, function=called, alone=function in OF_PROJECTS)
        known = register.known(start)
        named = _named(function, names)
        speak(Dialect(prefix=prefix, project=named))
        if function in OF_PROJECTS:
            home, argv = aim_at_home(names, known, function=called), [_task(function)]
        else:
            meant = aim(names, known, function=called, make=function == "wt")
            home, argv = meant.home, _argv(function, meant, flags, called)
            if meant.note:
                from ..output.progress import Terminal  # noqa: PLC0415 - rarely needed

                Terminal().note(meant.note)
        if not named and home != known.here:
            speak(Dialect(prefix=prefix, project=home.main))
        if argv:
            _go(home)
    except Unclear as error:
        return _wrong_use(error)
    return [*argv, *flags] if argv else 0


def _task(function: str) -> str:
    return FUNCTIONS[function][0]


def _named(function: str, names: Sequence[str]) -> str:
    """Return the project among the names, as it is named from any directory; empty without one."""
    if len(names) < (1 if function in OF_PROJECTS else 2):
        return ""
    return os.path.abspath(names[0]) if "/" in names[0] else names[0]  # noqa: PTH100 - no link is followed


def _wrong_use(unclear: Unclear) -> int:
    from ...errors import BadUse  # noqa: PLC0415 - it loads Invoke

    error = BadUse(unclear.what, unclear.hint, kind=unclear.kind)
    show_failure(error)
    return error.exit_code


def _opened(words: Sequence[str]) -> tuple[str, list[str], str | None]:
    function, *rest = words
    if rest[:1] == [_FROM]:
        return function, rest[2:], rest[1]
    return function, rest, None


def _argv(function: str, meant: Aim, flags: Sequence[str], called: str) -> list[str]:
    """Return the task that does it; empty where there is nothing to do."""
    if function != "wt":
        return [_task(function), f"--name={meant.tree.home}"] if meant.tree else []
    if meant.branch is not None:
        return ["new", f"--branch={meant.branch}"]
    if meant.tree is None:
        if flags:
            raise Unclear(
                f"{' '.join(flags)} is for a worktree, and no NAME was given",
                f"{called} {_USAGE['wt']}",
                kind="wrong-names",
            )
        return []
    if not meant.tree.ready:
        return ["new", f"--branch={meant.tree.branch}"]
    if not flags and _runs(meant):
        return []
    return ["start", f"--name={meant.tree.home}"]


def _runs(meant: Aim) -> bool:
    from ...errors import WorktreeTasksError  # noqa: PLC0415 - it loads Invoke
    from ...orchestration.flows.standing import stack_runs  # noqa: PLC0415 - the same

    try:
        return meant.tree is not None and stack_runs(Path(meant.tree.path))
    except WorktreeTasksError:
        # Starting it fails in the same way, and says why.
        return False


def _go(home: Home) -> None:
    try:
        register.go(home.main)
    except OSError as error:
        raise Unclear(
            f"{home.main}: {error.strerror}",
            "wt.projects forgets what is gone",
            kind="project-gone",
        ) from error


def _where(words: Sequence[str]) -> int:
    """Print the directory that `wt` goes to; end with 1 and print nothing when it is not there."""
    meant = _meant(words, make=True)
    directory = meant.directory if meant else None
    if directory is None or not Path(directory).is_dir():
        return 1
    show_value(directory)
    return 0


def _leave(words: Sequence[str]) -> int:
    """Print main's directory when one stands in the worktree that the words mean."""
    meant = _meant(words, make=False)
    if meant is None or meant.tree is None or meant.tree != register.known().standing_in():
        return 1
    show_value(meant.home.main)
    return 0


def _meant(words: Sequence[str], *, make: bool) -> Aim | None:
    function, words, start = _opened(words)
    if any(word in _HELP for word in split(words)[1]):
        return None
    try:
        names, _ = split_with_project(words, function=function)
        return aim(names, register.known(start), function=function, make=make)
    except Unclear:
        return None  # `--as` says why


def _candidates(words: Sequence[str]) -> int:
    function, *rest = words
    found = candidates(function, rest or [""], register.known(), read_table(), register.branches)
    # A shell shows them as they are, and puts them on its command line: no place for what would not print.
    words = [f"{value}\t{printable(description)}" for value, description in found if value.isprintable()]
    if words:
        show_source("\n".join(words))
    return 0


# None leaves the words to the tasks.
# An exit code, or the words of a task to run, or None for what is a task itself.
ANSWERS: Mapping[str, Callable[[Sequence[str]], int | list[str] | None]] = {
    "--as": _as,
    "--where": _where,
    "--leave": _leave,
    "--candidates": _candidates,
    "shell-init": shell_text.answer,
}
