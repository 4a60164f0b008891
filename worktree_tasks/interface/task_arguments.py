"""The arguments of our tasks: Invoke's, but they refuse values that are surely mistakes."""

from __future__ import annotations

import inspect
import os
from copy import copy
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit
from invoke.parser.argument import Argument

from ..errors import BadUse
from .command_line import HELP, quoted_command
from .command_spelling import BINARY
from .flag_misuse import EARLY, called_as, program_of, task_being_read
from .help_text import flags_of
from .task_table import read_table

if TYPE_CHECKING:
    from types import FrameType
    from typing import Self

    from invoke.program import Program

__all__ = ["CommandArgument", "StrictArgument", "UndecidedArgument", "with_texts"]


def with_texts(given: inspect.BoundArguments) -> None:
    """Turn paths and numbers that a Python call gives for texts into what the command line would give.

    Args:
        given: The task's arguments, which are changed.

    Raises:
        BadUse: One is something else.
    """
    for name, value in given.arguments.items():
        kind = given.signature.parameters[name].annotation
        if kind not in ("str", "str | None") or (value is None and kind != "str"):
            continue
        text = str(value) if type(value) in (int, float) else value
        try:
            given.arguments[name] = os.fsdecode(text)
            possible = b"\0" not in os.fsencode(text)
        except (TypeError, UnicodeEncodeError):
            possible = False
        if not possible:
            raise BadUse(f"{name} {value!r} cannot be used", "it has to be text", kind="bad-value")


def _show_help(frame: FrameType | None) -> None:
    """Show the help of the task that is being read if it is requested where Invoke expects a value.

    Raises:
        Exit: It was shown.
    """
    program, _ = program_of(frame)
    task = task_being_read(frame)
    # In `--name=--help` it is a value.
    if program and task and not {*HELP}.isdisjoint(program.argv):
        program.print_task_help(task)
        raise Exit


def _order(argument: Argument, frame: FrameType | None) -> str:
    """Return what helps if a flag is in the place of an argument's value."""
    if not argument.positional:
        return f"--{argument.names[0]} needs a value before the next flag"
    program, _ = program_of(frame)
    binary = called_as(program) if program else BINARY
    return f"names come first, then flags: {binary} --help {task_being_read(frame)} shows them".replace(
        "  ", " "
    )


class StrictArgument(Argument):
    """An argument that refuses values which are surely mistakes."""

    @classmethod
    def like(cls, other: Argument) -> StrictArgument:
        """Return an argument with the names and the kind of another."""
        options = "names", "kind", "default", "help", "positional", "optional", "incrementable", "attr_name"
        made = cls(**{name: getattr(other, name) for name in options})
        # With a list here, as Invoke has it, no parser misses the value of a flag that may be repeated.
        made.raw_value = None
        return made

    def __repr__(self) -> str:
        """Return what was typed: Invoke has this in its messages."""
        return f"--{self.names[0]}"

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Return a copy: Invoke makes one of each argument of all tasks, which takes 10 ms the usual way."""
        made = copy(self)
        made._value = list(self._value) if isinstance(self._value, list) else self._value  # noqa: SLF001 - its own
        return made

    def set_value(self, value: Any, cast: bool = True) -> None:  # noqa: ANN401 - as Invoke has it
        """Take a value from the command line.

        Raises:
            BadUse: It is empty, looks like a flag, or contradicts an earlier one.
            Exit: It asks for help, which was shown.
        """
        name = f"--{self.names[0]}"
        frame = inspect.currentframe()
        if value in HELP:
            _show_help(frame)
        if value == "" and self.default != "":
            # As from an unset variable. A positional argument is typed without its flag.
            empty = self.names[0].upper() if self.positional else name
            hint = "give it a value" if self.positional else "give it a value, or leave it out"
            raise BadUse(f"{empty} is empty", hint, kind="bad-flag")
        if isinstance(value, str) and value.startswith("-"):
            raise BadUse(
                f"{value!r} cannot be the value of {name}: it begins with a dash",
                f"{_order(self, frame)}; a path is ./-name",
                kind="bad-flag",
            )
        if self.kind is bool and self.raw_value not in (None, value):
            raise BadUse(
                f"{name} and --no-{self.names[0]} cannot be used together",
                "leave one of them out",
                kind="bad-flag",
            )
        super().set_value(value, cast)


class UndecidedArgument(StrictArgument):
    """A flag that is neither on nor off until it is given as `--NAME` or `--no-NAME`."""

    undecided = True

    @classmethod
    def like(cls, other: Argument) -> StrictArgument:
        """Return a flag with the names of another; Invoke has `--no-NAME` only for flags on by default."""
        made = super().like(other)
        made.kind, made.default = bool, True
        return made

    @property
    def value(self) -> Any:  # noqa: ANN401 - as Invoke has it
        """Whether it is on; None if it was not given."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self.set_value(value)


class CommandArgument(StrictArgument):
    """A command for a service, which Invoke takes as a single word."""

    def set_value(self, value: Any, cast: bool = True) -> None:  # noqa: ANN401 - as Invoke has it
        """Take the command.

        Raises:
            BadUse: It begins with a dash, or more words of it follow outside of quotes.
            Exit: It asks for help, which was shown.
        """
        frame = inspect.currentframe()
        if value in HELP:
            _show_help(frame)
        if isinstance(value, str) and value.startswith("-"):
            raise BadUse(
                f"{value!r} cannot be a command: it begins with a dash",
                "the command comes first, then its flags",
                kind="bad-flag",
            )
        program, _ = program_of(frame)
        if program and (quoted := quoted_command(program.argv, value, self._flags_of(program))):
            raise BadUse(
                f"{value} is one word, but more follow: inv takes a command in quotes",
                f"{called_as(program)} {quoted}",
                kind="not-quoted",
            )
        super().set_value(value, cast)

    @staticmethod
    def _flags_of(program: Program) -> set[str]:
        """Return the flags that may follow a command: its task's, and Invoke's long ones that act there."""
        table = read_table()
        core = {flag for flag in program.core[0].flags if flag.startswith("--")}
        core -= {f"--{name}" for name in EARLY}
        return core.union(*(flags_of(name, table) for name in ("run", "compose")))
