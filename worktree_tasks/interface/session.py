"""One run of a task: its project, opened when it is asked for, and its errors as they were asked for."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from .. import interruption
from ..errors import BadUse, Failure, WorktreeTasksError
from ..machine.register import expanded
from ..once import once
from .dialect import typed
from .output import documents, streams, words
from .output.printing import (
    ask,
    ask_about,
    can_ask,
    interrupted,
    show_document,
    show_error,
    show_lines,
    warn_at_once,
)
from .output.progress import Terminal
from .output.streams import Unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from invoke.context import Context

    from ..configuration.results import Worktree
    from ..configuration.settings import Settings
    from ..git import Repository
    from ..orchestration.steps.project import Project
    from ..store import Store
    from .output.documents import Document

__all__ = ["Session"]


class Session:
    """What a task needs from its first line to its last.

    Args:
        c: The context of the running task; None where Invoke is not loaded.
        json: Whether one document is printed in place of words.
        hooks: Whether the project's hooks run, and git's.
        quiet: Whether stderr gets errors only.
        verbose: Whether stderr gets what the programs say that it runs.
    """

    def __init__(
        self, c: Context | None, *, json: bool, hooks: bool = True, quiet: bool = False, verbose: bool = False
    ) -> None:
        self._context = c
        self._json = json
        self._hooks = hooks
        self._quiet = quiet
        if any(map(streams.is_terminal, (sys.stdout, sys.stderr))):
            # A setting that cannot be used is told where the task needs it.
            with suppress(BadUse):
                streams.be_plain(plain=streams.is_plain() or self.settings().plain)
        self.progress = Terminal(quiet=quiet, verbose=verbose)
        self._opened = ExitStack()
        self._project: Project | None = None
        # Where it was found already.
        self._repository: Repository | None = None

    def __enter__(self) -> Self:
        streams.tolerate()
        self._opened.enter_context(interruption.heard(self._again))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        told = interrupted(error) if isinstance(error, KeyboardInterrupt) else error
        with self._opened:
            if isinstance(told, WorktreeTasksError):
                self.mask(told)
                if self._json:
                    show_error(told)
        if told is not None and told is not error:
            raise told from None

    def mask(self, error: WorktreeTasksError) -> None:
        """Take main's secrets out of an error; where its env files cannot be read, nobody was told any."""
        if self._project:
            with suppress(WorktreeTasksError):
                error.rewrite(self._project.masked)

    def _again(self) -> None:
        if not self._quiet:
            warn_at_once(words.INTERRUPTED_ALREADY)

    @property
    def dry(self) -> bool:
        """Whether nothing may be changed."""
        from .settings import is_dry_run  # noqa: PLC0415 - it loads Invoke

        return self._context is not None and is_dry_run(self._context)

    def settings(self) -> Settings:
        """Return what the project decided."""
        from .settings import ns, settings_of  # noqa: PLC0415 - it loads Invoke

        assert self._context is not None  # noqa: S101 - where Invoke is not loaded, this is another method
        return settings_of(self._context, ns)

    def _with_hooks(self, settings: Settings, main: Path) -> Settings:
        if not self._hooks or self._context is None:
            return replace(settings, hooks={})
        from .settings import hooks_of, ns  # noqa: PLC0415 - it loads Invoke

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
        """The project on a copy of the state, for what must not change a thing.

        Raises:
            Failure: This directory is in no git repository.
        """
        from ..store import open_copy  # noqa: PLC0415 - loaded when a task runs, not with tasks.py

        return self._open_project(open_copy)

    def project_on(self, store: Store) -> Project:
        """Return the project that the task runs in, on a store that was opened for it and ends with the task.

        Raises:
            Failure: This directory is in no git repository.
        """
        self._opened.callback(store.close)
        return self._open_project(lambda: store)

    def _open_project(self, store: Callable[[], Store]) -> Project:
        from ..git import find_repository  # noqa: PLC0415
        from ..orchestration.runtimes.table import load  # noqa: PLC0415
        from ..orchestration.steps.project import Project  # noqa: PLC0415 - loaded when a task runs, not with tasks.py

        settings = self.settings()
        main = expanded(settings.main) if settings.main else None
        repository = self._repository or find_repository(_here(), main=main)
        settings = self._with_hooks(settings, repository.main)
        project = self._project = Project(
            repository, settings, store(), self.progress, runtimes=load, git_hooks=self._hooks
        )
        self._opened.callback(project.close)
        return project

    def agreed(self, question: str, *, flag: str) -> bool:
        """Ask on the terminal whether to go on.

        Raises:
            BadUse: There is none, or only a document is wanted; the flag answers instead.
        """
        if self._json or not can_ask():
            raise BadUse(
                "nothing was done: nobody can be asked here",
                f"pass {flag} to go on without",
                kind="answer-needed",
            )
        return ask(question)

    def trusted(self, lines: Sequence[str]) -> bool:
        """Ask on the terminal whether a branch that asks for something is made; nobody there means no."""
        may_ask = not self._json and can_ask()
        return may_ask and ask_about([*map(typed, lines)], "Make it all the same?")

    def show(self, document: Document, lines: Iterable[str] = ()) -> None:
        """Print a result: the JSON document when it was asked for, else its lines."""
        if self._json:
            self._tell(partial(show_document, document))
        else:
            self.say(lines)

    def show_with(self, document: Document, print_words: Callable[[], None]) -> None:
        """Print a result: the JSON document when it was asked for, else what prints its words."""
        self._tell(partial(show_document, document) if self._json else print_words)

    def show_partly(
        self, document: Document, print_words: Callable[[], None], error: WorktreeTasksError
    ) -> NoReturn:
        """Print what there is of a result, and raise why there is no more."""
        if self._json:
            error.besides = document
        else:
            print_words()
        raise error

    def show_worktree(self, tree: Worktree) -> None:
        """Print a worktree: its JSON document when it was asked for, else its words."""
        self.show(documents.worktree(tree), words.worktree(tree))

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, where words are wanted; nothing where there are none."""
        if not self._json and (whole := tuple(map(typed, lines))):
            self._tell(partial(show_lines, whole))

    def _tell(self, print_words: Callable[[], None]) -> None:
        """Print a result, or note that it cannot be written when it is too late to refuse the work.

        Raises:
            Failure: It cannot be written, and nothing was done.
        """
        try:
            print_words()
        except Unwritten as error:
            if not self.progress.worked:
                hint = "make room, or send it elsewhere"
                raise Failure(f"the result cannot be written: {error}", hint, kind="output-failed") from error
            self.progress.note(f"the result cannot be written: {error}; all else is done")


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise Failure(
            f"the current directory cannot be used: {error.strerror}",
            "it may have been removed: cd to another, or use worktree-tasks --project NAME",
            kind="directory-gone",
        ) from error
