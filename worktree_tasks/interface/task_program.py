"""The tasks as a program of their own, on Invoke's."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.config import Config
from invoke.exceptions import ParseError
from invoke.parser.argument import Argument
from invoke.program import Program

from .. import register
from ..configuration.whereabouts import Unclear, aim_at_home
from ..errors import BadUse, WorktreeTasksError
from ..repository import find_repository

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["run_tasks"]

_BINARY = "worktree-tasks"


class _Data(Config):
    """Reads YAML and JSON, and no Python: a repository that one looks into runs no code here."""

    def _load_py(self, path: str) -> dict[str, Any]:
        if path == self._runtime_path:
            raise BadUse(f"--config {path} is Python, which the program does not run", "write it as YAML")
        raise FileNotFoundError(errno.ENOENT, "not looked at", path)


class _Program(Program):
    """Reads the project's `invoke.yaml` too, which Invoke looks for beside a `tasks.py` only."""

    def core_args(self) -> Any:  # noqa: ANN401 - Invoke's own type is a list of what it exports untyped
        """Add the project to Invoke's own flags."""
        text = "Run in this project, by name or directory; wt.projects lists them."
        return [*super().core_args(), Argument(names=("project",), help=text)]

    def parse_core(self, argv: list[str] | None) -> None:
        """Go to the project that was asked for.

        Raises:
            BadUse: A flag or the project is unknown.
        """
        try:
            super().parse_core(argv)
        except ParseError as error:
            raise _unreadable(error) from error
        if self.args.project.value:
            _go_to_project(self.args.project.value)

    def parse_tasks(self) -> None:
        """Read the task and its flags.

        Raises:
            BadUse: They cannot be read.
        """
        try:
            super().parse_tasks()
        except ParseError as error:
            raise _unreadable(error) from error

    def update_config(self, merge: bool = True) -> None:
        """Load the main checkout's configuration: a branch has no say in what runs."""
        super().update_config(merge=False)
        config: Config = self.config
        config.set_project_location(_main_checkout())
        config.load_project(merge=merge)


def _go_to_project(name: str) -> None:
    try:
        os.chdir(aim_at_home([name], register.known(), function=f"{_BINARY} --project").main)
    except Unclear as error:
        # The directory of one that has no worktree yet.
        if not Path(name).is_dir():
            raise BadUse(error.what, error.hint) from error
        os.chdir(name)
    except OSError as error:
        raise BadUse(f"--project {name}: {error.strerror}", "wt.projects forgets what is gone") from error


def _unreadable(error: ParseError) -> BadUse:
    context = getattr(error, "context", None)
    task = getattr(context, "name", None)
    return BadUse(
        str(error).rstrip("!"),
        f"{_BINARY} --help {task} tells what it takes" if task else f"{_BINARY} --list shows the tasks",
    )


def _main_checkout() -> Path:
    try:
        return find_repository(Path.cwd()).main
    except (WorktreeTasksError, FileNotFoundError):
        # No repository, or a bare one without a main checkout: the task itself says so.
        return Path("/")


def _asked_for_help(words: Sequence[str], tasks: Collection[str]) -> list[str]:
    """Put `--help` before the task that it follows: behind it, Invoke takes it for the worktree's name."""
    at = next((number for number, word in enumerate(words) if word in tasks), len(words))
    if at and words[at - 1] == "--project":
        return [*words[: at + 1], *_asked_for_help(words[at + 1 :], tasks)]
    if any(word in ("-h", "--help") for word in words[at + 1 :]):
        return [*words[:at], "--help", words[at]]
    return list(words)


def run_tasks(words: Sequence[str]) -> None:
    """Run the program on the command line's words, and exit."""
    from .. import __version__  # noqa: PLC0415 - the package imports this layer
    from .collection import ns  # noqa: PLC0415 - loaded when the program runs

    program = _Program(name=_BINARY, binary=_BINARY, namespace=ns, version=__version__, config_class=_Data)
    program.run([_BINARY, *_asked_for_help(words, ns.task_names)])
