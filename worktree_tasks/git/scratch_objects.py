"""A temporary place for objects that git has to write in a read-only query."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .temporary_directories import passing_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["alternate", "workshop"]


def alternate(objects: Path) -> str:
    """Quote an object directory for GIT_ALTERNATE_OBJECT_DIRECTORIES, in which colons are separators."""
    text = str(objects)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(':"\n\\') else text


@contextmanager
def workshop(common_dir: Path) -> Iterator[dict[str, str]]:
    """Yield environment variables that make git read a repository but write into a temporary directory.

    Nothing is fetched either: missing objects of a partial clone are an error.
    """
    with passing_directory() as place:
        yield {
            "GIT_OBJECT_DIRECTORY": str(place),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": alternate(common_dir / "objects"),
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
        }
