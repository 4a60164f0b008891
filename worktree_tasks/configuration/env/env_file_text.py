r"""Env files as text: read assignments, change values, and leave every other byte unchanged.

Two readers must agree on what is written: python-dotenv and Docker Compose (compose-go's `dotenv`).
They differ on

- `$`: Compose expands `$NAME` and `${NAME}` in bare and in double-quoted values and nothing in
  single-quoted ones; python-dotenv expands `${NAME}` in every style, single quotes included, and `$NAME`
  in none.
- backslashes: a bare value has no escapes. In single quotes both read `\'` as a quote, but `\\` is one
  backslash to python-dotenv and two to Compose. In double quotes both read `\\`, `\"`, `\n` and `\r`;
  `\$` is a dollar to Compose only.
- line ends: python-dotenv opens files in text mode, so a literal carriage return becomes a newline.

Texts are decoded as UTF-8 with surrogateescape, so that invalid bytes are preserved.
"""

from __future__ import annotations

import io
import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from ...quick_dataclasses import dataclass
from .quoting import quote, write

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Assignment", "alternatives", "parse", "set_values", "values", "with_block", "without_block"]

Quote = Literal["", "'", '"']

_BEGIN = "# >>> worktree-tasks"
_NOTE = "# For this worktree only: what is between these two lines is rewritten."
_END = "# <<< worktree-tasks"
_JOINED = " (the line before this block had no line end)"
_BLOCK = re.compile(
    rf"^{_BEGIN}[^\r\n]*(?P<newline>\r?\n)(?P<inside>(?:(?!{_BEGIN}|{_END})[^\n]*\n)*)"
    rf"{_END}(?P<joined>{re.escape(_JOINED)})?[^\r\n]*(?:\r?\n|\Z)",
    re.MULTILINE,
)

_HEAD = re.compile(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*=(?P<space>[^\S\r\n]*)")
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_ESCAPES = {f"\\{short}": long for short, long in zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True)}

_REFERENCE = re.compile(r"\$(?:\{[^}]*\}|\w*)")
_LITERAL_IN_ANY_STYLE = re.compile(r"[\w./:@,?&=%+~*-]*")
_LITERAL_IN_A_SHELL_TOO = re.compile(r"[\w./:@,%+=-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `KEY=value` of an env file.

    Attributes:
        key: The variable's name.
        value: Its value with quotes and escapes removed and nothing expanded.
        start: Where the value begins in the text, its quotes included.
        end: Where the value ends in the text, its quotes included.
        quote: Its quotes; empty for a bare value.
    """

    key: str
    value: str
    start: int
    end: int
    quote: Quote


@lru_cache(256)
def parse(text: str) -> tuple[Assignment, ...]:
    """Return the assignments of an env file in order; anything else is skipped."""
    from dotenv.parser import parse_stream  # noqa: PLC0415 - 25 ms that `wt.list` should not pay

    at = len(text) - len(text.lstrip("\ufeff"))
    found = []
    for binding in parse_stream(io.StringIO(text[at:])):
        string = binding.original.string
        head = _HEAD.match(string)
        if binding.key is not None and binding.value is not None and head:
            found.append(_assignment(binding.key, binding.value, string, head, at))
        at += len(string)
    return tuple(found)


def values(text: str) -> dict[str, str]:
    """Return the values in an env file, unexpanded; the last assignment of a key wins."""
    return {assignment.key: assignment.value for assignment in parse(text)}


def alternatives(text: str) -> tuple[dict[str, str], ...]:
    """Return the values in an env file, then variants with each value of an earlier assignment.

    A file for a shell may assign in branches, and only running it would show which one is taken.
    """
    last = values(text)
    others = {(one.key, one.value) for one in parse(text) if one.value != last[one.key]}
    return (last, *({**last, key: value} for key, value in sorted(others)))


def set_values(text: str, changes: Mapping[tuple[str, str], str]) -> str:
    """Return the text with new values in every assignment of a key that has its old value.

    All other bytes stay. The quotes stay if they can hold the new value, and any `$` keeps its meaning. Keys
    that the text does not assign are ignored.

    Args:
        text: The text of an env file.
        changes: The new values, by key and old value.
    """
    pieces, at = [], 0
    for assignment in parse(text):
        new = changes.get((assignment.key, assignment.value), assignment.value)
        if new != assignment.value:
            raw = text[assignment.start : assignment.end]
            pieces += [text[at : assignment.start], _rewritten(raw, assignment, new)]
            at = assignment.end
    return "".join([*pieces, text[at:]])


def with_block(text: str, values: Mapping[str, str]) -> str:
    """Return the text with our marked block at its end, exactly once; without it if there are no values."""
    text = without_block(text)
    if not values:
        return text
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    joined = text != "" and not text.endswith("\n")
    lines = [
        _BEGIN,
        _NOTE,
        *(f"{key}={_for_block(value)}" for key, value in values.items()),
        _END + (_JOINED if joined else ""),
        "",
    ]
    return text + (newline if joined else "") + newline.join(lines)


def without_block(text: str) -> str:
    """Return the text as it was before `with_block`, byte for byte."""
    while block := _BLOCK.search(text):
        before, after = text[: block.start()], text[block.end() :]
        if block["joined"] and not after:
            before = before.removesuffix(block["newline"])
        text = before + after
    return text


def _assignment(key: str, value: str, string: str, head: re.Match[str], at: int) -> Assignment:
    start = head.end()
    if quoted := _QUOTED.match(string, start):
        mark: Quote = "'" if quoted[0][0] == "'" else '"'
        return Assignment(key, value, at + start, at + quoted.end(), mark)
    if not value or (head["space"] and string.startswith("#", start)):
        # Insert right after the equals sign, so that the space before a comment stays.
        start -= len(head["space"])
        return Assignment(key, "", at + start, at + start, "")
    return Assignment(key, value, at + start, at + start + len(value), "")


def _rewritten(raw: str, old: Assignment, new: str) -> str:
    if "$" in old.value and old.quote != "'":
        spliced = _spliced(raw, old, new)
        if spliced is not None:
            return spliced
    return write(new, old.quote, multiline="\n" in raw)


def _spliced(raw: str, old: Assignment, new: str) -> str | None:
    """Edit the raw text of a value that contains `$`; requoting it would disable the expansion."""
    if _REFERENCE.findall(old.value) != _REFERENCE.findall(new):
        return None
    width = len(old.quote)
    inner = raw[width : len(raw) - width]
    units = re.findall(r"\\.|[^\\]", inner, re.DOTALL) if old.quote else list(inner)
    offsets: dict[int, int] = {0: 0}
    length = end = 0
    for unit in units:
        length += len(_ESCAPES.get(unit, unit)) if old.quote else 1
        end += len(unit)
        offsets[length] = end
    pieces = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old.value, new, autojunk=False).get_opcodes():
        if i1 not in offsets or i2 not in offsets:
            return None
        if kind == "equal":
            pieces.append(inner[offsets[i1] : offsets[i2]])
        elif _LITERAL_IN_ANY_STYLE.fullmatch(new[j1:j2]):
            pieces.append(new[j1:j2])
        else:
            return None
    spliced = old.quote + "".join(pieces) + old.quote
    return spliced if values(f"K={spliced}\n") == {"K": new} else None


def _for_block(value: str) -> str:
    if _LITERAL_IN_A_SHELL_TOO.fullmatch(value):
        return quote(value)
    return quote(value, '"' if "'" in value else "'")
