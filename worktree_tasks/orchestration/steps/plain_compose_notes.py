"""Notes on where plain `docker compose` in a worktree does not use its stack."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

from ... import git
from ...machine import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...configuration.compose.compose_files import ComposeFiles
    from .project import Project

__all__ = ["plain_compose"]


def plain_compose(
    project: Project, name: str, chosen: ComposeFiles | None = None, *, env_tracked: bool | None = None
) -> Iterator[str]:
    """Yield a note if plain `docker compose` in a worktree does not use its stack.

    Args:
        project: The project.
        name: The worktree's slug, or its branch.
        chosen: The branch's compose files; main's by default.
        env_tracked: Whether git tracks the `.env` that plain `docker compose` reads there; None asks main.
    """
    exported = os.environ.get("COMPOSE_PROJECT_NAME")
    # Usually it is not, and then `new` makes the worktree while Compose still reads main's files.
    if exported and exported == project.model.name:
        # It overrides the name in every file.
        yield (
            "while COMPOSE_PROJECT_NAME is exported, plain `docker compose` in the worktree uses main's"
            f" stack {project.model.name}, and `down` would remove it:"
            f' use wt.compose {name} "…", or unset the variable there'
        )
        return
    chosen = chosen or project.input.files
    if chosen.implicit:
        return
    if env_tracked is None:
        env_tracked = bool(git.tracked(project.main, [chosen.env_file]))
    if not env_tracked:
        # From then on it reads the .env where one stands before it looks for a compose file above.
        place = posixpath.dirname(chosen.env_file) or "the worktree's root"
        yield (
            f"from Compose 2.27.1 on, plain `docker compose` uses the override only in {place} itself:"
            f' use wt.compose {name} "…" in a directory below'
        )
        return
    ways = f'use wt.compose {name} "…", or let git ignore .env'
    if _names_stack(project):
        yield (
            f"plain `docker compose` in the worktree uses main's stack {project.model.name},"
            f" and `down` there would remove it: {ways}"
        )
    else:
        yield (
            "plain `docker compose` in the worktree will not use its override: neither compose.override.yaml"
            f" nor an ignored .env is free for it; {ways}"
        )


def _names_stack(project: Project) -> bool:
    """Return whether main's files, which a worktree has too, set the stack's name."""
    texts = (project.main / file for file in project.input.files.files)
    named = (path.is_file() and re.search(r"^name:", files.read_text(path), re.MULTILINE) for path in texts)
    return "COMPOSE_PROJECT_NAME" in project.input.env_keys or any(named)
