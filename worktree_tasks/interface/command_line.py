"""The program's words in the order in which Invoke reads them, and errors for those it cannot parse."""

from __future__ import annotations

import re
import shlex
from itertools import islice
from typing import TYPE_CHECKING

from ..configuration.naming import did_you_mean, near
from ..errors import BadUse
from .command_spelling import BINARY
from .help_text import arguments_of, flags_of, may_lack_name, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from invoke.exceptions import ParseError

    from .task_table import Word

__all__ = ["arranged", "quoted_command", "unknown_flag", "unreadable", "with_name"]

# The program's own flags, which may also follow the task.
_ANYWHERE = ("--config", "-f", "--debug", "-d", "--dry", "-R", "--plain", "--project", "--version", "-V")
_WITH_VALUE = ("--config", "-f", "--project")
_HELP = ("-h", "--help")
_LIST = ("-l", "--list")
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
    left = iter(words[:until])
    for word in left:
        flag, equals, _ = word.partition("=")
        of_program = flag in _ANYWHERE
        (own if of_program else rest).append(word)
        if of_program and flag in _WITH_VALUE and not equals:
            own += islice(left, 1)
    if rest[:1] == ["help"]:
        rest[0] = "--help"
    at = _place_of_task(rest, table)
    rest[at : at + 1] = [word.removeprefix(_PREFIX) for word in rest[at : at + 1]]
    if any(word in _HELP for word in rest[at + 1 :]):
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
    at = _place_of_task(words, table)
    if at == len(words) or any(word in (*_HELP, "--project") for word in words):
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


def _place_of_task(words: Sequence[str], table: Mapping[str, Sequence[Word]]) -> int:
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
        elif word.partition("=")[0] in (*_ANYWHERE, *valued):
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


def unreadable(error: ParseError, table: Mapping[str, Sequence[Word]]) -> BadUse:
    """Return the error for words that Invoke cannot parse: what the task takes, or which tasks exist.

    Args:
        error: Invoke's error.
        table: The words of each task.
    """
    message = str(error).rstrip("!")
    task = str(getattr(error.context, "name", None))
    # Only Invoke's message has the word that it stopped at, and the missing ones.
    stopped = re.fullmatch(r"No idea what '(.*)' is", message)
    word = stopped[1] if stopped else ""
    if task not in table:
        kind = "flag" if word.startswith("-") else "task"
        what = f"there is no {kind} {word!r}" if word else message
        hint = (kind == "task" and did_you_mean(word, table)) or f"{BINARY} --help shows all tasks"
        return BadUse(what, hint, kind="not-understood")
    from ..configuration.formatting import spoken_choice  # noqa: PLC0415 - no other command line needs it

    more = f"{BINARY} --help {task} describes them"
    missing = re.findall(r"'([^']*)'", message.partition("arguments: ")[2])
    outside = (
        ", since this is not a worktree" if missing[:1] == ["name"] and may_lack_name(task, table) else ""
    )
    what = f"{task} needs {spoken_choice(missing, 'and').upper()}{outside}" if missing else message
    what = f"{task} takes no further argument, but got {word!r}" if word else what
    return BadUse(what, f"{BINARY} {words_of(task, table)}, then flags; {more}", kind="not-understood")


def unknown_flag(words: Sequence[str], table: Mapping[str, Sequence[Word]]) -> BadUse | None:
    """Return the error for the first unknown flag of a task: Invoke would take it for a missing name.

    Args:
        words: The words of the command line, as `arranged` returns them.
        table: The words of each task.
    """
    at = _place_of_task(words, table)
    if at == len(words):
        return None
    task = words[at].removeprefix(_PREFIX)
    flags = flags_of(task, table)
    # Invoke also takes arguments as flags, which is how the shell functions pass them.
    valued = {f"--{one.text.removeprefix('--')}" for one in table[task] if one.kind in ("argument", "value")}
    negated = (flag.replace("--no-", "--", 1) for flag in flags)
    known = {*flags, *valued, *negated, *_ANYWHERE, *_HELP, *_LIST}
    with_command = "command" in arguments_of(task, table)
    left = iter(words[at + 1 :])
    for word in left:
        flag, equals, _ = word.partition("=")
        if word == "--" or (with_command and not word.startswith("-")):
            # From here on, flags belong to the command.
            return None
        if flag in known:
            if flag in valued and not equals:
                next(left, None)
        elif word.startswith("--"):
            suggestions = " or ".join(f"--{one}" for one in near(flag[2:], [one[2:] for one in flags]))
            did = suggestions and f"did you mean {suggestions}? "
            hint = f"{did}it has {', '.join(flags)}; {BINARY} --help {task} describes them"
            return BadUse(f"{task} has no flag {flag}", hint, kind="not-understood")
    return None
