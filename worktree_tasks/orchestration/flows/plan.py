"""Flow: what `new` would do, told without touching anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ... import git
from ...configuration import naming
from ...configuration.compose.services import own
from ...configuration.env import text as env_text
from ...configuration.env.secrets import mask
from ...machine import files
from ...store import Record
from ..runtimes.compose.images import origins
from ..runtimes.compose.network import planned_name
from ..runtimes.compose.override import carried_changes
from ..steps.compose_project import planned_stack_name
from ..steps.copied_files import env_files, needed_files
from ..steps.env_files import additions_of, changes_of
from ..steps.exposure import look
from ..steps.hooks import hooks_ahead
from ..steps.job_queue import next_broker_database
from ..steps.limits import limits
from ..steps.ports import choose_slot, foreign_holders, own_ports, refuse_another_slot
from ..steps.preconditions import refuse_unusable
from ..steps.surroundings import surroundings
from ..steps.worktree import plan_source, worktree_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...configuration.compose.exposure import Exposure
    from ...configuration.compose.services import Service
    from ...configuration.ports import Port
    from ..runtimes.compose.images import Origin
    from ..steps.project import Site

__all__ = ["EnvChange", "Plan", "plan"]


@dataclass(frozen=True, slots=True)
class EnvChange:
    """A value that changes in an env file, secrets masked, and why."""

    file: str
    key: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What `new` would do for a branch.

    Attributes:
        branch: The branch, and where it comes from.
        source: The same in words.
        name: The slug.
        path: The directory.
        compose_project: The stack's compose project.
        network: The network that its services are in.
        slot: Its N.
        services: Each service, own or shared, and the rule that decided.
        ports: The own services' ports.
        files: Files that would be copied.
        images: The images that it builds or takes from main, and why.
        env: Values that would change.
        notes: What cannot be done, or is left out, and which setting decides it.
        exposures: What the branch asks of the machine and main does not.
        hooks: What runs on this machine, each with its moment.
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


def plan(site: Site, branch: str, *, base: str | None = None, slot: int | None = None) -> Plan:
    """Tell what `new` would do for a branch.

    Args:
        site: The project.
        branch: The branch.
        base: What it would start from.
        slot: The only slot to consider.

    Raises:
        BadUse: The branch, the slot, a setting or the compose file cannot be used.
    """
    source = plan_source(site, branch, base)
    site.check()
    refuse_unusable(site)
    records = site.records()
    existing = next((one for one in records if one.branch == branch), None)
    record = existing or _imagined(site, branch)
    refuse_another_slot(record, slot)
    stack_name = record.compose_project or planned_stack_name(site, record)
    others = [one for one in records if one.id != record.id]
    if existing and existing.slot is not None:
        number, ports = existing.slot, site.store.ports().get(existing.key, ())
    else:
        held = {
            (port.published, port.protocol): "leased"
            for leased in site.store.ports().values()
            for port in leased
            if port.published is not None
        }
        number, ports = choose_slot(
            own_ports(site),
            site.settings.bind,
            used={one.slot for one in others if one.slot is not None},
            holders={**foreign_holders(site, None), **held},
            wanted=slot,
        )
    seen, hook = look(site, source.start), git.post_checkout(site.repository)
    broker = record.broker_database
    if broker is None:
        broker = next_broker_database(site, record, [one.broker_database for one in others])
    record = replace(record, slot=number, broker_database=broker, compose_project=stack_name)
    return Plan(
        branch=branch,
        source=source.label,
        name=record.name,
        path=str(record.path),
        compose_project=stack_name,
        network=record.network or planned_name(site, record),
        slot=number,
        services=seen.services,
        ports=tuple(ports),
        files=(*needed_files(site), *env_files(site)),
        images=origins(site, stack_name, source.start),
        env=tuple(_env_changes(site, record, tuple(ports))),
        notes=limits(site, record.name),
        exposures=seen.exposures,
        hooks=(*((("post-checkout", str(hook)),) if hook else ()), *hooks_ahead(site)),
    )


def _env_changes(site: Site, record: Record, ports: tuple[Port, ...]) -> Iterator[EnvChange]:
    around = surroundings(site, record, ports)
    for name in env_files(site):
        text = files.read_text(site.main / name)
        for one in changes_of(site, record, name, text, around, ports):
            yield EnvChange(name, one.key, mask(one.key, one.old), mask(one.key, one.new), one.reason)
        for key, value in additions_of(site, record, name, text, around, ports).items():
            yield EnvChange(name, key, "", mask(key, value), "added for this worktree")
    # What no env file carries: values in the compose files themselves, and in env files that git tracks.
    copied = {key for name in env_files(site) for key in env_text.values(files.read_text(site.main / name))}
    for service, changes in carried_changes(site.model, own(site.services), around).items():
        for one in changes:
            if one.key not in copied:
                old, new = mask(one.key, one.old), mask(one.key, one.new)
                yield EnvChange(f"environment of {service}", one.key, old, new, one.reason)


def _imagined(site: Site, branch: str) -> Record:
    slug = naming.slug(branch, {one.name for one in site.records()})
    return Record(
        id=0, key="", project_id=0, name=slug, branch=branch, path=worktree_root(site) / slug,
        state="creating", slot=None, start_commit=None, made_branch=False, runtime="compose",
        compose_project=None, network=None, subnet=None, broker_database=None,
        host=site.settings.host.format(slug=slug, project=site.project.name), database="shared", created=0.0,
    )  # fmt: skip
