"""Insert into a JSON text, or remove from it, and leave every other byte unchanged."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NotPlain", "parse", "with_element", "with_member", "without"]

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENTATION = re.compile(r"\A\s*[{\[][ \t]*\r?\n([ \t]+)")
_CLOSING = {"{": "}", "[": "]"}
_read = json.JSONDecoder().raw_decode


class NotPlain(ValueError):
    """A text is not valid JSON, or has something else where our part belongs; the message says what."""


@dataclass(slots=True, frozen=True)
class _Item:
    """A member of an object, or an element of an array; `begin` is where its key, or the element, starts."""

    key: str | None
    begin: int
    value: int
    end: int


def parse(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; an empty one if the text is blank.

    Raises:
        NotPlain: It is not an object, or has what JSON does not allow, such as comments.
    """
    try:
        found = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1].strip()
        comment = "a comment" if line.startswith(("//", "/*", "#")) or " //" in line else error.msg
        raise NotPlain(f"line {error.lineno}: {comment}") from error
    except RecursionError as error:
        raise NotPlain("objects are nested too deeply") from error
    if not isinstance(found, dict):
        raise NotPlain("not an object")
    return found


def with_member(text: str, path: Sequence[str], value: Any) -> str:  # noqa: ANN401 - what JSON has
    """Return a text with a value added at a path of keys, unless it is taken; parent objects are created.

    Raises:
        NotPlain: The text is not valid JSON, or a parent is not an object.
    """
    parse(text)
    text = text if text.strip() else "{}\n"
    at = _begin(text)
    for number, key in enumerate(path):
        if text[at] != "{":
            raise NotPlain(f"{'.'.join(path[:number]) or 'it'} is not an object")
        item = _member(text, at, key)
        if item is None:
            for inner in reversed(path[number + 1 :]):
                value = {inner: value}
            return _inserted(text, at, key, value)
        at = item.value
    return text


def with_element(text: str, path: Sequence[str], value: Any) -> str:  # noqa: ANN401 - what JSON has
    """Return a text with a value appended to the array at a path of keys, which is created if missing.

    Raises:
        NotPlain: The text is not valid JSON, or the value there is not an array.
    """
    made = with_member(text, path, [value])
    if made != text:
        return made
    at = _place(text, path)
    if text[at] != "[":
        raise NotPlain(f"{'.'.join(path)} is not an array")
    return _inserted(text, at, None, value)


def without(text: str, path: Sequence[str | int]) -> str:
    """Return a text without the value at a path, and without parents that this leaves empty."""
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
        assert item is not None  # noqa: S101 - the caller has found it before
        at = item.value
    return at


def _begin(text: str) -> int:
    return _after_space(text, 0)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, key: str) -> _Item | None:
    # Of duplicate keys the last one counts, as in JSON parsers.
    return next((one for one in reversed(_items(text, at)[0]) if one.key == key), None)


def _items(text: str, at: int) -> tuple[list[_Item], int]:
    """Return the items of the object or array that begins at a position, and where it closes."""
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
    """Return a text with an item appended to an object or array, formatted like the others in it."""
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
