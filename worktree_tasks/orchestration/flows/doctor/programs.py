"""Checks: the git program, the Docker Engine, where it is spoken to, and Compose."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from .... import git
from ....configuration.findings import Checked, EngineFacts, Finding
from ....engine import compose
from ....errors import WorktreeTasksError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...steps.project import Project

__all__ = ["examine"]

Answer = TypeVar("Answer")


def examine(project: Project) -> tuple[EngineFacts, list[Checked]]:
    """Return which programs are in use, and what is wrong with them."""
    endpoint, source = project.engine.endpoint()
    of_git, git_version = _asked("git", "git", lambda: git.version(project.main))
    answered, versions = _asked("engine", endpoint, project.engine.version)
    of_compose, compose_version = _asked("compose", "docker compose", compose.version)
    if answered is not None:
        answered = Finding(
            "engine",
            endpoint,
            f"{answered.what.removesuffix('.')} (asked at {endpoint}, which {source} names)",
            _start(source, answered.what),
        )
    version, api = versions or (None, None)
    facts = EngineFacts(endpoint, source, version, api, compose_version, git_version)
    rows = (
        ("git", str(git_version), of_git),
        ("engine", f"{version}, asked at {endpoint}, which {source} names", answered),
        ("compose", str(compose_version), of_compose),
    )
    return facts, [Checked(name, said, (finding,) if finding else ()) for name, said, finding in rows]


def _asked(kind: str, subject: str, ask: Callable[[], Answer]) -> tuple[Finding | None, Answer | None]:
    try:
        return None, ask()
    except WorktreeTasksError as error:
        return Finding(kind, subject, error.what, error.hint), None


def _start(source: str, what: str) -> str:
    """Return the command that most likely has an engine answer."""
    if "permission denied" in what.lower():
        return "sudo usermod -aG docker $USER, then log in again"
    if source in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        return f"start the engine there; or `unset {source}`, then `docker context ls` shows what is used"
    if source != "context default":
        return "start the engine there; or `docker context use default`"
    return "open -a Docker" if sys.platform == "darwin" else "sudo systemctl start docker"
