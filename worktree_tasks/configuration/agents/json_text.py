"""A JSON text with something put in or taken out, and every other byte as it was."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NotPlain", "parse", "with_element", "with_member", "without"]

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENTATION = re.compile(r"\A\s*[{\[][ \t]*\r?\n([ \t]+)")
_CLOSING = {"{": "}", "[": "]"}
_read = json.JSONDecoder().raw_decode


class NotPlain(ValueError):
    """A text is no JSON, or has something else where ours would go; it says what."""


class _Item(NamedTuple):
    """A member of an object, or an element of an array; `begin` is where its key or itself begins."""

    key: str | None
    begin: int
    value: int
    end: int


def parse(text: str) -> dict[str, Any]:
    """Return the object that a text has; nothing for a text of spaces.

    Raises:
        NotPlain: It has no object, or has what JSON does not have, such as comments.
    """
    try:
        found = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1].strip()
        comment = "a comment" if line.startswith(("//", "/*", "#")) or " //" in line else error.msg
        raise NotPlain(f"line {error.lineno}: {comment}") from error
    except RecursionError as error:
        raise NotPlain("too many objects in each other") from error
    if not isinstance(found, dict):
        raise NotPlain("no object")
    return found


def with_member(text: str, path: Sequence[str], value: Any) -> str:  # noqa: ANN401 - what JSON has
    """Return a text with a value at a path of keys, where nothing is yet; objects on the way are made.

    Raises:
        NotPlain: The text is no JSON, or something that is no object is on the way.
    """
    parse(text)
    text = text if text.strip() else "{}\n"
    at = _begin(text)
    for number, key in enumerate(path):
        if text[at] != "{":
            raise NotPlain(f"{'.'.join(path[:number]) or 'it'} is no object")
        item = _member(text, at, key)
        if item is None:
            for inner in reversed(path[number + 1 :]):
                value = {inner: value}
            return _inserted(text, at, key, value)
        at = item.value
    return text


def with_element(text: str, path: Sequence[str], value: Any) -> str:  # noqa: ANN401 - what JSON has
    """Return a text with a value as the last of the array at a path of keys, which is made if need be.

    Raises:
        NotPlain: The text is no JSON, or something else is there.
    """
    made = with_member(text, path, [value])
    if made != text:
        return made
    at = _place(text, path)
    if text[at] != "[":
        raise NotPlain(f"{'.'.join(path)} is no array")
    return _inserted(text, at, None, value)


def without(text: str, path: Sequence[str | int]) -> str:
    """Return a text without what is at a path, and without the objects and arrays that are empty then."""
    *outer, last = path
    at = _place(text, outer)
    items, close = _items(text, at)
    if len(items) == 1:
        return without(text, outer) if outer else text[: at + 1] + text[close:]
    number = last if isinstance(last, int) else [one.key for one in items].index(last)
    if number == 0:
        return text[: items[0].begin] + text[items[1].begin :]
    return text[: items[number - 1].end] + text[items[number].end :]


def _place(text: str, path: Sequence[str | int]) -> int:
    at = _begin(text)
    for step in path:
        item = _items(text, at)[0][step] if isinstance(step, int) else _member(text, at, step)
        assert item is not None  # noqa: S101 - whoever asks has seen it
        at = item.value
    return at


def _begin(text: str) -> int:
    return _after_space(text, 0)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, key: str) -> _Item | None:
    # Of several the last one counts, as for whoever reads the file.
    return next((one for one in reversed(_items(text, at)[0]) if one.key == key), None)


def _items(text: str, at: int) -> tuple[list[_Item], int]:
    """Return what an object or array has that begins at a place, and where it closes."""
    keyed, closing = text[at] == "{", _CLOSING[text[at]]
    items: list[_Item] = []
    at = _after_space(text, at + 1)
    while text[at] != closing:
        begin, key = at, None
        if keyed:
            key, at = _read(text, at)
            at = _after_space(text, _after_space(text, at) + 1)
        _, end = _read(text, at)
        items.append(_Item(key, begin, at, end))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return items, at


def _inserted(text: str, at: int, key: str | None, value: Any) -> str:  # noqa: ANN401 - what JSON has
    """Return a text with a further item at the end of an object or array, written as its others are."""
    items, close = _items(text, at)
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = found[1] if (found := _INDENTATION.match(text)) else "  "
    if items:
        before = text[: items[-1].begin]
        space = before[len(before.rstrip(" \t\r\n")) :]
        lead, begin, end = f",{space}", items[-1].end, items[-1].end
        lines = "\n" in space
    else:
        outer = re.match(r"[ \t]*", text[text.rfind("\n", 0, at) + 1 :])
        space = newline + (outer[0] if outer else "") + unit
        lead, begin, end, lines = space, at + 1, close, True
    written = json.dumps(value, ensure_ascii=False, indent=unit if lines else None)
    written = written.replace("\n", newline + space.rpartition("\n")[2])
    name = f"{json.dumps(key, ensure_ascii=False)}: " if key is not None else ""
    after = "" if items else space.removesuffix(unit)
    return f"{text[:begin]}{lead if lines else ', '}{name}{written}{after}{text[end:]}"
