"""Decide whether services are own or shared, on their graph: own spreads from seeds along ties."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from .data_servers import at_configuration_place, data_server, infrastructure, migrates, on_engine_socket
from .service_ties import awaited_jobs, ties, volumes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .model import Model, Mount, Spec
    from .role_inputs import RoleInputs
    from .service_ties import Tie

__all__ = ["ON_SOCKET", "Role", "choose"]

ON_SOCKET = "it uses the engine's socket, through which it sees main's stack too"


@dataclass(frozen=True, slots=True)
class Role:
    """The decision on a service.

    Attributes:
        own: Whether it runs in each worktree's stack.
        reason: The rule that decided, in words.
        kind: What kind of data server it is; None for other services.
        because: The own service that makes it own; None for seeds and for shared services.
    """

    own: bool
    reason: str
    kind: str | None = None
    because: str | None = None


def choose(
    model: Model,
    known: RoleInputs,
    *,
    directory: str,
    own: Mapping[str, str],
    shared: Mapping[str, str],
    idle: Collection[str] = (),
) -> dict[str, Role]:
    """Decide for each service whether it is own or shared.

    Data and infrastructure servers are shared. Services with source of the project are own, and so are those
    that depend on own ones: see `ties`. Of the rest, services that only run an image are shared.

    Args:
        model: The compose model, with all profiles.
        known: What else is known about the project.
        directory: The checkout that the model was read in.
        own: Services that are explicitly own, each with what names it.
        shared: Services that are explicitly shared, in the same way.
        idle: Services that no stack starts; they make no data server own.
    """
    jobs = awaited_jobs(model)
    servers = {
        name: role
        for name, spec in model.services.items()
        if name not in jobs and (role := _server(spec, known, directory))
    }
    fixed = {
        name: Role(own=role, reason=f"{who} names it", kind=servers[name].kind if name in servers else None)
        for role, names in ((True, own), (False, shared))
        for name, who in names.items()
        if name in model.services
    }
    roles = {**servers, **fixed}
    for name, spec in model.services.items():
        if name not in roles and (reason := _seed(spec, known, directory)):
            roles[name] = Role(own=True, reason=reason)
    of_data = {volume for name, role in roles.items() if role.kind for volume in volumes_of(model, name)}
    _spread(roles, fixed, tuple(ties(model, known, of_data, directory=directory, idle=idle)))
    return {
        name: roles.get(name)
        or Role(own=False, reason=f"image {spec.image or '?'} contains nothing of the project")
        for name, spec in model.services.items()
    }


def _server(spec: Spec, known: RoleInputs, directory: str) -> Role | None:
    base = known.bases.get(spec.name)
    kind, why = data_server(spec, base)
    if kind:
        return Role(own=False, reason=why, kind=kind)
    if image := infrastructure(spec, base):
        of_image = f"its Dockerfile starts from {image}, which" if spec.build else f"image {image}"
        return Role(own=False, reason=f"{of_image} serves the whole project")
    # A program of the project that uses the engine belongs to the branch like any other.
    if on_engine_socket(spec) and not _seed(spec, known, directory):
        return Role(own=False, reason=ON_SOCKET)
    return None


def _seed(spec: Spec, known: RoleInputs, directory: str) -> str | None:
    """Return why a service contains source of the project; None if it does not."""
    if spec.build:
        return "it is built from the project"
    if migrates(spec) and known.texts.get(spec.name):
        return "it migrates a database by files of the project"
    for mount in spec.mounts:
        source = PurePosixPath(posixpath.normpath(mount.source))
        if mount.type == "bind" and str(source) == posixpath.dirname(directory) != "/":
            return "it mounts the folder that the project is in"
        if _configures(mount, spec) and str(source) != directory:
            continue
        if mount.type == "bind" and source.is_relative_to(directory) and known.has_source(str(source)):
            relative = str(source.relative_to(directory))
            return "it mounts the project" if relative == "." else f"it mounts {relative} of the project"
    return None


def _configures(mount: Mount, spec: Spec) -> bool:
    """Return whether a mount is configuration, by its place, or the script of a health check."""
    checks = any(mount.target in word for word in spec.health_check)
    runs = any(mount.target in word for word in (*(spec.entrypoint or ()), *(spec.command or ())))
    return bool(mount.target) and (at_configuration_place(mount.target) or (checks and not runs))


def _spread(roles: dict[str, Role], fixed: Mapping[str, Role], found: Collection[Tie]) -> None:
    """Make services own that depend on own ones, nearest first."""
    reached = [name for name, role in roles.items() if role.own]
    while reached:
        source = reached.pop(0)
        for tie in found:
            if tie.source != source or tie.name in fixed:
                continue
            if not _gives_way(roles.get(tie.name), tie, roles[source]):
                continue
            reason = f"it {tie.verb} {source}, which {_tail(roles[source])}"
            kind = roles[tie.name].kind if tie.name in roles else None
            roles[tie.name] = Role(own=True, reason=reason, kind=kind, because=source)
            reached.append(tie.name)


def _gives_way(role: Role | None, tie: Tie, source: Role) -> bool:
    """Return whether a tie makes a service own that is undecided, or shared only as a server."""
    if role is None:
        return True
    if role.own:
        return False
    # If shared, the admin page of an own database would show main's.
    console = source.kind and not role.kind and role.reason != ON_SOCKET
    return tie.inseparable or bool(console)


def _tail(role: Role) -> str:
    """Return the reason of a service in a sentence about another."""
    by_decision = f"is own because {role.reason}"
    return role.reason.removeprefix("it ") if role.reason.startswith("it ") else by_decision
