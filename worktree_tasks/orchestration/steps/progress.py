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
        echo: Takes the lines of programs that run, as they come; None when nobody wants them.
    """

    quiet: bool
    echo: Callable[[str], None] | None

    def step(self, name: str) -> AbstractContextManager[Callable[[str], None]]:
        """Enter a step; what it yields takes the words that say what was done."""
        ...

    def note(self, text: str) -> None:
        """Say something that a person should know and nothing failed for."""
        ...
