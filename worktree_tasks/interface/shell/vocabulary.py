"""The words of every task, as the completion reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invoke.collection import Collection
    from invoke.tasks import Task

__all__ = ["table"]


def table(collection: Collection) -> str:
    """Return the text of `shell/tasks.tsv`: one line a word, with task, word, kind and description."""
    rows = (row for name in sorted(collection.task_names) for row in _rows(name, collection[name]))
    return "".join("\t".join(row) + "\n" for row in rows)


def _rows(name: str, task: Task) -> Iterator[tuple[str, str, str, str]]:  # type: ignore[type-arg]
    yield name, "", "task", (task.__doc__ or "").strip().splitlines()[0]
    for one in task.get_arguments():
        word = str(one.name).replace("_", "-")
        if one.positional:
            yield name, word, "argument", one.help or ""
        elif one.takes_value:
            yield name, f"--{word}", "value", one.help or ""
        else:
            yield name, f"--no-{word}" if one.default is True else f"--{word}", "flag", one.help or ""
