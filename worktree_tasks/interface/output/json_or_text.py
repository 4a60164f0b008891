"""How a task shows its result or error: as one JSON document if that is wanted, else as text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

from ... import interruption
from ...errors import CommandFailed, OutputFailed
from ..command_spelling import typed
from . import documents, sentences
from .printing import hear, show_document, show_error, show_lines
from .standard_streams import Unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...configuration.worktree_result import Worktree
    from ...errors import WorktreeTasksError
    from ...orchestration.runtimes.runtime_values import Ran
    from .documents import Document
    from .json_events import Events
    from .terminal_progress import Terminal

__all__ = ["TaskOutput"]


class TaskOutput:
    """What a task shows.

    Args:
        json: Whether to print one JSON document in place of text.

    Attributes:
        progress: Where its steps report to.
    """

    progress: Terminal | Events

    def __init__(self, *, json: bool) -> None:
        self._json = json
        # The keys beside an error that brings no part of the result itself.
        self.besides: Document = {}
        # Whether the one document was printed.
        self._shown = False

    def show_error(self, error: WorktreeTasksError) -> None:
        """Print an error's document, if one is wanted and none was printed yet."""
        if self._json and not self._shown:
            self._shown = True
            error.besides = error.besides or self.besides
            show_error(error)

    def show(self, document: Document, lines: Iterable[str] = ()) -> None:
        """Print a result: its JSON document if that is wanted, else its lines."""
        self.say(lines)
        if self._json:
            self._show(document)

    def show_with(self, document: Document, print_words: Callable[[], None]) -> None:
        """Print a result: its JSON document if that is wanted, else by calling `print_words`."""
        if self._json:
            self._show(document)
        else:
            self._tell(print_words)

    def show_partly(
        self, document: Document, print_words: Callable[[], None], error: WorktreeTasksError
    ) -> NoReturn:
        """Print a partial result, and raise the error that says why it is partial."""
        if self._json:
            error.besides = document
        else:
            print_words()
        raise error

    def show_ran(self, run: Callable[[], Ran]) -> Ran:
        """Run a command, and print how it ended if a document is wanted: its exit code is no error of ours.

        Raises:
            CommandFailed: It ended with a code other than 0.
        """
        self.besides = documents.not_run()
        try:
            ran = run()
        except CommandFailed as error:
            if self._json and error.ran is not None:
                self._show(documents.ran(error.ran))
                error.documented = True
            raise
        self.progress.worked = True
        self.show(documents.ran(ran))
        return ran

    def show_worktree(self, tree: Worktree) -> Worktree:
        """Print a worktree, as its JSON document if that is wanted, else as its lines; return it."""
        self.show(documents.worktree(tree), sentences.worktree(tree))
        return tree

    def say(self, lines: Iterable[str]) -> None:
        """Print lines if text is wanted; nothing if there are none."""
        whole = tuple(map(typed, lines))
        hear(whole)
        if whole and not self._json:
            self._tell(partial(show_lines, whole))

    def _show(self, document: Document) -> None:
        # A signal in between would cause a second document, or none.
        with interruption.deferred():
            self._tell(partial(show_document, document))
            self._shown = True

    def _tell(self, print_words: Callable[[], None]) -> None:
        """Print a result; if it cannot be written but the work is done, only note that.

        Raises:
            OutputFailed: It cannot be written, and nothing was done.
        """
        try:
            print_words()
        except Unwritten as error:
            if not self.progress.worked:
                raise OutputFailed(str(error)) from error
            self.progress.note(f"the result cannot be written: {error}; everything else is done")
