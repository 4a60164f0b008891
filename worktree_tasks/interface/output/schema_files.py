"""The published schemas of the JSON documents, as `inv schemas` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

__all__ = ["FOLDER", "schema_for", "schema_names", "schema_text"]

FOLDER = Path(__file__).parents[1] / "schemas"


def schema_names() -> list[str]:
    """Return what has a schema: every task, `error` and `events`."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def schema_text(task: str) -> str:
    """Return the text of the JSON Schema (draft 2020-12) of a task's document.

    Args:
        task: The task as it is typed, such as `start-all`; `error` for an error of any, `events` for a
            line of `--events`.

    Raises:
        FileNotFoundError: There is no schema of that name.
    """
    return (FOLDER / f"{task}.json").read_text(encoding="utf-8").rstrip()


def schema_for(task: str) -> dict[str, Any]:
    """Return the JSON Schema of a task's document, parsed from `schema_text`.

    Raises:
        FileNotFoundError: There is no schema of that name.
    """
    from json import loads  # noqa: PLC0415 - printing a schema needs no parsing

    schema: dict[str, Any] = loads(schema_text(task))
    return schema
