"""Write the worktree's compose override to a place where plain `docker compose` finds it too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .... import git
from ....configuration import ports
from ....configuration.compose import host_paths, override_text, service_roles
from ....configuration.compose.compose_files import places_of_override
from ....configuration.compose.kept_port_values import kept_values
from ....configuration.compose.labels import STACK
from ....configuration.compose.main_addresses import carried_arguments, carried_changes
from ....configuration.compose.model_ports import published_ports
from ....configuration.compose.override import Stack, override
from ....configuration.compose.volumes import mains_volumes
from ....configuration.naming import image_tag
from ....errors import Refused
from ....lazy_values import once_each
from ....machine import files
from ....quick_dataclasses import replace
from ...steps.address_targets import surroundings
from ...steps.free_ports import foreign_holders, ports_of_branch
from ...steps.git_lock import lock, unlock
from ...steps.limitations import hidden, of_branch
from ...steps.network_choice import is_projects_network
from ...steps.plain_compose_notes import plain_compose
from ...steps.port_variables import mounting
from ...steps.recorded_roles import record_roles
from ...steps.written_files import not_ours, note_written
from .git_access import with_git
from .main_stack import shared_containers, wanted_shared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....configuration.compose.model import Model
    from ....configuration.compose.service_roles import Service
    from ....configuration.env.address_targets import Surroundings
    from ....configuration.ports import Port
    from ....store import Record
    from ...steps.worktree_handle import Tree

__all__ = ["stack_of", "write_compose", "write_override"]


def write_compose(tree: Tree) -> Stack:
    """Write the override that adapts the project's compose files to this worktree.

    Returns:
        The facts about the worktree's stack.
    """
    with tree.project.progress.step("compose") as say:
        stack = stack_of(tree)
        name = tree.input.files.override
        env_file = tree.input.files.env_file
        kept = not_ours(tree.record, [name, env_file])
        if why := kept.get(name):
            raise Refused(
                f"{tree.record.path}: {why}, and the stack's override has to be written there",
                f"git rm {name}",
                kind="file-in-branch",
            )
        git.exclude(tree.project.repository, f"/{name}")
        written = write_override(tree, stack)
        _delete_former(tree, name)
        record_roles(tree)
        for line in _notes(tree, env_tracked=env_file in kept):
            tree.project.progress.note(line)
        _make_mains_volumes(tree, stack)
        say(f"{name}{'' if written else ' (unchanged)'}")
        return stack


def write_override(tree: Tree, stack: Stack) -> bool:
    """Write the override of a stack, and lock the worktree if its containers see git's directory.

    Returns:
        Whether it has changed.
    """
    (lock if any(one.mounted for one in stack.git_access.values()) else unlock)(tree)
    name = tree.input.files.override
    place = tree.record.path / name
    # If it contains values, it is as secret as the env files.
    mode = 0o600 if stack.environment or stack.arguments else 0o644
    root = tree.record.path if place.is_relative_to(tree.record.path) else None
    text = override_text.dump(override(tree.model, stack))
    written = files.write_text(place, text, root=root, mode=mode)
    note_written(tree, [name])
    return written


def _notes(tree: Tree, *, env_tracked: bool) -> tuple[str, ...]:
    """Return notes on what differs from main on the worktree's branch."""
    project, name, chosen = tree.project, tree.record.name, tree.input.files
    plain = plain_compose(project, name, chosen, env_tracked=env_tracked)
    mains = {*plain_compose(project, name), *plain_compose(project, tree.record.branch)}
    unseen = [f"{hidden(one)}: git add --force {one}" for one in git.hidden_by_us(project.repository)]
    return (
        *(line for line in plain if line not in mains),
        *of_branch(project, tree.branch_services, chosen),
        *unseen,
    )


def _delete_former(tree: Tree, name: str) -> None:
    """Delete our overrides in places where earlier compose files of the branch put them."""
    for former in places_of_override(tree.input.files.directory):
        place = tree.record.path / former
        if former == name or not place.is_file() or not override_text.is_ours(files.read_text(place)):
            continue
        if former not in not_ours(tree.record, [former]):
            place.unlink()


