"""The program's help: all tasks in groups, and the arguments and flags of one. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import later
from .command_spelling import BINARY, Dialect, render
from .task_table import OF_POINTS

if TYPE_CHECKING:
    import textwrap
    from collections.abc import Iterator, Mapping, Sequence

    from .task_table import Word
else:
    # A completion needs a function of this module, and no help.
    (textwrap,) = later(None, "textwrap")

__all__ = ["arguments_of", "columns", "flags_of", "may_lack_name", "of_program", "of_task", "words_of"]

_NARROW = 60
_FLAGS = (
    ("--project P", "Run in this project, by name or directory."),
    ("--config FILE", "Also read settings from this YAML or JSON file."),
    ("--dry", "Change nothing: show what would be done, or refuse if that is unknown."),
    ("--plain", "No colours and no animation: for screen readers."),
    ("--version", "Show the version."),
)
_EXAMPLES = ("new auth-feature", "run auth-feature web python -m pytest -q", "remove auth-feature")


def words_of(task: str, table: Mapping[str, Sequence[Word]]) -> str:
    """Return a task with its arguments, as in `run NAME SERVICE COMMAND…`."""
    words = [one.upper() for one in arguments_of(task, table)]
    if may_lack_name(task, table):
        words[0] = f"[{words[0]}]"
    return " ".join([task, *(f"{word}…" if word == "COMMAND" else word for word in words)])


def may_lack_name(task: str, table: Mapping[str, Sequence[Word]]) -> bool:
    """Return whether a task's NAME is optional inside a worktree."""
    return arguments_of(task, table)[:1] == ["name"] and task not in OF_POINTS


def arguments_of(task: str, table: Mapping[str, Sequence[Word]]) -> list[str]:
    """Return the names of a task's positional arguments."""
    return [one.text for one in table[task] if one.kind == "argument"]


def flags_of(task: str, table: Mapping[str, Sequence[Word]]) -> list[str]:
    """Return a task's flags."""
    return [one.text for one in table[task] if one.kind in ("flag", "value")]


def of_program(
    groups: Sequence[tuple[str, Sequence[str]]],
    table: Mapping[str, Sequence[Word]],
    width: int,
    *,
    hidden: int,
) -> list[str]:
    """Return the lines of the program's help.

    Args:
        groups: Titles with the tasks under each.
        table: The words of each task.
        width: The terminal's width.
        hidden: How many steps the groups leave out.
    """
    lines = [f"Usage: {BINARY} [--project P] TASK …"]
    for title, tasks in groups:
        lines += ["", title]
        lines += columns([(words_of(name, table), table[name][0].description) for name in tasks], width)
    lines += ["", "With every task", *columns(_FLAGS, width)]
    lines += ["", "Examples", *(f"  {BINARY} {example}" for example in _EXAMPLES)]
    lines += ["", *textwrap.wrap(f"{BINARY} TASK --help shows a task's arguments and flags.", width)]
    if hidden:
        text = f"{BINARY} --help --all also shows the {hidden} steps that the tasks are made of."
        lines += textwrap.wrap(text, width)
    return lines


def of_task(task: str, docstring: str, table: Mapping[str, Sequence[Word]], width: int) -> list[str]:
    """Return the lines of a task's help.

    Args:
        task: Its name.
        docstring: Its docstring, with the examples.
        table: The words of each task.
        width: The terminal's width.
    """
    lines = [f"Usage: {BINARY} {words_of(task, table)}{' [FLAGS]' if flags_of(task, table) else ''}"]
    for paragraph in render(docstring, Dialect()).split("\n\n"):
        # Examples are never wrapped, so that they can be copied.
        whole = paragraph.startswith("Example")
        lines += ["", *(paragraph.split("\n") if whole else textwrap.wrap(paragraph, width))]
    described = [(one.text.upper(), one.description) for one in table[task] if one.kind == "argument"]
    if may_lack_name(task, table):
        described[0] = (f"[{described[0][0]}]", f"{described[0][1]} Optional inside a worktree.")
    if described:
        lines += ["", "Arguments", *columns(described, width)]
    flags = [
        (f"{one.text} {one.text[2:].upper()}" if one.kind == "value" else one.text, _effect(one))
        for one in table[task]
        if one.kind in ("value", "flag")
    ]
    return [*lines, *(["", "Flags", *columns(flags, width)] if flags else [])]


def _effect(flag: Word) -> str:
    """Return what a flag does; under `inv`, which lists `--[no-]hooks`, its help names the flag too."""
    text = flag.description.removeprefix(f"With {flag.text} ")
    # Only what is left of a sentence gets a capital: a text may begin with a value, as it is typed.
    return text if text == flag.description else text[:1].upper() + text[1:]


def columns(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield rows in two columns; on a narrow terminal, with the second below the first."""
    rows = [(name, render(text, Dialect(program=""))) for name, text in rows]
    first = max(len(name) for name, _ in rows) + 4
    if width < _NARROW:
        for name, text in rows:
            yield f"  {name}"
            yield from textwrap.wrap(text, width, initial_indent="      ", subsequent_indent="      ")
        return
    for name, text in rows:
        begin, *more = textwrap.wrap(text, max(width - first, 20)) or [""]
        yield f"  {name:<{first - 2}}{begin}".rstrip()
        yield from (f"{'':<{first}}{line}" for line in more)
