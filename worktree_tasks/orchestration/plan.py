"""Flow: what `new` would do, told without touching anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import files
from ..configuration import names
from ..configuration.override import dropped_labels
from ..configuration.secrets import mask
from ..store import Record
from .env import changes_of, new_env_file, next_broker_database, surroundings
from .files import env_files, needed_files, tracked_env_files
from .ports import choose_slot, foreign_holders, own_ports
from .worktree import plan_source, worktree_root

if TYPE_CHECKING:
    from ..configuration.ports import Port
    from ..configuration.services import Service
    from .site import Site

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
        slot: Its N.
        services: Each service, own or shared, and the rule that decided.
        ports: The own services' ports.
        files: Files that would be copied.
        env: Values that would change.
        notes: What cannot be done, or is left out, and which setting decides it.
    """

    branch: str
    source: str
    name: str
    path: str
    compose_project: str
    slot: int
    services: tuple[Service, ...]
    ports: tuple[Port, ...]
    files: tuple[str, ...]
    env: tuple[EnvChange, ...]
    notes: tuple[str, ...]


def plan(site: Site, branch: str, *, base: str | None = None) -> Plan:
    """Tell what `new` would do for a branch.

    Raises:
        BadUse: The branch, a setting or the compose file cannot be used.
    """
    source = plan_source(site, branch, base)
    site.check()
    records = site.records()
    existing = next((one for one in records if one.branch == branch), None)
    record = existing or _imagined(site, branch)
    others = [one for one in records if one.id != record.id]
    if existing and existing.slot is not None:
        slot, ports = existing.slot, site.store.ports().get(existing.key, ())
    else:
        held = {
            (port.published, port.protocol): "leased"
            for leased in site.store.ports().values()
            for port in leased
            if port.published is not None
        }
        slot, ports = choose_slot(
            own_ports(site),
            site.settings.bind,
            used={one.slot for one in others if one.slot is not None},
            holders={**foreign_holders(site, None), **held},
            wanted=None,
        )
    broker = record.broker_database
    if broker is None:
        broker = next_broker_database(site, record, [one.broker_database for one in others])
    record = replace(record, slot=slot, broker_database=broker)
    around = surroundings(site, record, ports)
    changes = tuple(
        EnvChange(name, one.key, mask(one.key, one.old), mask(one.key, one.new), one.reason)
        for name in env_files(site)
        for one in changes_of(site, record, name, files.read_text(site.main / name), around)
    )
    return Plan(
        branch=branch,
        source=source.label,
        name=record.name,
        path=str(record.path),
        compose_project=str(record.compose_project),
        slot=slot,
        services=site.services,
        ports=tuple(ports),
        files=(*needed_files(site), *env_files(site)),
        env=changes,
        notes=tuple(_notes(site)),
    )


def _imagined(site: Site, branch: str) -> Record:
    known = site.known()
    taken = {one.name for one in site.records()}
    slug = names.slug(branch, taken)
    name = known.name if known else str(site.model["name"])
    return Record(
        id=0, key="", project_id=0, name=slug, branch=branch, path=worktree_root(site) / slug,
        state="creating", slot=None, start_commit=None, made_branch=False, runtime="compose",
        compose_project=names.stack_name(name, slug), network=None, subnet=None, broker_database=None,
        host=site.settings.host.format(slug=slug, project=name), database="shared", created=0.0,
    )  # fmt: skip


def _notes(site: Site) -> list[str]:
    notes: list[str] = []
    tracked = tracked_env_files(site)
    if tracked:
        notes.append(
            f"{', '.join(tracked)} is tracked by git and stays as it is; the override carries its values"
        )
    carriers = [name for name in site.compose_files.env_files if name in env_files(site)]
    if not site.compose_files.implicit and not carriers and not new_env_file(site):
        notes.append(
            "plain `docker compose` in the worktree will not find its override: neither compose.override.yaml"
            " nor an ignored .env is free for it; use the wt tasks there"
        )
    for service in site.services:
        spec = site.model["services"][service.name]
        if service.role == "own" and spec.get("network_mode") == "host":
            notes.append(
                f"{service.name} uses the host's network: its ports stay, so only one stack can run it"
            )
        if service.role == "own" and (labels := dropped_labels(spec)):
            notes.append(
                f"{service.name} loses {', '.join(labels)}: a router would send main's visitors here"
            )
        if service.idle:
            notes.append(f"{service.name} is not started: {service.idle}")
    return notes
