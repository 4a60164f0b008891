"""The directories that contain a repository's objects: https://git-scm.com/docs/gitrepository-layout."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["object_directories"]

# As deep as git itself goes.
_DEPTH = 5


def object_directories(objects: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield an object directory and its alternates."""
    yield objects
    with suppress(FileNotFoundError):
        lines = os.fsdecode((objects / "info" / "alternates").read_bytes()).split("\n")
        for line in lines if depth else ():
            if line and not line.startswith(("#", '"')):
                yield from object_directories(Path(os.path.normpath(objects / line)), depth - 1)
