"""Handles a new name that may be a typo: reports it, or asks with single keys."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...configuration.name_resolution import MAIN
from ...configuration.shell_targets import Target
from ...configuration.typos import possible_typo
from ...errors import BadUse
from ...machine import completion_names
from ..command_spelling import typed
from ..output.prompts import ask_key, can_ask
from ..task_table import FUNCTIONS, OWN_FLAGS, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...configuration.shell_targets import KnownCheckouts
    from ...configuration.typos import PossibleTypo

__all__ = ["Cancelled", "marked", "settled", "task_told"]

_NEW, _CANCEL = "new", "cancel"
# The keys of the two answers, and those that people press to cancel.
_RESERVED = "ncq"


class Cancelled(Exception):
    """The user cancelled."""


def settled(
    target: Target, names: Sequence[str], known: KnownCheckouts, *, called: str, may_ask: bool
) -> Target:
    """Return the target for the name of a new worktree, asking the user if it may be a typo.

    Args:
        target: What the words resolve to as typed.
        names: The words.
        known: What is known on this machine.
        called: The function's name.
        may_ask: Whether a question may be asked, if there is a terminal.

    Raises:
        BadUse: The name is a task's, or may be a typo and there is no terminal to ask on.
        Cancelled: The user was asked, and cancelled.
    """
    if target.branch == MAIN and MAIN not in completion_names.all_branches(target.home):
        return Target(target.home)
    flags = _flags()
    tasks = {*read_table(), "help"}
    found = possible_typo(target, known, completion_names.all_branches, [*tasks, *flags])
    if found is None:
        return target
    if found.word in tasks:
        raise task_told(found.word, (), called, create=shlex.join(names))
    likely = [*found.targets, *(_command(word, flags, called) for word in found.words)]
    either = " or ".join(f"`{one}`" for one in likely)
    if not (may_ask and can_ask()):
        raise BadUse(
            f"{found.word!r} does not exist, but is similar to {either}: nothing was done",
            f"did you mean {' or '.join(likely)}? {called} {shlex.join(names)} --create creates it",
            kind="close-name",
        )
    answer = _chosen_name(found, f"`{found.word}` does not exist. Did you mean {either}?")
    return target if answer == _NEW else found.targets[answer]


def task_told(task: str, rest: Sequence[str], called: str, *, create: str = "") -> BadUse:
    """Return the error for a task's name in the place of a worktree's or a project's.

    Args:
        task: The task, or `help`.
        rest: The words after it.
        called: The function's name.
        create: The words that make a worktree of that name anyway; empty if none do.
    """
    if task == "help":
        command = f"{called} --help"
    else:
        takes = [one.text.upper() for one in read_table()[task] if one.kind == "argument"]
        command = " ".join([f"wt.{task}", *(map(shlex.quote, rest) if rest else takes)])
    more = f"; {called} {create} --create makes a worktree of that name" if create else ""
    return BadUse(f"{task!r} is a command, not a name", f"{command}{more}", kind="task-as-name")


def marked(names: Iterable[str]) -> dict[str, str]:
    """Return choices by key: a letter of each, or else a number."""
    found: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        letters = [letter for letter in name.lower() if letter.isascii() and letter.isalpha()]
        free = (letter for letter in letters if letter not in found and letter not in _RESERVED)
        found[next(free, str(number))] = name
    return found


def _chosen_name(found: PossibleTypo, question: str) -> str:
    """Ask with single keys; return the chosen name, or that the new one is right.

    Raises:
        Cancelled: The user chose neither.
    """
    choices = marked(found.targets)
    shown = [*(_shown(key, name) for key, name in choices.items()), "[n]ew", _CANCEL]
    key = ask_key(f"{question} {' / '.join(shown)} ").lower()
    answer = {**choices, "n": _NEW}.get(key)
    if answer is None:
        raise Cancelled
    return answer


def _shown(key: str, name: str) -> str:
    """Return a choice with its key in brackets."""
    at = name.lower().find(key)
    return f"[{key}] {name}" if at < 0 or key.isdigit() else f"{name[:at]}[{name[at]}]{name[at + 1 :]}"


def _flags() -> dict[str, str]:
    """Return the flags that `wt` takes, by their words without dashes."""
    table = read_table()
    words = (*(word for task in FUNCTIONS["wt"] for word in table[task]), *OWN_FLAGS["wt"])
    return {one.text.removeprefix("--"): one.text for one in words if one.kind in ("flag", "value")}


def _command(word: str, flags: dict[str, str], called: str) -> str:
    """Return how to type a task or a flag."""
    if word == "help":
        return f"{called} --help"
    if word in read_table():
        return typed(f"wt.{word}")
    return f"{called} NAME {flags[word]}"
