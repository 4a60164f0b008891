"""The images that a worktree's stack builds for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....command import CommandError
from ....configuration.compose.build_errors import build_cause, failed_step
from ....configuration.failure_lines import lines_of_cause
from ....engine import compose_command
from ....errors import Failure
from ....printable import lines_of
from .compose_input import input_of
from .container_failure import kept_hint
from .start_failure import said_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ....configuration.compose.override import Stack
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["build_images", "not_built"]

_LINES = 10


def build_images(tree: Tree, stack: Stack, names: Sequence[str]) -> None:
    """Build the images of some services under this worktree's tags.

    Raises:
        Failure: A step of a Dockerfile failed; the error has its output.
    """
    tree.project.progress.news(f"building the image of {', '.join(names)} for this worktree")
    tree.project.progress.doing(f"building {', '.join(names)}")
    # A started service may use an image that a service with an inactive profile builds.
    chosen = input_of(tree.project, tree.record.path)
    call = chosen.invocation(project=stack.compose_project, override=True, profiles=("*",))
    try:
        compose_command.run(call, "build", services=names, echo=tree.project.echo)
    except CommandError as error:
        raise not_built(tree.project, ", ".join(names), error, kept_hint(tree.record)) from error


def not_built(project: Project, who: str, error: CommandError, hint: str) -> Failure:
    """Return the error for a failed build: the step, the line with the cause, and the output."""
    step = failed_step(lines_of(project.masked(error.result.out)))
    output = said_lines(project, error)
    what = f"the image of {who} cannot be built: {build_cause(step, output) or error.what}"
    return Failure(what, hint, lines_of_cause(step, _LINES) or output[-_LINES:-1], kind="build-failed")
