"""The class of our tasks: Invoke's, but no word of a command line is silently ignored."""

from __future__ import annotations

import inspect
from copy import copy
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.parser.argument import Argument
from invoke.tasks import Task

from ..errors import BadUse, WorktreeTasksError, print_by_invoke
from .command_line import quoted_command
from .command_spelling import BINARY, Dialect, use_dialect
from .flag_misuse import EARLY, program_of, refuse_ignored_words_of
from .flags import ON
from .help_text import flags_of
from .output.printing import put_in_words
from .session import Session
from .target_host import host_and_name
from .task_order import keep_order
from .task_table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import Self

    from invoke.program import Program

__all__ = ["OurTask", "task", "typed_name"]

print_by_invoke(Exit)


class OurTask(Task[Any]):
    """A task that refuses what it cannot do as requested.

    Args:
        body: The function.
        dry_run: Whether it runs under Invoke's `--dry`, changing nothing; any other task refuses.
        hosts: Whether it also runs on other machines, by a flag `--on` that its body does not see.
        options: Those of Invoke's tasks.
    """

    def __init__(
        self,
        body: Callable[..., Any],
        *,
        dry_run: bool = False,
        hosts: bool = False,
        help: Mapping[str, str] | None = None,  # noqa: A002 - Invoke's own
        **options: Any,  # noqa: ANN401 - Invoke's own
    ) -> None:
        if hosts:
            signature = inspect.signature(body)
            on = inspect.Parameter(
                "on", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None"
            )
            body.__signature__ = signature.replace(parameters=[*signature.parameters.values(), on])  # type: ignore[attr-defined]  # what inspect reads
            options["help"] = {**(help or {}), **ON}
        else:
            options["help"] = help
        self.hosts = hosts
        # A generated short flag would hide Invoke's: -h was --hooks, and -d --database.
        super().__init__(body, auto_shortflags=False, **options)
        self.dry_run = dry_run

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return the arguments, which are strict about their values."""
        frame = inspect.currentframe()
        keep_order(frame.f_back if frame else None, OurTask)
        arguments = super().get_arguments(ignore_unknown_help)
        kinds = {"command": _Command, "follow": _Undecided}
        return [kinds.get(str(one.name), _Strict).like(one) for one in arguments]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, D102 - Invoke's own
        try:
            if args and isinstance(args[0], Context):
                frame = inspect.currentframe()
                self._check(args, kwargs, frame.f_back if frame else None)
                if self.hosts:
                    return self._wherever(args, kwargs)
            return super().__call__(*args, **kwargs)
        except WorktreeTasksError as error:
            put_in_words(error)
            raise

    def _wherever(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401 - as the task has it
        """Run it on the given machine; on this one if none was given."""
        given = inspect.signature(self.body).bind(*args, **kwargs)
        on = given.arguments.pop("on", None)
        with Session(args[0], json=bool(given.arguments.get("json"))) as session:
            host, name = host_and_name(args[0], on, given.arguments.get("name"), session)
        if host is None:
            return super().__call__(*given.args, **given.kwargs)
        given.arguments |= {"name": name} if name else {}
        from .remote_tasks import carry_out  # noqa: PLC0415 - most tasks run here

        return carry_out(self, args[0], host, given)

    def _check(self, args: tuple[Any, ...], kwargs: dict[str, Any], caller: FrameType | None) -> None:
        program, direct = program_of(caller)
        if program and program.binary != BINARY:
            use_dialect(_dialect_of(program))
        json = bool(inspect.signature(self.body).bind_partial(*args, **kwargs).arguments.get("json"))
        with Session(args[0], json=json) as session:
            if program and direct:
                refuse_ignored_words_of(program, OurTask)
            if session.dry and not self.dry_run:
                raise BadUse(
                    f"{self.name} has no dry run, but --dry or the setting run.dry asks for one",
                    "nothing was done; run it without",
                    kind="no-dry-run",
                )


def typed_name(one: Task[Any]) -> str:
    """Return a task's own name as it is typed."""
    return str(one.name).replace("_", "-")


def _dialect_of(program: Program) -> Dialect:
    """Return how our tasks are typed for Invoke's program: a project may rename them."""
    tasks = program.collection
    names = {typed_name(tasks[name]): name for name in tasks.task_names if isinstance(tasks[name], OurTask)}
    started = program.called_as
    return Dialect(inv="inv" if started in ("", "__main__.py") else started, names=names)


def task(
    *,
    dry_run: bool = False,
    hosts: bool = False,
    **options: Any,  # noqa: ANN401 - Invoke's own
) -> Callable[[Callable[..., Any]], Any]:
    """Turn a function into a task, with the options of Invoke's tasks.

    Args:
        dry_run: Whether it runs under Invoke's `--dry`, changing nothing; any other task refuses.
        hosts: Whether it also runs on other machines.
        options: Those of Invoke's tasks.
    """
    return lambda body: OurTask(body, dry_run=dry_run, hosts=hosts, **options)


class _Strict(Argument):
    """An argument that refuses values which are surely mistakes."""

    @classmethod
    def like(cls, other: Argument) -> _Strict:
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
        """
        name = f"--{self.names[0]}"
        if value == "" and self.default != "":
            raise BadUse(f"{name} is empty", "give it a value, or leave it out", kind="bad-flag")
        if isinstance(value, str) and value.startswith("-"):
            raise BadUse(
                f"{value!r} cannot be the value of {name}: it begins with a dash",
                "names come first, then flags, as --help TASK shows; a path is ./-name",
                kind="bad-flag",
            )
        if self.kind is bool and self.raw_value not in (None, value):
            raise BadUse(
                f"{name} and --no-{self.names[0]} cannot be used together",
                "leave one of them out",
                kind="bad-flag",
            )
        super().set_value(value, cast)


class _Undecided(_Strict):
    """A flag that is neither on nor off until it is given as `--NAME` or `--no-NAME`."""

    undecided = True

    @classmethod
    def like(cls, other: Argument) -> _Strict:
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


class _Command(_Strict):
    """A command for a service, which Invoke takes as a single word."""

    def set_value(self, value: Any, cast: bool = True) -> None:  # noqa: ANN401 - as Invoke has it
        """Take the command.

        Raises:
            BadUse: It begins with a dash, or more words of it follow outside of quotes.
        """
        if isinstance(value, str) and value.startswith("-"):
            raise BadUse(
                f"{value!r} cannot be a command: it begins with a dash",
                "the command comes first, then its flags",
                kind="bad-flag",
            )
        frame = inspect.currentframe()
        program, _ = program_of(frame.f_back if frame else None)
        if program and (quoted := quoted_command(program.argv, value, self._flags_of(program))):
            raise BadUse(
                f"{value} is one word, but more follow: inv takes a command in quotes",
                f"{_dialect_of(program).inv} {quoted}",
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
