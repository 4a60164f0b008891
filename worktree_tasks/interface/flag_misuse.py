"""Refuses words of a command line that Invoke would read and ignore, before anything happens."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from invoke.executor import Executor
from invoke.parser.parser import ParseMachine
from invoke.program import Program

from ..errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from invoke.parser.context import ParserContext
    from invoke.tasks import Task

__all__ = ["EARLY", "called_as", "program_of", "refuse_ignored_words_of", "task_being_read"]

T = TypeVar("T")

# Flags that Invoke handles before it reads the tasks, and ignores after a task.
EARLY = (
    "collection", "debug", "print-completion-script", "project", "search-root", "version", "write-pyc",
)  # fmt: skip


def program_of(caller: FrameType | None) -> tuple[Program | None, bool]:
    """Return the Invoke program that runs a task, and whether the task is on the command line.

    Invoke passes a task only its own arguments, so the program is searched for among the callers. A task that
    a project's own task calls is not on the command line.

    Args:
        caller: The frame that calls the task.
    """
    direct = caller is not None and isinstance(caller.f_locals.get("self"), Executor)
    program = _nearest(Program, caller)
    return program, direct and program is not None


def task_being_read(caller: FrameType | None) -> str:
    """Return the task whose words Invoke's parser reads, as it is typed; empty if it reads none.

    Args:
        caller: The frame that gives a value to an argument.
    """
    parser = _nearest(ParseMachine, caller)
    return str(parser.context.name) if parser else ""


def _nearest(kind: type[T], caller: FrameType | None) -> T | None:
    """Return the first of a kind that a method among the callers belongs to."""
    while caller is not None:
        owner = caller.f_locals.get("self")
        if isinstance(owner, kind):
            return owner
        caller = caller.f_back
    return None


def called_as(program: Program) -> str:
    """Return the name by which Invoke's program was started; `inv` if it has none."""
    return "inv" if program.called_as in ("", "__main__.py") else str(program.called_as)


def refuse_ignored_words_of(program: Program, ours: type[Task[Any]]) -> None:
    """Refuse a command line if the program would ignore a part of it.

    Args:
        program: Invoke's program, with the words that it has read.
        ours: The class of our tasks.

    Raises:
        BadUse: A word would have no effect.
    """
    contexts = [one for one in program.tasks if isinstance(program.collection[one.name], ours)]
    _refuse_core(program, alone=len(contexts) == len(program.tasks))
    _refuse_values(program, contexts)
    _refuse_repeats(program, contexts)


def _refuse_core(program: Program, *, alone: bool) -> None:
    late = program.core_via_tasks.args
    for name in EARLY:
        if name in late and late[name].got_value:
            raise BadUse(
                f"--{name} has no effect after a task",
                f"write it first: --{name}, then the task",
                kind="word-ignored",
            )
    for core in (program.core[0].args, late):
        for name, argument in core.items():
            if argument.raw_value == "":
                raise BadUse(f"--{name} is empty", "give it a value, or leave it out", kind="bad-flag")
    config = program.args.config.value
    if config and not Path(config).is_file():
        raise BadUse(
            f"--config {config}: no such file", "give the path of a YAML or JSON file", kind="bad-flag"
        )
    if program.core.remainder and alone:
        raise BadUse(
            f"no task uses what follows --: {program.core.remainder}",
            "leave the -- out",
            kind="word-ignored",
        )


def _refuse_values(program: Program, ours: Sequence[ParserContext]) -> None:
    given = {flag for flag, equals, _ in (word.partition("=") for word in program.argv[1:]) if equals}
    for one in ours:
        without = {flag for flag, argument in one.flags.items() if not argument.takes_value}
        for flag in sorted(given & {*without, *one.inverse_flags}):
            raise BadUse(f"{flag} takes no value", f"write {flag} alone, or leave it out", kind="bad-flag")


def _refuse_repeats(program: Program, ours: Sequence[ParserContext]) -> None:
    times = Counter(word.partition("=")[0] for word in program.argv[1:])
    read = Counter(
        flag
        for one in program.tasks
        for flag, argument in one.flags.items()
        if argument.raw_value is not None
    )
    for flag, argument in chain.from_iterable(one.flags.items() for one in ours):
        if argument.takes_value and argument.kind is not list and times[flag] > max(1, read[flag]):
            raise BadUse(f"{flag} is given more than once", "give it once", kind="bad-flag")
