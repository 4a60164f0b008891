"""The main checkout as a `Tree`, for tasks that only read a worktree or run commands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.name_resolution import MAIN
from ...lazy_values import once
from ...store import Record
from .worktree_handle import Tree

if TYPE_CHECKING:
    from ...configuration.compose.containers import Container
    from .project import Project

__all__ = ["MainTree"]


class MainTree(Tree):
    """The main checkout, which has no record: it is never made, started or removed."""

    is_main = True

    def __init__(self, project: Project) -> None:
        """Take the main checkout of a project."""
        record = Record(
            id=0, key="", project_id=0, name=MAIN, branch=MAIN, path=project.main, state="ready",
            runtime=project.runtime.name,
        )  # fmt: skip
        super().__init__(project, record)

    @once
    def stack(self) -> str:
        """The name of main's stack: the running one, else the recorded one."""
        return self.runtime.main_among(self.project, self.runtime.listed(), self.project.name)

    @property
    def start_command(self) -> str:
        """The command that starts its stack."""
        return f"`docker compose up --detach` in {self.record.path}"

    def containers(self) -> tuple[Container, ...]:
        """Return the containers of main's stack, stopped ones included, but no other checkout's."""
        return self.project.without_foreign(self.project.engine.containers(project=self.stack))
