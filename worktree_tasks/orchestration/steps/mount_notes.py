"""What an own service shares with main, or reaches of it, through what it mounts; in one line each."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...configuration.compose.host_addresses import host_addresses
from ...machine import files
from ...quick_dataclasses import replace
from .port_variables import mounted_configuration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...configuration.compose.model import Spec
    from .project import Project

__all__ = ["mount_notes"]


def mount_notes(project: Project, spec: Spec, own: Collection[Spec]) -> Iterator[str]:
    """Yield the notes on one of a project's own services."""
    yield from _of_mounts(project, spec)
    yield from _of_configuration(project, spec, own)


def _of_mounts(project: Project, spec: Spec) -> Iterator[str]:
    main = PurePosixPath(project.main)
    for mount in spec.mounts:
        source = PurePosixPath(mount.source)
        if mount.type != "bind" or source == main:
            continue
        if main.is_relative_to(os.path.realpath(source)):
            yield f"{spec.name} mounts {source}, with this worktree in main's place"
        elif not (source.is_relative_to(main) or mount.raw.get("read_only") or _of_the_kernel(source)):
            yield f"{spec.name} mounts {source}, which main uses too"


def _of_the_kernel(path: PurePosixPath) -> bool:
    """Return whether a path keeps nothing: devices, shared memory, what the kernel tells of itself."""
    return any(map(path.is_relative_to, ("/dev", "/proc", "/sys")))


def _of_configuration(project: Project, spec: Spec, own: Collection[Spec]) -> Iterator[str]:
    """Yield a line for each address in a service's configuration that leads to main, whose ports stay."""
    ports = {port.published: (one.name, port.target) for one in own for port in one.ports}
    # Source code may have any address, and env files get this worktree's.
    mounts = tuple(one for one in spec.mounts if one.source != str(project.main))
    for path in mounted_configuration(project, replace(spec, mounts=mounts)):
        if ".env" in path.name:
            continue
        for address, port in dict.fromkeys(host_addresses(files.read_text(path))):
            if found := ports.get(str(port)):
                (name, target), where = found, path.relative_to(project.main)
                yield (
                    f"{spec.name} reaches main's {name}, since {where} has {address};"
                    f" {name}:{target} there leads to the worktree's"
                )
