"""One run of a task: its project, opened on first use, and its errors in the requested format."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .. import early_signals, interruption
from ..errors import BadUse, Failure, Unexpected, WorktreeTasksError
from ..lazy_modules import later
from ..lazy_values import once
from ..machine.known_projects import expanded
from ..quick_dataclasses import replace
from .command_spelling import typed
from .output import sentences, standard_streams
from .output.json_or_text import TaskOutput
from .output.printing import hear, interrupted, warn_at_once
from .output.terminal_progress import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from invoke.context import Context

    from ..configuration.settings import Settings
    from ..git import Repository
    from ..orchestration.steps.project import Project
    from ..store import Store
    from .output import prompts
else:
    # Few tasks ask.
    (prompts,) = later(__package__, ".output.prompts")

__all__ = ["Session"]


class Session(TaskOutput):
    """What a task needs from start to end.

    Args:
        c: The context of the running task; None if Invoke is not loaded.
        json: Whether to print one JSON document in place of text.
        hooks: Whether the project's hooks and git's run.
        quiet: Whether stderr gets errors only.
        verbose: Whether stderr gets the output of the programs that the task runs.
    """

    def __init__(
        self, c: Context | None, *, json: bool, hooks: bool = True, quiet: bool = False, verbose: bool = False
    ) -> None:
        self._context = c
        super().__init__(json=json)
        self._hooks = hooks
        self._quiet = quiet
        if any(map(standard_streams.is_terminal, (sys.stdout, sys.stderr))):
            # An invalid setting is reported where the task needs it.
            with suppress(BadUse):
                standard_streams.be_plain(plain=standard_streams.is_plain() or self.settings().plain)
        self.progress = Terminal(quiet=quiet, verbose=verbose)
        self._opened = ExitStack()
        self._project: Project | None = None
        # Set if the repository was found already.
        self._repository: Repository | None = None

    def __enter__(self) -> Self:
        standard_streams.tolerate()
        self._opened.enter_context(interruption.heard(self._again))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raised = error
        if isinstance(error, KeyboardInterrupt):
            early_signals.handled()
            raised = interrupted(error)
        with self._opened:
            failure = raised
            if isinstance(raised, Exception) and not isinstance(raised, WorktreeTasksError.__bases__):
                failure = Unexpected(raised)
            if isinstance(failure, WorktreeTasksError):
                self.mask(failure)
                self.show_error(failure)
        if raised is not None and raised is not error:
            raise raised from None

    def limit(self, seconds: float | None) -> None:
        """Limit the task's time from now on; None for no limit."""
        if seconds is not None:
            self._opened.enter_context(interruption.limited(seconds))

    def tell_events(self) -> None:
        """Report steps on stderr as events, in place of text.

        Raises:
            BadUse: No JSON document is wanted, so text would be mixed with the events.
        """
        if not self._json:
            raise BadUse("--events needs --json", "add --json", kind="bad-flag")
        from .output.json_events import Events  # noqa: PLC0415 - rarely wanted

        self.progress = Events()

    def mask(self, error: WorktreeTasksError) -> None:
        """Mask main's secrets in an error; if its env files cannot be read, no secret was used."""
        if self._project:
            with suppress(WorktreeTasksError):
                error.rewrite(self._project.masked)

    def _again(self) -> None:
        if not self._quiet:
            warn_at_once(sentences.INTERRUPTED_ALREADY)

    @property
    def dry(self) -> bool:
        """Whether this is a dry run, which must change nothing."""
        from .settings_from_invoke import is_dry_run  # noqa: PLC0415 - it loads Invoke

        return self._context is not None and is_dry_run(self._context)

    def settings(self) -> Settings:
        """Return the project's settings."""
        from .settings_from_invoke import ns, settings_of  # noqa: PLC0415 - it loads Invoke

        assert self._context is not None  # noqa: S101 - where Invoke is not loaded, this is another method
        return settings_of(self._context, ns)

    def _with_hooks(self, settings: Settings, main: Path) -> Settings:
        if not self._hooks or self._context is None:
            # Without Invoke there are no hooks to run, or they are not wanted.
            return replace(settings, hooks={})
        from .settings_from_invoke import hooks_of, ns  # noqa: PLC0415 - it loads Invoke

        return replace(settings, hooks=hooks_of(self._context, ns, main))

    @once
    def store(self) -> Store:
        """The user's state store.

        Raises:
            Failure: It cannot be used.
        """
        from ..store import open_store  # noqa: PLC0415 - loaded when a task runs, not with tasks.py

        return self._opened.enter_context(closing(open_store()))

    @once
    def project(self) -> Project:
        """The project that the task runs in.

        Raises:
            Failure: This directory is in no git repository.
        """
        return self._open_project(lambda: self.store)

    @once
    def untouched_project(self) -> Project:
        """The project on a copy of the state, for tasks that must change nothing.

        Raises:
            Failure: This directory is in no git repository.
        """
        from ..store import open_copy  # noqa: PLC0415 - loaded when a task runs, not with tasks.py

        return self._open_project(open_copy)

    def project_on(self, store: Store) -> Project:
        """Return the project that the task runs in, on a given store, which is closed when the task ends.

        Raises:
            Failure: This directory is in no git repository.
        """
        self._opened.callback(store.close)
        return self._open_project(lambda: store)

    def _open_project(self, store: Callable[[], Store]) -> Project:
        from ..git import find_repository  # noqa: PLC0415
        from ..orchestration.runtimes.runtime_table import load  # noqa: PLC0415
        from ..orchestration.steps.project import Project  # noqa: PLC0415 - loaded when a task runs, not with tasks.py

        settings = self.settings()
        main = expanded(settings.main) if settings.main else None
        repository = self._repository or find_repository(_current_directory(), main=main)
        settings = self._with_hooks(settings, repository.main)
        project = self._project = Project(
            repository, settings, store(), self.progress, runtimes=load, git_hooks=self._hooks
        )
        self._opened.callback(project.close)
        return project

    def agreed(self, question: str, *, flag: str) -> bool:
        """Ask on the terminal whether to continue.

        Raises:
            BadUse: There is no terminal, or only a document is wanted; the flag answers instead.
        """
        if self._json or not prompts.can_ask():
            hear((), question=question)
            hint = f"pass {flag} to skip the question"
            raise BadUse("nothing was done: confirmation needs a terminal", hint, kind="answer-needed")
        return prompts.ask(question)

    def trusted(self, lines: Sequence[str]) -> bool:
        """Ask on the terminal whether to open a branch that asks for more access; without one, refuse."""
        may_ask = not self._json and prompts.can_ask()
        return may_ask and prompts.ask_about([*map(typed, lines)], "Make it anyway?")


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise Failure(
            f"the current directory cannot be used: {error.strerror}",
            "it may have been removed: cd to another, or use worktree-tasks --project NAME",
            kind="directory-gone",
        ) from error
