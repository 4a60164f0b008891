"""Notes on what a worktree cannot have, has differently from main, or shares with it: one line each."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.override import dropped_labels, external_keys, external_networks
from ...configuration.compose.role_rules import ON_SOCKET
from ...configuration.compose.service_roles import own
from ...configuration.compose.volumes import empty_here, mains_volumes
from ...configuration.env.address_targets import LOOPBACK
from .copied_folders import folders_of, why_left
from .mount_notes import mount_notes
from .needed_files import needed_files, tracked_env_files
from .plain_compose_notes import plain_compose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...configuration.compose.compose_files import ComposeFiles
    from ...configuration.compose.model import Model, Spec
    from ...configuration.compose.service_roles import Service
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["by_settings", "hidden", "limits", "of_branch", "without_own_services"]

# The values of `bind` with which pages answer on `localhost`.
_AT_LOCALHOST = ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104 - compared with, not bound to


def limits(tree: Tree, *, env_tracked: bool) -> tuple[str, ...]:
    """Return the notes, each with the setting or the file that decides.

    Args:
        tree: The worktree.
        env_tracked: Whether its branch tracks the `.env` that plain `docker compose` reads there.
    """
    project, name = tree.project, tree.record.name
    plain = plain_compose(project, name, tree.input.files, env_tracked=env_tracked)
    lines = [*plain, *without_own_services(project), *by_settings(project, name), *_of_env_files(project)]
    lines += [why_left(project, name, one) for one in folders_of(project) if one.large]
    mine = [project.model.services[one.name] for one in own(project.services)]
    servers = {one.name for one in project.services if one.kind}
    for spec in mine:
        lines += _of_service(spec, project.model, name)
        lines += _of_external_volumes(project, spec) if spec.name not in servers else ()
        lines += mount_notes(project, spec, mine)
    lines += [*_of_missing_folders(project, mine), *_of_volumes(project)]
    way = (
        "and the worktree is reachable on its own ports"
        if any(spec.ports for spec in mine)
        else "and no service of the worktree publishes a port"
    )
    lines += [
        f"{one.name} runs only in main, because it uses the engine's socket: it routes or shows main's"
        f" containers, {way}"
        for one in project.services
        if one.reason == ON_SOCKET
    ]
    lines += [f"{one.name} is not started: {one.idle}" for one in project.services if one.idle]
    return tuple(dict.fromkeys(lines))


def of_branch(project: Project, services: Collection[Service], chosen: ComposeFiles) -> tuple[str, ...]:
    """Return the notes on what a branch lacks, or has and main does not.

    Args:
        project: The project.
        services: The branch's services.
        chosen: Its compose files.
    """
    names, of_main = {one.name for one in services}, {one.name for one in project.services}
    settings = (("own", project.settings.own), ("shared", project.settings.shared))
    lacking = [
        f"wt.services.{key} names {name}, which does not exist on this branch"
        for key, named in settings
        for name in named
        if name not in names
    ]
    added = [
        f"{one.name} is the worktree's own, with data of its own: main does not have it"
        for one in services
        if one.kind and one.role == "own" and one.name not in of_main
    ]
    return (*chosen.notes, *lacking, *added)


def hidden(name: str) -> str:
    """Return the note on a file in main that git hides because worktrees have one with the same name."""
    return f"git does not show {name} in main: .git/info/exclude lists that name for worktrees"


def without_own_services(project: Project) -> tuple[str, ...]:
    """Return a note if a worktree has no service to run."""
    if own(project.services):
        return ()
    return (
        "no service runs in the worktree, because all are shared with main: name some in wt.services.own",
    )


def by_settings(project: Project, name: str) -> Iterator[str]:
    """Yield the notes on what two settings do together, or what one of them costs.

    Args:
        project: The project.
        name: The worktree's slug.
    """
    settings, mine = project.settings, [project.model.services[one.name] for one in own(project.services)]
    local = settings.host in LOOPBACK or settings.host.endswith(".localhost")
    if any(spec.ports for spec in mine) and local and settings.bind not in _AT_LOCALHOST:
        yield (
            f"pages are shown on {settings.host}, where nothing answers, since wt.bind is {settings.bind}:"
            " set wt.host to a name or an address that leads there"
        )
    if len(mine) > 1 and settings.network == "project":
        yield (
            f"{mine[0].name} leads to that of any worktree in the network that all share by wt.network, and"
            f" {mine[0].name}-{name} to this one's"
        )


def _of_env_files(project: Project) -> Iterator[str]:
    tracked = tracked_env_files(project) if own(project.services) else ()
    if tracked:
        verb = "is" if len(tracked) == 1 else "are"
        yield (
            f"{', '.join(tracked)} {verb} tracked by git and not changed;"
            " the override has the worktree's values"
        )


def _of_service(spec: Spec, model: Model, slug: str) -> Iterator[str]:
    name = spec.name
    if spec.network_mode == "host":
        yield (
            f"{name} uses the host's network, so its ports are main's, and only one of them can run;"
            f" wt.services.shared: {name} leaves it to main"
        )
    if labels := dropped_labels(spec):
        yield f"{name} does not get {', '.join(labels)}: a router would send main's visitors here"
    for network in external_networks(spec, model):
        yield f"{name} joins the external network {network} as {name}-{slug}, not as {name}"
    for joined in spec.networks.values():
        if joined.ipv4_address:
            yield f"{name} does not have the address {joined.ipv4_address} here: use its names"
    replicas = max(spec.scale or 1, spec.replicas or 1)
    if replicas > 1 and any(port.published for port in spec.ports):
        yield f"{name} runs once here, not {replicas} times: in a worktree, a range of ports becomes one port"


def _of_external_volumes(project: Project, spec: Spec) -> Iterator[str]:
    """Yield notes on volumes that main uses too, external ones and those kept outside of the project."""
    volumes = project.model.volumes
    outer = external_keys(volumes)
    if external := [mount.source for mount in spec.mounts if mount.source in outer]:
        yield f"{spec.name} writes to the external volume {', '.join(external)}, which main uses too"
    for key in dict.fromkeys(mount.source for mount in spec.mounts if mount.source in volumes.keys() - outer):
        device = volumes[key].device
        # A directory or a server's path; that of a file system in memory is only a word.
        if device.startswith(("/", ":")) and not PurePosixPath(device).is_relative_to(project.main):
            yield f"{spec.name} has the volume {key} in {device}, which main uses too"


def _of_volumes(project: Project) -> Iterator[str]:
    model, services = project.model, project.services
    names = [one.name for one in own(services)]
    for key, volume in mains_volumes(model, services, model, services).items():
        for name in names:
            mounted = [one for one in model.services[name].mounts if one.source == key]
            if mounted:
                how = "" if name in volume.writers else ", and only reads it"
                yield f"{name} shares the volume {key} with main's {', '.join(volume.users)}{how}"
    for name, key, server in empty_here(model, services):
        yield f"volume {key} of {name} is empty here: only main's has the data of {server}"


def _of_missing_folders(project: Project, specs: Collection[Spec]) -> Iterator[str]:
    """Yield a line for each folder of main that own services mount and that does not come along."""
    main, users = PurePosixPath(project.main), dict[str, list[str]]()
    for spec in specs:
        for mount in spec.mounts:
            source = PurePosixPath(mount.source)
            inner = mount.type == "bind" and source.is_relative_to(main) and source != main
            if inner and Path(source).is_dir():
                users.setdefault(str(source.relative_to(main)), []).append(spec.name)
    brought = {one.path for one in folders_of(project)}
    for folder in sorted({*users} - git.tracked(project.main, [*users]) - brought):
        if not any(PurePosixPath(file).is_relative_to(folder) for file in needed_files(project)):
            names = dict.fromkeys(users[folder])
            who = f"{', '.join(names)} {'mounts' if len(names) == 1 else 'mount'}"
            yield f"{folder}, which {who}, is not copied: add it to .worktreeinclude or wt.files"
