"""Errors for flags of a task that Invoke would take for a name, or ignore."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..configuration.naming import near
from ..errors import BadUse
from .command_line import ANYWHERE, HELP, LIST, place_of_task
from .command_spelling import BINARY
from .help_text import arguments_of, flags_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .task_table import Word

__all__ = ["misused_flag"]

_REPEATABLE = "repeatable"


def misused_flag(words: Sequence[str], table: Mapping[str, Sequence[Word]]) -> BadUse | None:
    """Return the error for a task's first flag that it does not have, or not in this form.

    Invoke would take such a flag for a missing name, and its value for a further argument.

    Args:
        words: The words of the command line, as `arranged` returns them.
        table: The words of each task.
    """
    at = place_of_task(words, table)
    if at == len(words):
        return None
    task = words[at]
    row = table[task]
    # Invoke also takes arguments as flags, which is how the shell functions pass them.
    valued = {f"--{one.text.removeprefix('--')}" for one in row if one.kind in ("argument", "value")}
    once = valued - {one.text for one in row if _REPEATABLE in one.description}
    negated = (flag.replace("--no-", "--", 1) for flag in flags_of(task, table))
    known = {*flags_of(task, table), *valued, *negated, *ANYWHERE, *HELP, *LIST}
    seen: set[str] = set()
    for flag, equals in _flags(words[at + 1 :], valued, "command" in arguments_of(task, table)):
        if flag not in known:
            return _unknown_flag(flag, task, table)
        if equals and flag not in {*valued, *ANYWHERE, *HELP, *LIST}:
            return BadUse(f"{flag} takes no value", f"write {flag} alone, or leave it out", kind="bad-flag")
        if flag in seen & once:
            return BadUse(f"{flag} is given more than once", "give it once", kind="bad-flag")
        seen.add(flag)
    return None


def _flags(words: Sequence[str], valued: set[str], with_command: bool) -> Iterator[tuple[str, bool]]:
    """Yield each flag among a task's words, and whether a value follows it after `=`."""
    left = iter(words)
    for word in left:
        flag, equals, _ = word.partition("=")
        if word == "--" or (with_command and not word.startswith("--")):
            # From here on, flags belong to the command.
            return
        if flag.startswith("-") and flag != "-":
            yield flag, bool(equals)
            if flag in valued and not equals:
                next(left, None)


def _unknown_flag(flag: str, task: str, table: Mapping[str, Sequence[Word]]) -> BadUse:
    """Return the error for a flag that a task does not have, with those it has."""
    flags = flags_of(task, table)
    letter = re.fullmatch(r"-(\w)", flag)
    similar = [one for one in flags if one.startswith(f"--{letter[1]}")] if letter else []
    similar = similar or [
        f"--{one}" for one in near(flag.strip("-"), [one[2:] for one in (*flags, *HELP[1:])])
    ]
    did = f"did you mean {' or '.join(similar)}? " if similar else ""
    has = f"it has {', '.join(flags)}; " if flags else ""
    hint = f"{did}{has}{BINARY} --help {task} describes {'them' if flags else 'what it takes'}"
    return BadUse(f"{task} has no flag {flag}", hint, kind="not-understood")
