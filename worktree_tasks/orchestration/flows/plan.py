"""Flow: show what `new` would do, without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ... import git
from ...configuration import naming
from ...configuration.compose.main_addresses import carried_arguments, carried_changes
from ...configuration.compose.role_notes import spread_notes
from ...configuration.compose.service_roles import own
from ...configuration.env.secret_masking import mask
from ...machine import files
from ...quick_dataclasses import dataclass, replace
from ...store import Record
from ..steps.address_targets import surroundings
from ..steps.copied_folders import folders_of
from ..steps.env_file_writing import additions_of, changes_of
from ..steps.free_ports import choose_ports, foreign_holders, leased_by_others, ports_seen, services_seen
from ..steps.hooks import hooks_ahead
from ..steps.job_notes import all_job_notes, give_own_brokers
from ..steps.limitations import limits, of_branch
from ..steps.machine_access import look
from ..steps.needed_files import env_files, needed_files, new_env_file
from ..steps.own_databases import database_notes, planned_names
from ..steps.ports import own_ports, refuse_another_slot
from ..steps.preconditions import refuse_unusable
from ..steps.queue_databases import planned_databases
from ..steps.sqlite_files import missing_sqlite_files
from ..steps.url_host import host_for
from ..steps.worktree_creation import plan_source
from ..steps.worktree_handle import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...configuration.compose.git_access import GitAccess
    from ...configuration.compose.machine_access import Exposure
    from ...configuration.compose.service_roles import Service
    from ...configuration.env.rewriting import ValueChange
    from ...configuration.ports import Port
    from ...configuration.state_words import Mode
    from ..runtimes.runtime_values import Origin
    from ..steps.project import Project

__all__ = ["EnvChange", "Plan", "plan"]


@dataclass(frozen=True, slots=True)
class EnvChange:
    """A value that would change in an env file, with secrets masked, and the reason."""

    file: str
    key: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What `new` would do for a branch.

    Attributes:
        branch: The branch.
        source: Where the branch comes from, in words.
        name: The slug.
        path: The directory.
        compose_project: The stack's compose project.
        network: The stack's network.
        slot: The worktree's slot.
        services: Each service, own or shared, and the rule that decided.
        ports: The own services' ports.
        files: Files that would be copied.
        images: The images that it would build or take from main, and why.
        env: Values that would change.
        notes: What cannot be done or is left out, and the setting that decides it.
        exposures: Access to the machine that the branch asks for and main does not.
        hooks: The hooks that would run on this machine, each with its event and command.
        database: The mode of its databases: `shared`, `clone` or `empty`.
        databases: The databases that it would own, in words.
        git: Whether git works in the containers of own services, and why.
    """

    branch: str
    source: str
    name: str
    path: str
    compose_project: str
    network: str
    slot: int
    services: tuple[Service, ...]
    ports: tuple[Port, ...]
    files: tuple[str, ...]
    images: tuple[Origin, ...]
    env: tuple[EnvChange, ...]
    notes: tuple[str, ...]
    exposures: tuple[Exposure, ...] = ()
    hooks: tuple[tuple[str, str], ...] = ()
    database: Mode = "shared"
    databases: tuple[str, ...] = ()
    git: tuple[GitAccess, ...] = ()


