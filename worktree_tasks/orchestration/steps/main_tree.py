"""The main checkout as a `Tree`, for tasks that only read a worktree or run commands in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...configuration.name_resolution import MAIN, names_main
from ...errors import BadUse
from ...lazy_values import once
from ...machine.known_projects import expanded
from ...store import Record
from .worktree_creation import find_tree
from .worktree_handle import Tree

if TYPE_CHECKING:
    from ...configuration.compose.containers import Container
    from .project import Project

__all__ = ["MainTree", "find_checkout"]


class MainTree(Tree):
    """The main checkout, which has no record: it is never made, started or removed."""

    is_main = True

    def __init__(self, project: Project) -> None:
        """Take the main checkout of a project."""
        record = Record(
            id=0, key="", project_id=0, name=MAIN, branch=MAIN, path=project.main, state="ready", slot=None,
            start_commit=None, made_branch=False, runtime=project.runtime.name, compose_project=None,
            network=None, subnet=None, broker_database=None, host="", database="shared", created=0,
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
        """Return the containers of main's stack, stopped ones included."""
        return tuple(self.project.engine.containers(project=self.stack))


def find_checkout(project: Project, name: str) -> Tree:
    """Find a worktree by name, or the main checkout by `main` or its path.

    Raises:
        BadUse: No worktree or several match.
    """
    try:
        return find_tree(project, name)
    except BadUse as error:
        path = str(expanded(name).resolve()) if os.sep in name else ""
        if error.kind == "unknown-worktree" and names_main(name, path, main=str(project.main.resolve())):
            return MainTree(project)
        raise
