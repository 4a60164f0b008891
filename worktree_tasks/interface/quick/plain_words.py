"""Reads the words of a task without Invoke, if they are plain: one name, and flags that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["PlainWords", "read_plain"]


@dataclass(slots=True, frozen=True)
class PlainWords:
    """What was typed.

    Attributes:
        name: The branch, or the worktree.
        flags: The given flags, by the names of the task's arguments.
    """

    name: str
    flags: dict[str, str | bool]


def read_plain(
    words: Sequence[str], *, switches: Collection[str], values: Collection[str]
) -> PlainWords | None:
    """Return what was typed; None if Invoke has to read it, which may also mean that it is wrong.

    Args:
        words: The words after the task.
        switches: The flags that take no value.
        values: The flags that take one.
    """
    names: list[str] = []
    flags: dict[str, str | bool] = {}
    left = iter(words)
    for word in left:
        flag, equals, given = word.partition("=")
        value: str | bool
        if not word.startswith("-"):
            names.append(word)
            continue
        if word in switches:
            value = not word.startswith("--no-")
        elif flag in values:
            value = given if equals else next(left, "")
            if not value or value.startswith("-"):
                return None
        else:
            return None
        key = flag.removeprefix("--").removeprefix("no-").replace("-", "_")
        if key in flags:
            return None
        flags[key] = value
    return PlainWords(names[0], flags) if len(names) == 1 and names[0] else None
