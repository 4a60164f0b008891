"""The arguments and variables that a shell text can refer to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ShellScope"]

_VARIABLE = re.compile(
    r"\$(?:\{(?P<name>[A-Za-z_]\w*|\d|[@*#])(?::?[-=](?P<default>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*|\d|[@*#]))"
)
_ALL = ("$@", "${@}", "$*", "${*}")


@dataclass(frozen=True, slots=True)
class ShellScope:
    """What a text can refer to.

    Attributes:
        words: Its own name and arguments.
        values: Its variables.
    """

    words: tuple[str, ...]
    values: Mapping[str, str]

    def fill(self, word: str) -> str:
        """Return a word with its known variables expanded; unknown ones stay."""

        def known(match: re.Match[str]) -> str:
            name = match["name"] or match["bare"]
            if name in ("@", "*"):
                return " ".join(self.words[1:])
            if name.isdigit():
                value = self.words[int(name)] if int(name) < len(self.words) else ""
                return value or match["default"] or ""
            given = self.values.get(name)
            return given or match["default"] or (match[0] if given is None else "")

        return _VARIABLE.sub(known, word)

    def words_of(self, pieces: Sequence[str]) -> list[str]:
        """Return pieces as words, with all arguments in place of `$@`."""
        found: list[str] = []
        for piece in pieces:
            found += self.words[1:] if piece in _ALL else [self.fill(piece)]
        return found