def _make_mains_volumes(tree: Tree, stack: Stack) -> None:
    """Create main's volumes that the stack mounts if main never ran, as Compose would for main."""
    project = tree.project
    there = project.engine.volumes() if stack.mains_volumes else {}
    for key, mounted in stack.mains_volumes.items():
        if mounted.name not in there:
            spec = project.model.volumes[key]
            marks = {STACK: project.name, "com.docker.compose.volume": key}
            project.engine.create_volume(mounted.name, marks, driver=spec.driver, options=spec.options)


@once_each
def stack_of(tree: Tree) -> Stack:
    """Assemble the facts about a worktree's stack from its record and its branch's compose model.

    They are computed once, so that the override and the start of the stack use the same facts.
    """
    model, decided = tree.model, tree.branch_services
    leased = _ports(tree, model, decided)
    outside = host_paths.outside(tree.project.model, str(tree.project.main))
    stack = Stack(
        key=tree.record.key,
        project=tree.project.name,
        name=tree.record.name,
        compose_project=str(tree.record.compose_project),
        network=str(tree.record.network),
        services=decided,
        ports=leased,
        bind=tree.project.settings.bind,
        main=str(tree.project.main),
        directory=str(tree.record.path),
        images=_images(model, decided, tree.record),
        containers=_containers_of_main(tree),
        share_names=is_projects_network(tree),
        outside=outside,
        real={path: os.path.realpath(path) for path in outside},
        branch=tree.record.branch,
        slot=tree.record.slot,
        mains_volumes=mains_volumes(model, decided, tree.project.model, tree.services),
    )
    around, mine = surroundings(tree, stack.ports), service_roles.own(decided)
    return replace(
        with_git(tree, model, stack),
        environment=_environment(tree, model, mine, around),
        arguments={
            name: {one.key: one.new for one in changes}
            for name, changes in carried_arguments(model, mine, around).items()
        },
    )


def _containers_of_main(tree: Tree) -> dict[str, str]:
    """Return the names of main's shared containers, or the names that Compose will give them."""
    project = tree.project
    specs = [project.model.services[one.name] for one in service_roles.shared(tree.services)]
    usual = {spec.name: spec.container_name or f"{project.name}-{spec.name}-1" for spec in specs}
    running = shared_containers(project, wanted_shared(tree.services))
    return usual | {name: one.name for name, one in running.items()}


def _ports(tree: Tree, model: Model, decided: Iterable[Service]) -> tuple[Port, ...]:
    """Return the leased ports of the branch's own services, and lease those that only the branch has."""
    own = [service.name for service in service_roles.own(decided)]
    pairs = ports.matched(published_ports(model, own), tree.ports)
    before = [leased for _, leased in pairs if leased]
    if len(before) == len(pairs):
        found = ports_of_branch(tree, model, decided, before, {})
        if found != tree.ports:
            tree.lease_slot(lambda *_: (int(tree.record.slot or 0), found))
        return found
    strangers = foreign_holders(tree.project, tree.record)

    def choose(_: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
        chosen = ports_of_branch(tree, model, decided, tree.ports, {**strangers, **held})
        return int(tree.record.slot or 0), chosen

    tree.lease_slot(choose)
    return tree.ports


def _images(model: Model, decided: Iterable[Service], record: Record) -> dict[str, str]:
    """Return the worktree's own tag for each service that builds an image, or uses another's."""
    specs = model.services
    own = [service.name for service in service_roles.own(decided)]
    tags = {name: image_tag(str(record.compose_project), name) for name in own if specs[name].build}
    users = {name: service_roles.builder_of(specs, name) for name in own}
    return tags | {name: tags[builder] for name, builder in users.items() if builder in tags}


def _environment(
    tree: Tree, model: Model, own: Collection[Service], around: Surroundings
) -> dict[str, dict[str, str]]:
    """Return new values for those that point to main and are in no env file that we may change."""
    changes = carried_changes(model, own, around)
    names = [service.name for service in own]
    values = tree.project.input.interpolation
    kept = kept_values(tree.project.model, model, names, around, mounting(tree), values)
    return {
        name: {**{one.key: one.new for one in changes.get(name, ())}, **kept.get(name, {})}
        for name in names
        if name in changes or name in kept
    }
