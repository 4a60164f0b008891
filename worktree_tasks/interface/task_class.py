"""The class of our tasks: Invoke's, but no word of a command line is silently ignored."""

from __future__ import annotations

import atexit
import gc
import inspect
from copy import copy
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task

from ..errors import BadUse, WorktreeTasksError, print_by_invoke
from .command_spelling import BINARY, Dialect, use_dialect
from .flag_misuse import called_as, program_of, refuse_ignored_words_of
from .flags import ON
from .output.printing import put_in_words
from .session import Session
from .target_host import host_and_name
from .task_arguments import CommandArgument, StrictArgument, UndecidedArgument, with_texts
from .task_order import keep_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType
    from typing import Self

    from invoke.parser.argument import Argument
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

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Return a copy: Invoke makes many of them, which takes 7 ms the usual way."""
        made = copy(self)
        made.pre, made.post = list(self.pre), list(self.post)
        made.positional, made.help = list(self.positional), dict(self.help)
        return made

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return the arguments, which are strict about their values."""
        frame = inspect.currentframe()
        keep_order(frame.f_back if frame else None, OurTask)
        arguments = super().get_arguments(ignore_unknown_help)
        kinds = {"command": CommandArgument, "follow": UndecidedArgument}
        return [kinds.get(str(one.name), StrictArgument).like(one) for one in arguments]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, D102 - Invoke's own
        try:
            if args and isinstance(args[0], Context):
                frame = inspect.currentframe()
                args, kwargs = self._checked(args, kwargs, frame.f_back if frame else None)
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

    def _checked(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], caller: FrameType | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments as its body takes them."""
        program, direct = program_of(caller)
        if program and program.binary != BINARY:
            use_dialect(_dialect_of(program))
        given = inspect.signature(self.body).bind(*args, **kwargs)
        with Session(args[0], json=bool(given.arguments.get("json"))) as session:
            with_texts(given)
            if program and direct:
                refuse_ignored_words_of(program, OurTask)
                # Before a process ends, Python looks at all objects once more: 25 of the 190 ms of a list.
                atexit.register(gc.freeze)
            if session.dry and not self.dry_run:
                raise BadUse(
                    f"{self.name} has no dry run, but --dry or the setting run.dry asks for one",
                    "nothing was done; run it without",
                    kind="no-dry-run",
                )
        return given.args, given.kwargs


def typed_name(one: Task[Any]) -> str:
    """Return a task's own name as it is typed."""
    return str(one.name).replace("_", "-")


def _dialect_of(program: Program) -> Dialect:
    """Return how our tasks are typed for Invoke's program: a project may rename them."""
    tasks = program.collection
    # A project may have several of our collections: texts name the tasks of the one that was called.
    called = {str(one.name).rpartition(".")[0] for one in program.tasks}
    ours = [name for name in tasks.task_names if isinstance(tasks[name], OurTask)]
    ours.sort(key=lambda name: name.rpartition(".")[0] in called)
    names = {typed_name(tasks[name]): name for name in ours}
    return Dialect(inv=called_as(program), names=names)


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
