"""The arguments and flags of every task, from `tasks.tsv`, and the shell functions for some tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from invoke.collection import Collection
    from invoke.tasks import Task

__all__ = [
    "FUNCTIONS",
    "OF_MAIN",
    "OF_POINTS",
    "OF_PROGRAM",
    "OWN_FLAGS",
    "TABLE",
    "WITH_ALL",
    "Word",
    "read_table",
    "table",
]

TABLE = Path(__file__).with_name("tasks.tsv")
# The tasks whose flags each function takes; the first is the one that it runs.
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "wt": ("new", "start"),
    "wl": ("list",),
    "wstart": ("start",),
    "wstop": ("stop",),
    "wr": ("remove",),
    "wclean": ("clean",),
}


@dataclass(slots=True, frozen=True)
class Word:
    """A word of a task's command line.

    Attributes:
        text: A flag with its dashes, or a positional argument's name; empty for the task itself.
        kind: `task`, `argument`, `value` (a flag that takes one) or `flag`.
        description: Its help.
    """

    text: str
    kind: str
    description: str


# The tasks that functions run with `--all`.
WITH_ALL: Mapping[str, str] = {"wstart": "start-all", "wstop": "stop-all"}
# Tasks whose NAME is not an existing worktree.
OF_POINTS = ("restore",)
# Tasks whose NAME may be the main checkout.
OF_MAIN = ("path", "open", "logs", "run")
# Tasks that only the program has, not a project's collection.
OF_PROGRAM = ("claude-hook", "mcp", "schema")
# Flags of a shell function itself, which no task has.
OWN_FLAGS: Mapping[str, tuple[Word, ...]] = {
    "wt": (Word("--create", "flag", "Make the worktree even if its name is close to another."),),
    "wstart": (Word("--all", "flag", "The stacks of all worktrees of the project."),),
    "wstop": (Word("--all", "flag", "The stacks of all worktrees of the project."),),
}


def read_table() -> dict[str, tuple[Word, ...]]:
    """Return the words of each task from the table: getting them from Invoke takes 100 ms."""
    found: dict[str, tuple[Word, ...]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        task, text, kind, description = line.split("\t")
        found[task] = (*found.get(task, ()), Word(text, kind, description))
    return found


def table(collection: Collection) -> str:
    """Return the text of `tasks.tsv`: one line per word, with task, word, kind and description."""
    rows = (row for name in sorted(collection.task_names, key=str) for row in _rows(name, collection[name]))
    return "".join("\t".join(row) + "\n" for row in rows)


def _rows(name: str, task: Task) -> Iterator[tuple[str, str, str, str]]:  # type: ignore[type-arg]
    yield name, "", "task", (task.__doc__ or "").strip().splitlines()[0]
    for one in task.get_arguments():
        word = str(one.name).replace("_", "-")
        if one.positional:
            yield name, word, "argument", one.help or ""
        elif one.takes_value:
            yield name, f"--{word}", "value", one.help or ""
        elif getattr(one, "undecided", False):
            yield name, f"--no-{word}", "flag", f"Do not {word}."
            yield name, f"--{word}", "flag", one.help or ""
        else:
            yield name, f"--no-{word}" if one.default is True else f"--{word}", "flag", one.help or ""
