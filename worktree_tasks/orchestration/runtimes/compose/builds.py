"""The images that a worktree's stack builds for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....command import CommandError
from ....configuration.compose.build_output import failed_step
from ....engine import compose
from ....errors import Failure
from ....printable import lines_of
from .ended import kept_hint
from .input import input_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ....configuration.compose.override import Stack
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["build_images", "said_lines"]

_LINES = 10


def build_images(tree: Tree, stack: Stack, names: Sequence[str]) -> None:
    """Build the images of some services under this worktree's tags.

    Raises:
        Failure: A step of a Dockerfile failed; what it said is in it.
    """
    tree.project.progress.news(f"building the image of {', '.join(names)} for this worktree")
    tree.project.progress.doing(f"building {', '.join(names)}")
    # One that a started service uses may be built by a service of a profile that is not active.
    chosen = input_of(tree.project, tree.record.path)
    call = chosen.invocation(project=stack.compose_project, override=True, profiles=("*",))
    try:
        compose.run(call, "build", services=names, echo=tree.project.echo)
    except CommandError as error:
        lines = said_lines(tree.project, error)
        raise Failure(
            f"the image of {', '.join(names)} cannot be built: {lines[-1].strip() if lines else error.what}",
            kept_hint(tree.record),
            _built_last(tree.project, error)[-_LINES:] or lines[-_LINES:-1],
            kind="build-failed",
        ) from error


def said_lines(project: Project, error: CommandError) -> list[str]:
    """Return the lines that Compose said, without secrets."""
    return [line.rstrip() for line in lines_of(project.masked(error.result.err)) if line.strip()]


def _built_last(project: Project, error: CommandError) -> list[str]:
    """Return the step of a build that failed and what it said, without secrets."""
    return failed_step(lines_of(project.masked(error.result.out)))
