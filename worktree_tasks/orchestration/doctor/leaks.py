"""Check: nothing in Docker bears our labels and stands in no record."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ...configuration.amounts import spoken_count
from ...configuration.stack import LABEL
from ...store import Record
from ..remove import Terms, take_away
from ..worktree import worktree_root
from .check import Look, found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..site import Site

__all__ = ["look"]


@dataclass(slots=True)
class _Left:
    """What one worktree left in Docker."""

    key: str | None
    name: str
    branch: str
    compose_project: str | None = None
    containers: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def spoken(self) -> str:
        kinds = ("containers", "networks", "volumes", "images")
        return ", ".join(f"{kind[:-1]} {name}" for kind in kinds for name in getattr(self, kind))


def look(site: Site) -> Look:
    """Look for objects of this main checkout's worktrees that no record names."""
    left = _left(site)
    troubles = tuple(
        found(
            "leak",
            one.name,
            f"left in Docker of a worktree that is in no record: {one.spoken()}",
            mend=partial(_reap, site, one),
        )
        for one in left
    )
    count = spoken_count(len(site.records()), "worktree") or "none"
    return Look(f"everything with our labels is of {count}", troubles)


def _left(site: Site) -> list[_Left]:
    """Return what is of no record; asked before the records, since a worktree may just be being made."""
    label = f"{LABEL}.project={site.project.name}"
    containers, networks = site.engine.labelled(label), site.engine.networks()
    volumes, images = site.engine.labelled_volumes(label), site.engine.images(label)
    records = site.store.records()
    held = {record.key for record in records}
    named = {record.network for record in records}
    projects = tuple(str(record.compose_project) for record in records if record.compose_project)
    found: dict[str, _Left] = {}

    def of(labels: Mapping[str, str], otherwise: str) -> _Left | None:
        mine = (labels.get(f"{LABEL}.project"), labels.get(f"{LABEL}.main"))
        key = labels.get(f"{LABEL}.key")
        if mine != (site.project.name, str(site.main)) or key in held:
            return None
        name = labels.get(f"{LABEL}.worktree") or otherwise
        left = found.setdefault(key or otherwise, _Left(key, name, name))
        left.branch = labels.get(f"{LABEL}.branch") or left.branch
        return left

    for container in containers:
        if container.project not in projects and (left := of(container.labels, container.name)):
            left.containers.append(container.name)
            left.compose_project = container.project
    # A worktree that was made anew under a name uses the network and the volumes that are there.
    apart = [network for network in networks if network.name not in named]
    rows = [("networks", network.name, network.labels) for network in apart]
    rows += [("volumes", name, labels) for name, labels in volumes if not _of_one(name, projects, "_")]
    rows += [("images", name, labels) for name, labels in images if not _of_one(name, projects, "-")]
    for kind, name, labels in rows:
        if (left := of(labels, name)) is not None:
            getattr(left, kind).append(name)
    return list(found.values())


def _of_one(name: str, projects: Iterable[str], separator: str) -> bool:
    """Return whether a name is one that the stack of a record gives."""
    return any(name.startswith(project + separator) for project in projects)


def _reap(site: Site, left: _Left) -> None:
    """Record what was left, as a worktree whose removal was begun, and finish that removal.

    So it goes the way everything goes: by our label and by a record, which stays when something survives.
    Directories and branches are none of it.
    """
    key = left.key or uuid.uuid4().hex
    taken = {one.name for one in site.records()}
    name = left.name if left.name not in taken else f"{left.name}-{key[:8]}"
    record = Record(
        id=0,
        key=key,
        project_id=site.project.id,
        name=name,
        branch=left.branch,
        path=worktree_root(site) / f".{name}.{key[:8]}.left",
        state="removing",
        slot=None,
        start_commit=None,
        made_branch=False,
        runtime="compose",
        compose_project=left.compose_project,
        network=next(iter(left.networks), None),
        subnet=None,
        broker_database=None,
        host="",
        database="shared",
        created=time.time(),
    )
    with site.alone(left.branch):
        record = site.store.readmit(record, ())
        for image in left.images:
            site.engine.untag(image)
        take_away(site, record, Terms(keep_branch=True))
