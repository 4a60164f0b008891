"""How a task shows its result, or why there is none: in one document where that is wanted, else in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

from .. import interruption
from ..errors import CommandFailed, Failure
from .command_spelling import typed
from .output import documents, sentences
from .output.printing import hear, show_document, show_error, show_lines
from .output.streams import Unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..configuration.worktree_result import Worktree
    from ..errors import WorktreeTasksError
    from ..orchestration.runtimes.values import Ran
    from .output.documents import Document
    from .output.events import Events
    from .output.progress import Terminal

__all__ = ["Showing"]


class Showing:
    """What a task shows.

    Args:
        json: Whether one document is printed in place of words.

    Attributes:
        progress: Where its steps report to.
    """

    progress: Terminal | Events

    def __init__(self, *, json: bool) -> None:
        self._json = json
        # What stands beside an error, if that says nothing else of the result.
        self.besides: Document = {}
        # Whether the one document was printed.
        self._shown = False

    def show_error(self, error: WorktreeTasksError) -> None:
        """Print the document of an error, where one is wanted and none was printed."""
        if self._json and not self._shown:
            self._shown = True
            error.besides = error.besides or self.besides
            show_error(error)

    def show(self, document: Document, lines: Iterable[str] = ()) -> None:
        """Print a result: the JSON document when it was asked for, else its lines."""
        self.say(lines)
        if self._json:
            self._show(document)

    def show_with(self, document: Document, print_words: Callable[[], None]) -> None:
        """Print a result: the JSON document when it was asked for, else what prints its words."""
        if self._json:
            self._show(document)
        else:
            self._tell(print_words)

    def show_partly(
        self, document: Document, print_words: Callable[[], None], error: WorktreeTasksError
    ) -> NoReturn:
        """Print what there is of a result, and raise why there is no more."""
        if self._json:
            error.besides = document
        else:
            print_words()
        raise error

    def show_ran(self, run: Callable[[], Ran]) -> Ran:
        """Run a command, and print how it ended where a document is wanted: its code is no error of ours.

        Raises:
            CommandFailed: It ended with another code than 0.
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

    def show_worktree(self, tree: Worktree) -> None:
        """Print a worktree: its JSON document when it was asked for, else its words."""
        self.show(documents.worktree(tree), sentences.worktree(tree))

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, where words are wanted; nothing where there are none."""
        whole = tuple(map(typed, lines))
        hear(whole)
        if whole and not self._json:
            self._tell(partial(show_lines, whole))

    def _show(self, document: Document) -> None:
        # A signal in between would have a second document printed, or none.
        with interruption.deferred():
            self._tell(partial(show_document, document))
            self._shown = True

    def _tell(self, print_words: Callable[[], None]) -> None:
        """Print a result, or note that it cannot be written when it is too late to refuse the work.

        Raises:
            Failure: It cannot be written, and nothing was done.
        """
        try:
            print_words()
        except Unwritten as error:
            if not self.progress.worked:
                hint = "free some space, or send it elsewhere"
                raise Failure(f"the result cannot be written: {error}", hint, kind="output-failed") from error
            self.progress.note(f"the result cannot be written: {error}; everything else is done")
