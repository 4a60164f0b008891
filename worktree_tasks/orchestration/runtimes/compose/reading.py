"""The compose projects of checkouts, as Compose itself reads them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ....configuration.compose.files import in_file_order
from ....engine.model import read_model, read_raw
from ....machine import files
from ....once import once_each
from .input import input_of
from .main_name import main_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ....configuration.compose.model import Model
    from ....configuration.compose.raw import RawSpec
    from ...steps.project import Project

__all__ = ["raw_specs", "read"]


def read(project: Project, checkout: Path, stack: str | None = None, *, apart: Path | None = None) -> Model:
    """Return the compose model of a checkout, with all profiles and without our override.

    Args:
        project: The project.
        checkout: The checkout.
        stack: The compose project that a worktree is read for; None lets Compose name it.
        apart: The directory of ours in which the checkout lies and outside of which nothing may be asked.

    Raises:
        BadUse: Compose cannot read it.
    """
    chosen = input_of(project, checkout)
    stack = main_name(project) if checkout == project.main else stack
    call = chosen.invocation(project=stack, override=False, profiles=("*",))

    def note(line: str) -> None:
        if line not in _told(project):
            _told(project).add(line)
            project.progress.note(line)

    def warn(said: str) -> None:
        for place in (checkout, project.main):
            said = said.replace(f"{place}{os.sep}", "")
        note(project.masked(f"Compose: {said}"))

    if chosen.run_in is None and chosen.files.directory:
        note("${PWD} in the compose files is taken for the root: main does not run, which would tell")
    call = replace(call, remote=False) if apart else call
    model = read_model(call, root=str(apart or ""), warn=warn)
    paths = [checkout / name for name in chosen.files.files]
    texts = [files.read_text(path) if path.is_file() else "" for path in paths]
    return model.ordered(in_file_order(model.services, texts))


@once_each
def _told(_: Project) -> set[str]:
    """Return what was said already: main's files and a branch's often have it in common."""
    return set()


def raw_specs(project: Project) -> Mapping[str, RawSpec]:
    """Return main's services as the compose files write them, variables and all, by name."""
    return read_raw(input_of(project).invocation(project=None, override=False, profiles=("*",)))
