"""How a flow says what it does, without knowing who listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["Progress"]


class Progress(Protocol):
    """Where steps report to; used by several lanes at once.

    Attributes:
        quiet: Whether only results and errors are to be said.
    """

    quiet: bool

    @property
    def echo(self) -> Callable[[str], None] | None:
        """What takes the lines of programs that run in this thread's step; None when nobody wants them."""
        ...

    def step(self, name: str) -> AbstractContextManager[Callable[[str], None]]:
        """Enter a step; what it yields takes the words that say what was done."""
        ...

    def doing(self, text: str) -> None:
        """Say what this thread's step is at, or waits for, until it says something else or ends."""
        ...

    def news(self, text: str) -> None:
        """Say something that a person may like to know."""
        ...

    def note(self, text: str) -> None:
        """Say something that a person has to decide about, although nothing failed for it."""
        ...
