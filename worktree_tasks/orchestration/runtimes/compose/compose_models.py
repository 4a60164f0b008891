"""The compose projects of checkouts, as Compose itself reads them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ....configuration.compose.compose_files import in_file_order
from ....engine.compose_config import begin_model, begin_raw, forget_begun, read_model, read_raw
from ....errors import WorktreeTasksError
from ....lazy_values import once_each
from ....machine import files
from ....parallel import ahead, together
from ....quick_dataclasses import replace
from .compose_input import input_of
from .main_name import main_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ....configuration.compose.model import Model
    from ....configuration.compose.uninterpolated import RawSpec
    from ....engine.compose_command import Invocation
    from ...steps.project import Project

__all__ = ["raw_specs", "read", "reading_ahead"]


def read(project: Project, checkout: Path, stack: str | None = None, *, apart: Path | None = None) -> Model:
    """Return the compose model of a checkout, with all profiles and without our override.

    Args:
        project: The project.
        checkout: The checkout.
        stack: The compose project of the worktree; None lets Compose name it.
        apart: Our directory that contains the checkout, outside which nothing may be read.

    Raises:
        BadUse: Compose cannot read it.
    """
    if checkout != project.main:
        return _read(project, checkout, stack, apart=apart)
    # Usually its name is Compose's default; the engine is queried for it at the same time.
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
        if project.warns and line not in _warnings_shown(project):
            _warnings_shown(project).add(line)
            project.progress.note(line)

    def warn(warning: str) -> None:
        for place in (checkout, project.main):
            warning = warning.replace(f"{place}{os.sep}", "")
        note(project.masked(f"Compose: {warning}"))

    if chosen.run_in is None and chosen.files.directory:
        note("${PWD} in the compose files is assumed to be the root, since main is not running")
    call = replace(call, remote=False) if apart else call
    model = read_model(call, root=str(apart or ""), warn=warn)
    paths = [checkout / name for name in chosen.files.files]
    texts = [files.read_text(path) if path.is_file() else "" for path in paths]
    return model.ordered(in_file_order(model.services, texts))


@once_each
def _warnings_shown(_: Project) -> set[str]:
    """Return the warnings that were shown already: main's files and a branch's often cause the same."""
    return set()


def _usual_name() -> str | None:
    """Return the compose project named in the shell's environment; None lets Compose name it."""
    return os.environ.get("COMPOSE_PROJECT_NAME") or None


def _call(project: Project, checkout: Path, stack: str | None) -> Invocation:
    return input_of(project, checkout).invocation(project=stack, override=False, profiles=("*",))


def raw_specs(project: Project) -> Mapping[str, RawSpec]:
    """Return main's services as written in the compose files, with variables not interpolated, by name."""
    return read_raw(_call(project, project.main, None))


@contextmanager
def reading_ahead(project: Project) -> Iterator[None]:
    """Let Compose start reading main's files, which `read` and `raw_specs` in the block will need."""
    try:
        # Prepare the calls before the block uses the processor.
        call, raw = _call(project, project.main, _usual_name()), _call(project, project.main, None)
    except WorktreeTasksError:
        # The error is raised again where the files are needed.
        yield
        return
    try:
        with ahead(lambda: together(lambda: begin_model(call), lambda: begin_raw(raw))):
            yield
    finally:
        forget_begun()
