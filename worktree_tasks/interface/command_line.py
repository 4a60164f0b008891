"""The program's words in the order in which Invoke reads them."""

from __future__ import annotations

import re
import shlex
from itertools import islice
from typing import TYPE_CHECKING

from .help_text import arguments_of, may_lack_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from .task_table import Word

__all__ = ["ANYWHERE", "HELP", "LIST", "arranged", "place_of_task", "quoted_command", "with_name"]

# The program's own flags, which may also follow the task.
ANYWHERE = ("--config", "--debug", "--dry", "-R", "--plain", "--project", "--version", "-V")
# After a task, people mean another flag by these: one of its own, as `-f` is that of many programs.
_BEFORE_A_TASK = (*ANYWHERE, "-f", "-d")
_WITH_VALUE = ("--config", "-f", "--project")
HELP = ("-h", "--help")
LIST = ("-l", "--list")
# The prefix of a task's name under `inv`.
_PREFIX = "wt."


def arranged(words: Sequence[str], table: Mapping[str, Sequence[Word]]) -> list[str]:
    """Move the program's own flags before the task: after it, Invoke takes them for a worktree's name.

    A command of several words becomes one word, as Invoke requires.

    Args:
        words: The words of the command line.
        table: The words of each task.
    """
    own: list[str] = []
    rest: list[str] = []
    words = _with_one_command(words, table)
    until = words.index("--") if "--" in words else len(words)
    task = place_of_task(words, table)
    left = iter(enumerate(words[:until]))
    for at, word in left:
        flag, equals, _ = word.partition("=")
        of_program = flag in (_BEFORE_A_TASK if at < task else ANYWHERE)
        (own if of_program else rest).append(word)
        if of_program and flag in _WITH_VALUE and not equals:
            own += (value for _, value in islice(left, 1))
    if rest[:1] == ["help"]:
        rest[0] = "--help"
    at = place_of_task(rest, table)
    rest[at : at + 1] = [word.removeprefix(_PREFIX) for word in rest[at : at + 1]]
    if any(word in HELP for word in rest[at + 1 :]):
        return [*own, *rest[:at], "--help", rest[at]]
    return [*own, *rest, *words[until:]]


def with_name(
    words: Sequence[str],
    table: Mapping[str, Sequence[Word]],
    *,
    stands_in_one: Callable[[], bool],
    is_name: Callable[[str], bool],
) -> list[str]:
    """Insert `.` for a NAME that was left out inside a worktree.

    Before a command, which may have any number of words, a word that names a worktree is the NAME.

    Args:
        words: The words of the command line.
        table: The words of each task.
        stands_in_one: Returns whether the current directory is in a worktree.
        is_name: Returns whether a word is the name of a worktree.
    """
    at = place_of_task(words, table)
    if at == len(words) or any(word in (*HELP, "--project") for word in words):
        return list(words)
    task = words[at].removeprefix(_PREFIX)
    takes = arguments_of(task, table)
    flags = [word.partition("=")[0] for word in words[at + 1 :]]
    if not may_lack_name(task, table) or "--name" in flags:
        return list(words)
    given = _positional(words[at + 1 :], {one.text for one in table[task] if one.kind == "value"})
    with_command = takes[-1] == "command"
    lacks = not (given and is_name(given[0])) if with_command else len(given) < len(takes)
    return [*words[: at + 1], *(["."] if lacks and stands_in_one() else ()), *words[at + 1 :]]


def place_of_task(words: Sequence[str], table: Mapping[str, Sequence[Word]]) -> int:
    """Return the index of the task among the words; their number if there is none."""
    places = (number for number, word in enumerate(words) if word.removeprefix(_PREFIX) in table)
    return next(places, len(words))


def _positional(words: Sequence[str], with_value: Collection[str]) -> list[str]:
    """Return the words that are neither flags nor values of flags."""
    found: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*found, *left]
        if word in with_value or word in _WITH_VALUE:
            next(left, None)
        elif not word.startswith("-"):
            found.append(word)
    return found


def _with_one_command(words: Sequence[str], table: Mapping[str, Sequence[Word]]) -> list[str]:
    """Return the words with the command for a service joined into one word.

    All words after its first belong to the command. If only flags of ours follow that word, they stay ours,
    as they do after a command in quotes. Everything after `--` belongs to the command.
    """
    begin = _beginning_of_command(words, table)
    if begin is None:
        return list(words)
    at, flags = begin
    whole, command = words[at] == "--", list(words[at:])
    if whole:
        command = command[1:]
    quoted = not whole and (len(command[0].split()) > 1 or set(command[1:]) <= flags)
    return [*words[:at], *(command if quoted or not command else [shlex.join(command)])]


def _beginning_of_command(
    words: Sequence[str], table: Mapping[str, Sequence[Word]]
) -> tuple[int, set[str]] | None:
    """Return where the command begins, and its task's flags; None if there is no command."""
    task, before, skip = "", 0, False
    flags: set[str] = set()
    valued: set[str] = set()
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif not task and word.removeprefix(_PREFIX) in table:
            task = word.removeprefix(_PREFIX)
            arguments = arguments_of(task, table)
            if arguments[-1:] != ["command"]:
                return None
            before = len(arguments) - 1
            flags = {"--dry", *(one.text for one in table[task] if one.kind == "flag")}
            valued = {one.text for one in table[task] if one.kind == "value"}
        elif word.partition("=")[0] in (*(ANYWHERE if task else _BEFORE_A_TASK), *valued):
            skip = word in (*_WITH_VALUE, *valued)
        elif word in flags:
            continue
        elif task and before == 0 and (word == "--" or not word.startswith("-")):
            return at, flags
        elif word.startswith("-"):
            return None
        elif task:
            before -= 1
    return None


def quoted_command(argv: Sequence[str], begin: str, flags: Collection[str]) -> str:
    """Return Invoke's words with the command in quotes; empty if it needs no quotes.

    Args:
        argv: Invoke's command line.
        begin: The first word of the command, or all of it.
        flags: The flags that may follow it.
    """
    at = len(argv) - 1 - argv[::-1].index(begin) if begin in argv else len(argv)
    follow = argv[at + 1 :]
    # A word with a dot in it may be another task.
    of_invoke = bool(follow) and (follow[0] in flags or re.fullmatch(r"[a-z-]+\.[a-z-]+", follow[0]))
    if not follow or of_invoke or len(begin.split()) > 1:
        return ""
    return shlex.join((*argv[1:at], shlex.join(argv[at:])))
