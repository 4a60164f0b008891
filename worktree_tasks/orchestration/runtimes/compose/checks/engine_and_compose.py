"""Checks: the Docker Engine, its endpoint, and Compose."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from .....configuration.doctor_findings import Checked, EngineFacts, Finding
from .....engine import compose_command
from .....engine.api_errors import EngineForbidden
from .....errors import WorktreeTasksError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....steps.project import Project

__all__ = ["examine"]

Answer = TypeVar("Answer")


def examine(project: Project, git_version: str | None) -> tuple[EngineFacts, tuple[Checked, ...]]:
    """Return which engine and Compose are in use, and what is wrong with them."""
    endpoint, source = project.engine.endpoint()
    place = f"at {endpoint}, from {source}"
    no_engine, versions = _error_or_answer(project.engine.version)
    no_compose, compose_version = _error_or_answer(compose_command.version)
    version, api = versions or (None, None)
    facts = EngineFacts(endpoint, source, version, api, compose_version, git_version)
    # Most errors contain the endpoint already.
    where = f"from {source}" if no_engine and endpoint in no_engine.what else place
    engine = no_engine and (f"{no_engine.what.removesuffix('.')} ({where})", _start(source, no_engine))
    rows = (
        ("engine", endpoint, f"{version}, {place}", engine),
        (
            "compose",
            "docker compose",
            str(compose_version),
            no_compose and (no_compose.what, no_compose.hint),
        ),
    )
    return facts, tuple(
        Checked(kind, said, (Finding(kind, subject, *wrong),) if wrong else ())
        for kind, subject, said, wrong in rows
    )


def _error_or_answer(ask: Callable[[], Answer]) -> tuple[WorktreeTasksError | None, Answer | None]:
    try:
        return None, ask()
    except WorktreeTasksError as error:
        return error, None


def _start(source: str, error: WorktreeTasksError) -> str:
    """Return the command that most likely makes an engine reachable."""
    if isinstance(error, EngineForbidden):
        return "sudo usermod -aG docker $USER, then log in again"
    if source in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        return f"start the engine there; or `unset {source}`, then `docker context ls` shows which is used"
    if source != "context default":
        return "start the engine there; or `docker context use default`"
    return "open -a Docker" if sys.platform == "darwin" else "sudo systemctl start docker"
