"""Preconditions that a project has to meet before a worktree is made."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...configuration.compose.model_ports import published_ports
from ...configuration.compose.service_roles import own, shared
from ...configuration.env.database_references import COPIED, UNCOPIED
from ...configuration.env_templates import check_services
from ...configuration.ports import HIGHEST
from ...errors import BadUse, Failure
from .needed_files import named_files, untracked_files
from .ports import own_ports

if TYPE_CHECKING:
    from pathlib import Path

    from .project import Project

__all__ = ["refuse_unusable"]


def refuse_unusable(project: Project) -> None:
    """Make sure that a worktree of this project can have what its compose files name.

    Raises:
        BadUse: A file is in main only, or a template or a setting names something that does not exist.
        Failure: No port is left for a worktree.
    """
    _refuse_uncommitted(project)
    check_services(project.settings.env, [one.name for one in own(project.services)])
    _refuse_unpublished(project)
    _refuse_unclear_databases(project)
    for port in own_ports(project, project.services):
        if port.base is not None and port.base >= HIGHEST:
            raise Failure(
                f"{port.service} publishes port {port.main}, and no port above it is left for a worktree",
                f"publish a lower one in main, or name {port.service} in the setting wt.services.shared",
                kind="no-free-port",
            )


def _refuse_unpublished(project: Project) -> None:
    """Refuse ports in the setting `ready` that main does not publish, so they cannot be checked."""
    published = published_ports(project.model, project.settings.ready)
    for name, target in project.settings.ready.items():
        targets = [port.target for port in published if port.service == name]
        if target and name in project.model.services and target not in targets:
            raise BadUse(
                f"setting wt.ready.{name} = {target}, which {name} does not publish",
                f"set it to a container port that it publishes: {', '.join(map(str, targets)) or 'none'}",
                kind="bad-setting",
            )


def _refuse_unclear_databases(project: Project) -> None:
    """Refuse databases in the setting `databases` that could be on several servers."""
    servers = [one.name for one in shared(project.services) if one.kind in COPIED | UNCOPIED]
    for name in project.settings.databases:
        if "/" not in name and len(servers) > 1:
            raise BadUse(
                f"setting wt.databases names {name!r}, which may be on {' or '.join(servers)}",
                f"write it with its service: {servers[0]}/{name}",
                kind="bad-setting",
            )


def _refuse_uncommitted(project: Project) -> None:
    """Refuse needed files that git neither tracks nor ignores: they would be missing, and are not copied."""
    named = sorted(name for name in named_files(project) if _is_gits(project.main, name))
    others = untracked_files(project).others
    apart = [name for name in named if name in others]
    if apart:
        names = ", ".join(apart)
        raise BadUse(
            f"a worktree would lack {names}, which Compose uses and git neither tracks nor ignores",
            "commit it; or add it to .gitignore, then it is copied",
            kind="file-not-committed",
        )


def _is_gits(main: Path, name: str) -> bool:
    """Return whether a path belongs to this repository: not in a submodule, not behind a symbolic link."""
    folders = [main / parent for parent in PurePosixPath(name).parents if str(parent) != "."]
    return not any(folder.is_symlink() or os.path.lexists(folder / ".git") for folder in folders)
