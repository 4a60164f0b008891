"""The page of a task, from the task itself, and the page of all tasks."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from worktree_tasks.interface.collection import GROUPS, PROGRAM_TASKS, STEPS
from worktree_tasks.interface.help_text import arguments_of, flags_of, may_lack_name, words_of
from worktree_tasks.interface.task_class import typed_name
from worktree_tasks.interface.task_table import FUNCTIONS, OF_PROGRAM, WITH_ALL, read_table

from .blocks import table
from .docstrings import summary
from .documents import keys_of
from .python import anchor, signature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invoke.tasks import Task

__all__ = ["all_tasks", "called", "of_task"]

_MAY_LACK = "The program needs none inside of one."
_EXAMPLE = re.compile(r"^Example(?:, (?P<what>.*?))?: (?P<typed>.*)$", re.MULTILINE)


def of_task(one: Task) -> str:  # type: ignore[type-arg]
    """Return what the page of a task has from the task."""
    name = typed_name(one)
    words = read_table()
    lines = [f"{summary(one)}\n", *_more(one), *_typed(name)]
    described = [(f"`{w.text.upper()}`", w.description) for w in words[name] if w.kind == "argument"]
    if may_lack_name(name, words):
        described[0] = f"`[{described[0][0].strip('`')}]`", f"{described[0][1]} {_MAY_LACK}"
    lines.append(table(("word", "is"), described))
    flags = [
        (f"`{w.text} {w.text[2:].upper()}`" if w.kind == "value" else f"`{w.text}`", w.description)
        for w in words[name]
        if w.kind in ("value", "flag")
    ]
    lines.append(table(("flag", "does"), flags))
    lines.append("## Examples\n")
    for found in _EXAMPLE.finditer(inspect.getdoc(one) or ""):
        if found["what"]:
            lines.append(f"{found['what'][0].upper()}{found['what'][1:]}:\n")
        lines.append(f"    {found['typed']}\n")
    lines.append(keys_of(name))
    if name not in OF_PROGRAM:
        lines += ["## From Python\n", f"```python\n{signature(one)}\n```\n"]
        lines.append(f"[What it takes, returns and raises](../python.md#{anchor(one)}).\n")
    return "\n".join(line for line in lines if line)


def called(name: str) -> str:
    """Return what a task is called in texts: those of the program alone have no name in a collection."""
    return f"worktree-tasks {name}" if name in OF_PROGRAM else f"wt.{name}"


def all_tasks() -> str:
    """Return what the page of all tasks has of each."""
    titled = [
        *GROUPS,
        ("For other programs", PROGRAM_TASKS),
        ("The steps of which the flows are made, each safe to run twice", STEPS),
    ]
    return "\n".join(
        f"## {title}\n\n{table(('task', 'does'), (_row(one) for one in tasks))}" for title, tasks in titled
    )


def _row(one: Task) -> tuple[str, str]:  # type: ignore[type-arg]
    name = typed_name(one)
    words = " ".join([called(name), *(word.upper() for word in arguments_of(name, read_table()))])
    return f"[`{words}`]({name}.md)", summary(one)


def _more(one: Task) -> Iterator[str]:  # type: ignore[type-arg]
    """Yield the paragraphs of a docstring between its first line and its examples."""
    for text in (inspect.getdoc(one) or "").split("\n\n")[1:]:
        if not text.startswith("Example"):
            yield f"{text}\n"


def _typed(name: str) -> Iterator[str]:
    """Yield how it is typed: for Invoke, for the program, and in a shell that has our functions."""
    words = read_table()
    flags = " [FLAGS]" if flags_of(name, words) else ""
    if name not in OF_PROGRAM:
        yield f"    inv wt.{' '.join([name, *(one.upper() for one in arguments_of(name, words))])}{flags}"
    yield f"    worktree-tasks {words_of(name, words)}{flags}\n"
    short = [f"`{function}`" for function, tasks in FUNCTIONS.items() if name in tasks]
    short += [f"`{function} --all`" for function, task in WITH_ALL.items() if task == name]
    if short:
        yield f"[In your shell](../shell.md): {', '.join(short)}.\n"
