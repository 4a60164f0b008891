"""The words and operators of a shell text, and the functions that it defines."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["pieces", "split_functions"]

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(?P<end>\w+)\1[^\n]*\n.*?^\s*(?P=end)\s*$", re.MULTILINE | re.DOTALL)
_LONGEST = 65_536


def pieces(text: str) -> list[str]:
    """Return the words and operators of a text, including line ends; of a long text, the first ones."""
    joined = re.sub(r"\\\r?\n", " ", _HEREDOC.sub("", text[:_LONGEST].replace("\r\n", "\n")))
    found: list[str] = []
    pending = ""
    for line in joined.split("\n"):
        pending = f"{pending}\n{line}" if pending else line
        lexer = shlex.shlex(pending, posix=True, punctuation_chars=";&|()<>")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        try:
            found += [*lexer, "\n"]
        except ValueError:
            # The quote ends on a later line.
            continue
        pending = ""
    return found


def split_functions(given: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the pieces outside of functions, and by name the pieces inside.

    A name that is defined more than once has all of its bodies, one after the other.
    """
    rest: list[str] = []
    functions: dict[str, list[str]] = {}
    at = 0
    while at < len(given):
        name, start = _function(given, at)
        end = _end(given, start) if name else None
        if end is None:
            rest.append(given[at])
            at += 1
        else:
            functions.setdefault(name, []).extend([*given[start:end], "\n"])
            at = end + 1
    return rest, functions


def _function(given: Sequence[str], at: int) -> tuple[str, int]:
    """Return the name of the function that is defined at a place, and where its body starts; else no name."""
    word = given[at] == "function"
    name = given[at + 1] if word and at + 1 < len(given) else given[at]
    after = at + 2 if word else at + 1
    marked = given[after : after + 1] == ["()"]
    start = after + 1 if marked else after
    while given[start : start + 1] == ["\n"]:
        start += 1
    return (name, start + 1) if (word or marked) and given[start : start + 1] == ["{"] else ("", at)


def _end(given: Sequence[str], start: int) -> int | None:
    """Return where the brace is that closes a body; None if none does."""
    depth = 1
    for at in range(start, len(given)):
        depth += (given[at] == "{") - (given[at] == "}")
        if not depth:
            return at
    return None
