"""The compose projects of checkouts, as Compose itself reads them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ....configuration.compose.files import in_file_order
from ....engine.model import begin_model, begin_raw, forget_begun, read_model, read_raw
from ....errors import WorktreeTasksError
from ....machine import files
from ....once import once_each
from ....parallel import ahead, together
from .compose_input import input_of
from .main_name import main_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ....configuration.compose.model import Model
    from ....configuration.compose.uninterpolated import RawSpec
    from ....engine.compose import Invocation
    from ...steps.project import Project

__all__ = ["raw_specs", "read", "reading_ahead"]


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
    if checkout != project.main:
        return _read(project, checkout, stack, apart=apart)
    # Most often it runs as Compose names it, which the engine tells meanwhile.
    usual = _usual_name()
    names: list[str | None] = []
    models: list[Model] = []
    together(
        lambda: names.append(main_name(project)),
        lambda: models.append(_read(project, checkout, usual, apart=apart)),
    )
    name, model = names[0], models[0]
    return model if name in (usual, model.name) else _read(project, checkout, name, apart=apart)


def _read(project: Project, checkout: Path, stack: str | None, *, apart: Path | None) -> Model:
    chosen, call = input_of(project, checkout), _call(project, checkout, stack)

    def note(line: str) -> None:
        if line not in _warnings_shown(project):
            _warnings_shown(project).add(line)
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
def _warnings_shown(_: Project) -> set[str]:
    """Return what was said already: main's files and a branch's often have it in common."""
    return set()


def _usual_name() -> str | None:
    """Return the compose project that the shell names; None lets Compose name it."""
    return os.environ.get("COMPOSE_PROJECT_NAME") or None


def _call(project: Project, checkout: Path, stack: str | None) -> Invocation:
    return input_of(project, checkout).invocation(project=stack, override=False, profiles=("*",))


def raw_specs(project: Project) -> Mapping[str, RawSpec]:
    """Return main's services as the compose files write them, variables and all, by name."""
    return read_raw(_call(project, project.main, None))


@contextmanager
def reading_ahead(project: Project) -> Iterator[None]:
    """Let Compose begin with main's files, which `read` and `raw_specs` in the block will ask about."""
    try:
        # Before the block has the processor for itself.
        call, raw = _call(project, project.main, _usual_name()), _call(project, project.main, None)
    except WorktreeTasksError:
        # Whoever needs the files is told what is wrong with them.
        yield
        return
    try:
        with ahead(lambda: together(lambda: begin_model(call), lambda: begin_raw(raw))):
            yield
    finally:
        forget_begun()
