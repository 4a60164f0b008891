"""Errors for a command line of the program that Invoke cannot parse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..configuration.naming import did_you_mean
from ..errors import BadUse
from .command_spelling import BINARY
from .help_text import flags_of, may_lack_name, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke.exceptions import ParseError

    from .task_table import Word

__all__ = ["unreadable"]


def unreadable(error: ParseError, table: Mapping[str, Sequence[Word]]) -> BadUse:
    """Return the error for words that Invoke cannot parse: what the task takes, or which tasks exist.

    Args:
        error: Invoke's error.
        table: The words of each task.
    """
    message = str(error).rstrip("!")
    # Only Invoke's message has the word that it stopped at, the flag, and the missing arguments.
    stopped = re.fullmatch(r"No idea what '(.*)' is", message)
    word = stopped[1] if stopped else ""
    lacking = re.match(r"Flag (?:<Argument: )?-*([\w-]+).* needed value", message)
    task = str(getattr(error.context, "name", None))
    if lacking:
        value = lacking[1].upper()
        return BadUse(
            f"--{lacking[1]} needs a value", f"write it as --{lacking[1]} {value}", kind="not-understood"
        )
    if task not in table:
        return _unknown_word(word, message, table)
    from ..configuration.formatting import spoken_choice  # noqa: PLC0415 - no other command line needs it

    more = f"{BINARY} --help {task} describes them"
    missing = re.findall(r"'([^']*)'", message.partition("arguments: ")[2])
    outside = (
        ", since this is not a worktree" if missing[:1] == ["name"] and may_lack_name(task, table) else ""
    )
    what = f"{task} needs {spoken_choice(missing, 'and').upper()}{outside}" if missing else message
    what = f"{task} takes no further argument, but got {word!r}" if word else what
    return BadUse(what, f"{BINARY} {words_of(task, table)}, then flags; {more}", kind="not-understood")


def _unknown_word(word: str, message: str, table: Mapping[str, Sequence[Word]]) -> BadUse:
    """Return the error for a word in the place of a task."""
    hint = f"{BINARY} --help shows all tasks"
    if not word:
        return BadUse(message, hint, kind="not-understood")
    if any(word in flags_of(task, table) for task in table):
        hint = f"write it after the task: {BINARY} TASK {word}"
        return BadUse(f"{word} is a flag of a task", hint, kind="not-understood")
    kind = "flag" if word.startswith("-") else "task"
    hint = (kind == "task" and did_you_mean(word, table)) or hint
    return BadUse(f"there is no {kind} {word!r}", hint, kind="not-understood")
