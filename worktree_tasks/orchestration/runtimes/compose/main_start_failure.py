"""Why Compose did not start some of main's services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.compose.build_errors import failed_step
from ....configuration.compose.start_error_patterns import Refusal, recognize_refusal
from ....printable import lines_of
from .image_builds import not_built
from .start_failure import not_started, said_lines

if TYPE_CHECKING:
    from ....command import CommandError
    from ....errors import Failure
    from ...steps.project import Project

__all__ = ["main_not_started"]


def main_not_started(project: Project, error: CommandError, names: list[str]) -> Failure:
    """Return why Compose did not start some of main's services."""
    again = "run the same command again"
    if failed_step(lines_of(error.result.out)):
        return not_built(
            project, f"main's {', '.join(names)}", error, f"fix it in {project.main}, then {again}"
        )
    said = said_lines(project, error)
    refusal = recognize_refusal(said) or Refusal("", error.what)
    specs = project.model.services
    return not_started(
        project,
        refusal,
        said,
        project.name,
        model=project.model,
        ports={
            (int(port.published), port.protocol): name
            for name in names
            for port in specs[name].ports
            if port.published.isdigit()
        },
        again=again,
        owner="main's ",
    )
