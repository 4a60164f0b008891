"""The Protocol by which flows and steps report what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["Progress"]


class Progress(Protocol):
    """The receiver of steps' reports; used by several threads at once.

    Attributes:
        quiet: Whether to print only results and errors.
    """

    quiet: bool

    @property
    def echo(self) -> Callable[[str], None] | None:
        """The receiver of output lines of programs in this thread's step; None if they are not shown."""
        ...

    def step(self, name: str) -> AbstractContextManager[Callable[[str], None]]:
        """Enter a step; the yielded function takes the words that say what was done."""
        ...

    def doing(self, text: str) -> None:
        """Report what this thread's step is doing or waiting for, until the next report or its end."""
        ...

    def news(self, text: str) -> None:
        """Report something worth knowing."""
        ...

    def note(self, text: str) -> None:
        """Report something that the user has to decide about, although nothing failed."""
        ...