def plan(
    project: Project,
    branch: str,
    *,
    base: str | None = None,
    slot: int | None = None,
    database: str | None = None,
) -> Plan:
    """Return what `new` would do for a branch.

    Args:
        project: The project.
        branch: The branch.
        base: What the branch would start from.
        slot: The only slot to consider.
        database: The mode of its databases; the project's setting by default.

    Raises:
        BadUse: The branch, the slot, a setting or a compose file cannot be used.
    """
    source = plan_source(project, branch, base)
    project.check()
    refuse_unusable(project)
    records = project.records()
    record = next((one for one in records if one.branch == branch), None) or _provisional_record(
        project, branch
    )
    seen, tree = look(project, source.start), Tree(project, record)
    if seen.error:
        raise seen.error
    tree.planned_input = seen.input
    refuse_another_slot(record, slot)
    full = give_own_brokers(tree)
    tree.record = record = tree.runtime.planned(tree)
    others = [one for one in records if one.id != record.id]
    holders = {**foreign_holders(project, record), **leased_by_others(tree)}
    if record.slot is not None:
        number, ports = record.slot, tree.ports
    else:
        number, ports = choose_ports(
            tree,
            own_ports(project, tree.services),
            used={one.slot for one in others if one.slot is not None},
            holders=holders,
            wanted=slot,
        )
    hook = git.post_checkout(project.repository)
    if record.id == 0:
        # Both were validated before.
        mode = cast("Mode", database or project.settings.database)
        tree.record = record = replace(record, database=mode)
    tree.planned_databases = planned_names(tree)
    broker, tree.planned_queues = planned_databases(tree, project.store.held(record, "broker_database"))
    tree.record = replace(record, slot=number, broker_database=broker)
    services = services_seen(tree, seen)
    ports = ports_seen(tree, seen, ports, holders)
    return Plan(
        branch=branch,
        source=source.label,
        name=record.name,
        path=str(record.path),
        compose_project=str(record.compose_project),
        network=str(record.network),
        slot=number,
        services=services,
        ports=ports,
        files=(
            *needed_files(project),
            *env_files(project),
            *(one.path for one in folders_of(project) if not one.large),
        ),
        images=tree.runtime.origins(tree, source.start, ports),
        env=tuple(_env_changes(tree, ports, fresh=None if seen.env_tracked else new_env_file(tree))),
        notes=tuple(
            dict.fromkeys(
                (
                    *_of_foreign_main(project),
                    *spread_notes(services),
                    *limits(tree, env_tracked=seen.env_tracked),
                    *of_branch(project, services, seen.input.files),
                    *full,
                    *all_job_notes(tree, services),
                    *database_notes(tree),
                    *missing_sqlite_files(tree),
                )
            )
        ),
        exposures=seen.exposures,
        hooks=(*((("post-checkout", str(hook)),) if hook else ()), *hooks_ahead(project)),
        database=record.database,
        databases=tuple(
            f"{own} in {service}, in place of {main}"
            for (service, main), own in tree.planned_databases.items()
            if record.database != "shared"
        ),
        git=tree.runtime.git_access(tree),
    )


def _of_foreign_main(project: Project) -> Iterator[str]:
    if (place := project.runtime.foreign_main(project)) is not None:
        yield (
            f"the compose project {project.name} runs in {place}, which is not this project's main: wt.new "
            "does not start a stack before that is stopped, or one of the two has another name"
        )


def _env_changes(tree: Tree, ports: tuple[Port, ...], *, fresh: str | None) -> Iterator[EnvChange]:
    """Yield the values that change, `fresh` being the `.env` that only the worktree gets."""
    around, seen = surroundings(tree, ports), set()
    for name in (*env_files(tree.project), *((fresh,) if fresh else ())):
        text = "" if name == fresh else files.read_text(tree.project.main / name)
        changed = changes_of(tree, name, text, around, ports)
        for one in (*changed, *additions_of(tree, name, text, around, ports)):
            seen.add((one.key, one.new))
            yield _env_change(name, one)
    # Values that no copied env file has: those in the compose files, and in env files that git tracks.
    model, mine = tree.project.model, own(tree.services)
    for place, found in (
        ("environment", carried_changes(model, mine, around)),
        ("build arguments", carried_arguments(model, mine, around)),
    ):
        for service, changes in found.items():
            yield from (
                _env_change(f"{place} of {service}", one) for one in changes if (one.key, one.new) not in seen
            )


def _env_change(file: str, one: ValueChange) -> EnvChange:
    return EnvChange(file, one.key, mask(one.key, one.old), mask(one.key, one.new), one.reason)


def _provisional_record(project: Project, branch: str) -> Record:
    slug = naming.slug(branch, {one.name for one in project.records()})
    return Record(
        id=0, key="", project_id=project.entry.id, name=slug, branch=branch, path=project.root / slug,
        state="creating", runtime=project.runtime.name,
        host=host_for(project, slug),
    )  # fmt: skip
