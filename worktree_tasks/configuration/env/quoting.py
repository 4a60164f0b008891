"""Quote values for env files so that python-dotenv and Compose read the same; `text` lists differences."""

from __future__ import annotations

import re

__all__ = ["portable", "quote", "write"]

# What python-dotenv expands, in any quotes: https://github.com/theskumar/python-dotenv#variable-expansion
_EXPANDED_BY_DOTENV = re.compile(r"\$\{[^}:]*(?::-[^}]*)?\}")


def quote(value: str, prefer: str = "") -> str:
    """Return a text on one line that python-dotenv and Compose both read as the value.

    If no text reads the same in both (see `portable`), Compose's reading is the right one.

    Args:
        value: The value of the variable.
        prefer: The quotes to use if possible: `'`, `"`, or none.
    """
    return write(value, prefer, multiline=False)


def portable(value: str) -> bool:
    """Return whether python-dotenv and Compose read the same value from the result of `quote`.

    Not portable are `${NAME}`, which python-dotenv expands in every style, and a `$` together with a line
    end, with two backslashes in a row, with a backslash before `'` or with one at the end.
    """
    return any(raw is not None for raw in (_bare(value), _single(value), _double(value)))


def write(value: str, prefer: str, *, multiline: bool) -> str:
    """Return the same as `quote`, optionally with line ends kept."""
    single, double = _single(value, multiline=multiline), _double(value, multiline=multiline)
    quoted = (double, single) if prefer == '"' or (not prefer and "'" in value) else (single, double)
    for raw in quoted if prefer else (_bare(value), *quoted):
        if raw is not None:
            return raw
    return _for_compose(value)


def _bare(value: str) -> str | None:
    printable = all(char.isprintable() or "\udc80" <= char <= "\udcff" for char in value)
    if (
        not printable
        or "$" in value
        or " #" in value
        or value != value.strip()
        or value.startswith(("'", '"', "#"))
    ):
        return None
    return value


def _single(value: str, *, multiline: bool = False) -> str | None:
    on_one_line = value.replace("\r\n", "").replace("\n", "") if multiline else value
    if (
        re.search(r"[\r\n]", on_one_line)
        or re.search(r"\\(?:[\\']|\Z)", value)
        or _EXPANDED_BY_DOTENV.search(value)
        or "\0" in value
    ):
        return None
    return "'" + value.replace("'", "\\'") + "'"


def _double(value: str, *, multiline: bool = False) -> str | None:
    if "$" in value or "\0" in value:
        return None
    return _escaped(value, multiline=multiline)


def _for_compose(value: str) -> str:
    if not re.search(r"[\r\n]|\\(?:[\\']|\Z)", value):
        # Doubled backslashes would work too, but are better avoided.
        return "'" + value.replace("'", "\\'") + "'"
    return _escaped(value, multiline=False).replace("$", "\\$")


def _escaped(value: str, *, multiline: bool) -> str:
    text = value.replace("\\", "\\\\").replace('"', '\\"')
    if not multiline:
        text = text.replace("\n", "\\n")
    text = re.sub(r"\r(?!\n)", r"\\r", text)
    return f'"{text}"'
