"""The main checkout in the place of a worktree, for what only looks at one or runs commands in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...configuration.name_resolution import MAIN, names_main
from ...errors import BadUse
from ...machine.known_projects import expanded
from ...once import once
from ...store import Record
from .tree import Tree
from .worktree import find_tree

if TYPE_CHECKING:
    from ...configuration.compose.containers import Container
    from .project import Project

__all__ = ["MainTree", "find_checkout"]


class MainTree(Tree):
    """The main checkout, which has no record: nothing is made, started or removed of it."""

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
        """The name of main's stack: that which runs, else the one that is recorded."""
        return self.runtime.main_among(self.project, self.runtime.listed(), self.project.name)

    @property
    def start_command(self) -> str:
        """What brings its stack up."""
        return f"`docker compose up --detach` in {self.record.path}"

    def containers(self) -> tuple[Container, ...]:
        """Return the containers of main's stack, stopped ones included."""
        return tuple(self.project.engine.containers(project=self.stack))


def find_checkout(project: Project, name: str) -> Tree:
    """Find the worktree that a person means, or the main checkout, which `main` and its path name.

    Raises:
        BadUse: The name fits no worktree, or several.
    """
    try:
        return find_tree(project, name)
    except BadUse as error:
        path = str(expanded(name).resolve()) if os.sep in name else ""
        if error.kind == "unknown-worktree" and names_main(name, path, main=str(project.main.resolve())):
            return MainTree(project)
        raise
