"""A temporary directory in place of main, in which Compose reads a commit's files without any effect."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ... import git
from ...machine import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .project import Project

__all__ = ["root_of", "stand_in", "write_into"]


@contextmanager
def stand_in(project: Project) -> Iterator[Path]:
    """Yield a temporary directory as deeply nested as main, so that paths beside main can be resolved too."""
    with git.passing_directory() as folder:
        checkout = folder.resolve() / project.main.relative_to(project.main.anchor)
        checkout.mkdir(parents=True)
        yield checkout


def root_of(project: Project, checkout: Path) -> Path:
    """Return the directory that stands for the root of the file system around a stand-in for main."""
    return checkout.parents[len(project.main.parts) - 2]


def write_into(checkout: Path, texts: Mapping[str, str]) -> None:
    """Write files into a stand-in, refusing paths outside of it."""
    for name, text in texts.items():
        files.write_text(checkout / name, text, root=checkout, mode=0o600)
