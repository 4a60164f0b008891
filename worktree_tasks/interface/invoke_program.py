"""The tasks as a program of their own, built on Invoke's."""

from __future__ import annotations

import inspect
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.exceptions import ParseError
from invoke.parser.argument import Argument
from invoke.program import Program

from .. import early_signals
from ..configuration.previous_checkout import names_checkout
from ..configuration.shell_targets import resolve_project
from ..errors import BadUse, WorktreeTasksError
from ..git import find_repository
from ..machine import known_projects
from . import command_spelling, help_text
from .command_line import arranged, with_name
from .command_spelling import BINARY
from .flag_misuse import refuse_ignored_words_of
from .invoke_config import DataConfig
from .output import standard_streams
from .output.printing import put_in_words, show_error
from .task_class import OurTask, typed_name
from .task_table import read_table
from .unknown_flags import misused_flag
from .unreadable_words import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from invoke.config import Config

__all__ = ["run_tasks"]

_DRY = "Change nothing: show what would be done, or refuse if that is unknown."
_WIDEST = 110

# Those of Invoke's own flags that apply here; the others are for commands that a `tasks.py` runs.
_CORE = ("config", "debug", "dry", "help", "list", "version")


class _Program(Program):
    """Also reads the project's `invoke.yaml`, which Invoke only looks for beside a `tasks.py`."""

    with_steps = False
    wants_document = False

    def print_help(self) -> None:
        """Show the tasks in groups."""
        from .collection import GROUPS, PROGRAM_TASKS, STEPS  # noqa: PLC0415 - loaded when the program runs

        more = [("For other programs", PROGRAM_TASKS), *([("Steps", STEPS)] if self.with_steps else [])]
        names = [(title, list(map(typed_name, tasks))) for title, tasks in [*GROUPS, *more]]
        hidden = 0 if self.with_steps else len(STEPS)
        lines = help_text.of_program(names, read_table(), _columns(), hidden=hidden)
        standard_streams.write_stdout("\n".join(lines))

    list_tasks = print_help

    def print_task_help(self, name: str) -> None:
        """Show a task's arguments and flags."""
        docstring = inspect.getdoc(self.collection[name]) or ""
        standard_streams.write_stdout("\n".join(help_text.of_task(name, docstring, read_table(), _columns())))

    def print_version(self) -> None:
        """Show the version."""
        standard_streams.write_stdout(f"{BINARY} {self.version}")

    def core_args(self) -> list[Argument]:
        """Return the program's own flags."""
        text = "Run in this project, by name or directory; wt.projects lists them."
        plain = Argument(names=("plain",), kind=bool, default=False, help="No colours and no animation.")
        return [*self._of_invoke(*_CORE), Argument(names=("project",), help=text), plain]

    def _of_invoke(self, *names: str) -> Iterator[Argument]:
        for one in super().core_args():
            if one.name in names or not names:
                one.help = _DRY if one.name == "dry" else one.help
                yield one

    def parse_core_args(self) -> None:
        """Read the program's own flags; add those that Invoke expects but we do not offer."""
        super().parse_core_args()
        for one in self._of_invoke():
            if one.name not in self.args:
                self.core[0].add_arg(one)

    def parse_core(self, argv: list[str] | None) -> None:
        """Change to the requested project.

        Raises:
            BadUse: A flag or the project is unknown.
        """
        with self._reading():
            super().parse_core(argv)
            if self.args.plain.value:
                standard_streams.be_plain()
            project = self.args.project.value
            if project:
                command_spelling.use_dialect(command_spelling.Dialect(project=project))
                _go_to_project(project)

    def parse_tasks(self) -> None:
        """Read the task and its flags.

        Raises:
            BadUse: They cannot be read.
        """
        with self._reading():
            if error := misused_flag(self.argv[1:], read_table()):
                raise error
            super().parse_tasks()

    def parse_cleanup(self) -> None:
        """Show the help or version if that was requested instead of a task.

        Raises:
            BadUse: There is more than one task, or nothing of that name to show.
        """
        with self._reading():
            refuse_ignored_words_of(self, OurTask)
            if isinstance(self.args.list.value, str):
                raise BadUse(
                    f"--list takes no value, but got {self.args.list.value!r}",
                    f"{BINARY} --list",
                    kind="bad-flag",
                )
            if len(self.tasks) > 1:
                both = " and ".join(str(one.name) for one in self.tasks)
                raise BadUse(
                    f"one task at a time, not {both}",
                    f"{BINARY} TASK, then another call",
                    kind="word-ignored",
                )
            super().parse_cleanup()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Report a command line that cannot be read as wrong use, in the requested format."""
        with self._errors_shown():
            try:
                yield
            except ParseError as error:
                raise unreadable(error, read_table()) from error
            except ValueError as error:
                raise BadUse(
                    f"a flag's value cannot be read: {error}", f"{BINARY} --help", kind="bad-flag"
                ) from error

    @contextmanager
    def _errors_shown(self) -> Iterator[None]:
        """Show an error in the requested format, and raise it again."""
        try:
            yield
        except WorktreeTasksError as error:
            if self.wants_document:
                show_error(error)
            put_in_words(error)
            raise

    def create_config(self) -> None:
        """Load the user's and the system's configuration.

        Raises:
            BadUse: It holds no settings.
        """
        with self._errors_shown():
            super().create_config()

    def update_config(self, merge: bool = True) -> None:
        """Load the main checkout's configuration: a branch has no say in what runs.

        Raises:
            BadUse: It holds no settings.
        """
        with self._errors_shown():
            super().update_config(merge=False)
            config: Config = self.config
            config.set_project_location(_main_checkout())
            config.load_project(merge=merge)


def _columns() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST)


def _go_to_project(name: str) -> None:
    try:
        project = resolve_project([name], known_projects.known(), function=f"{BINARY} --project")
        known_projects.go(project.main)
    except BadUse:
        # It may be the directory of a project that has no worktree yet.
        if not Path(name).is_dir():
            raise
        known_projects.go(name)
    except OSError as error:
        raise BadUse(
            f"--project {name}: {error.strerror}", "wt.projects forgets what is gone", kind="project-gone"
        ) from error


def _main_checkout() -> Path:
    try:
        return find_repository(Path.cwd()).main
    except (WorktreeTasksError, FileNotFoundError):
        # No repository, or a bare one without a main checkout: the task itself reports that.
        return Path("/")


def run_tasks(words: Sequence[str]) -> None:
    """Run the program on the command line's words, and exit.

    Raises:
        KeyboardInterrupt: Ctrl-C came before a task began, or after it ended.
    """
    from .. import __version__  # noqa: PLC0415 - the package imports this layer
    from .collection import program_collection  # noqa: PLC0415 - loaded when the program runs

    shown = [word for word in words if word != "--all"]
    steps = len(shown) < len(words) and set(shown) <= {"help", "--help", "-h", "--list", "-l"}
    program = _Program(
        name=BINARY,
        binary=BINARY,
        namespace=program_collection(),
        version=__version__,
        config_class=DataConfig,
    )
    program.with_steps = steps
    program.wants_document = early_signals.wants_document(words)
    named = with_name(
        words,
        read_table(),
        stands_in_one=lambda: known_projects.known().standing_in() is not None,
        is_name=lambda word: names_checkout(word, known_projects.known()),
    )
    try:
        program.run([BINARY, *arranged(shown if steps else named, read_table())])
    except SystemExit as end:
        # Outside a task, Invoke exits with the same code for Ctrl-C as for any failure.
        if isinstance(end.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
