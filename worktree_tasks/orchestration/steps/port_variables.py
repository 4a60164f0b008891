"""Variables from which main's compose files take ports, and how main's other files use them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ...configuration.compose.port_variables import Files, listeners, port_variables
from ...configuration.compose.service_roles import own
from ...configuration.env import env_file_text as env_text
from ...configuration.ports import follow
from ...machine import files
from .needed_files import env_files, new_env_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ...configuration.compose.model import Spec
    from ...configuration.env.address_targets import PortVariable
    from ...configuration.ports import Port
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["following", "mounted_configuration", "mounting", "variables_of_ports"]

# Limits for configuration files: larger ones, or more of them, are not configuration.
_LARGEST = 256 * 1024
_MOST = 100
# Suffixes of configuration files; source code may contain any address.
_CONFIGURATION = frozenset({
    "", ".cfg", ".conf", ".env", ".ini", ".json",
    ".properties", ".template", ".tmpl", ".toml", ".yaml", ".yml",
})  # fmt: skip


def variables_of_ports(tree: Tree) -> dict[str, PortVariable]:
    """Return the variables from which main's compose files take ports of own services, by name."""
    project = tree.project
    names = [service.name for service in own(tree.services)]
    fresh = new_env_file(tree)
    ours = {*env_files(project), *((fresh,) if fresh else ())}
    last = next(iter(tree.input.files.env_files[-1:]), fresh)
    both = any(listeners(project.raw_specs, names).values())
    return port_variables(
        project.model,
        project.raw_specs,
        names,
        Files(
            values=project.input.interpolation,
            fixed=_fixed(project, ours),
            added=last in ours,
            mounting=mounting(tree),
            configuration=_configurations(project) if both else {},
        ),
    )


def following(tree: Tree, ports: Iterable[Port]) -> tuple[Port, ...]:
    """Return ports; where a program listens on the published number, the container's side changes with it."""
    ports = tuple(ports)
    if not ports:
        return ()
    both = {(one.listener, one.main) for one in variables_of_ports(tree).values() if one.listener}
    return follow(ports, {(service, int(port)) for service, port in both})


def _fixed(project: Project, ours: Collection[str]) -> frozenset[str]:
    """Return the variables whose value is not decided by a file that we write."""
    fixed: set[str] = set()
    for name in project.input.files.env_files:
        path = project.main / name
        keys = env_text.values(files.read_text(path)).keys() if path.is_file() else set()
        fixed = fixed - keys if name in ours else fixed | keys
    return frozenset(fixed)


def mounting(tree: Tree) -> frozenset[str]:
    """Return main's services that mount one of Compose's env files into their containers."""
    names = (*tree.project.input.files.env_files, new_env_file(tree))
    paths = [tree.project.main / name for name in names if name]
    return frozenset(
        name
        for name, spec in tree.project.model.services.items()
        for mount in spec.mounts
        if mount.type == "bind" and any(path.is_relative_to(mount.source) for path in paths)
    )


def _configurations(project: Project) -> dict[str, str]:
    """Return the texts of the configuration files that each of main's services mounts."""
    return {
        name: "\n".join(files.read_text(path) for path in mounted_configuration(project, spec))
        for name, spec in project.model.services.items()
    }


def mounted_configuration(project: Project, spec: Spec) -> Iterator[Path]:
    """Yield the configuration files of the project that one of main's services mounts."""
    for mount in spec.mounts:
        source = Path(mount.source)
        if mount.type != "bind" or not source.is_relative_to(project.main):
            continue
        below = islice(source.rglob("*"), _MOST) if source.is_dir() else (source,)
        for path in below:
            if path.suffix in _CONFIGURATION and path.is_file() and path.stat().st_size <= _LARGEST:
                yield path
