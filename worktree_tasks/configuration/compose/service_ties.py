"""Ties: what makes a service own when another is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .data_servers import is_browser

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .model import Model, Spec
    from .service_facts import Knowledge

__all__ = ["Tie", "awaited_jobs", "ties", "volumes_of"]

# Where a host stands in a configuration file, a command or a variable, besides URLs and before ports.
_HOST_WORDS = (
    r"(?:host|hostname|address|addr|server|upstream|backend|target|endpoint|balance_?member"
    r"|(?:reverse|proxy|fastcgi|uwsgi|grpc|php)_(?:proxy|pass|fastcgi)|set\s+\$\w+)"
)


@dataclass(frozen=True, slots=True)
class Tie:
    """What makes a service own when another is.

    Attributes:
        name: The service.
        source: The other one.
        verb: What the one does with the other, in words.
        inseparable: Whether it holds for a data server too: they have one network.
    """

    name: str
    source: str
    verb: str
    inseparable: bool = False


def awaited_jobs(model: Model) -> frozenset[str]:
    """Return the services whose end another one waits for: jobs, whatever image they run."""
    return frozenset(
        name
        for spec in model.services.values()
        for name, how in spec.depends_on.items()
        if how.condition == "service_completed_successfully"
    )


def ties(
    model: Model, known: Knowledge, of_data: Collection[str], *, directory: str, idle: Collection[str] = ()
) -> Iterator[Tie]:
    """Yield what makes services own when others are.

    Args:
        model: The compose model.
        known: What else is known of the project.
        of_data: The volumes that data servers use, which tie nothing.
        directory: The checkout that the model was read in.
        idle: Services that no stack starts: what shares a network with them can be without them.
    """
    for spec in model.services.values():
        for tie in _ties(spec, model, known, of_data, directory):
            started = not {tie.name, tie.source} & {*idle}
            yield replace(tie, inseparable=tie.inseparable and started)


def _ties(
    spec: Spec, model: Model, known: Knowledge, of_data: Collection[str], directory: str
) -> Iterator[Tie]:
    """Yield what would make a service own: others that it is in front of, or has something in common with."""
    for other in model.services.values():
        if other.name == spec.name:
            continue
        if spec.network_mode == f"service:{other.name}":
            yield Tie(spec.name, other.name, "joins the network of", inseparable=True)
        if other.network_mode == f"service:{spec.name}":
            yield Tie(spec.name, other.name, "lends its network to", inseparable=True)
        for verb in (*_in_front(spec, other, known), *_in_common(spec, other, model, of_data, directory)):
            yield Tie(spec.name, other.name, verb)


def _in_front(spec: Spec, other: Spec, known: Knowledge) -> Iterator[str]:
    """Yield in words how a service needs another one, which would be main's if it were shared."""
    if other.name in spec.depends_on:
        yield "depends on"
    if _prepares(spec, other):
        yield "prepares"
    if any(link.partition(":")[0] == other.name for link in spec.links):
        yield "links to"
    if any(source.partition(":")[0] == other.name for source in spec.volumes_from):
        yield "mounts the volumes of"
    if spec.network_mode != (mode := f"service:{other.name}") and mode in spec.namespaces.values():
        yield "sees the processes of"
    if _names_host(spec, other, known):
        yield "calls"
    if is_browser(spec) and (
        spec.name in (*other.depends_on, *(link.partition(":")[0] for link in other.links))
        or _names_host(other, spec, known)
    ):
        yield "is the browser of"


def _prepares(spec: Spec, other: Spec) -> bool:
    """Return whether a service is a job that another one waits for, and that fills a volume of it."""
    how = other.depends_on.get(spec.name)
    shared_volumes = {one.source for one in spec.mounts if one.type == "volume" and one.source} & {
        one.source for one in other.mounts if one.type == "volume"
    }
    return bool(how and how.condition == "service_completed_successfully" and shared_volumes)


def _in_common(
    spec: Spec, other: Spec, model: Model, of_data: Collection[str], directory: str
) -> Iterator[str]:
    """Yield in words what two services have of one."""
    if spec.image and spec.image == other.image and other.build and not spec.build:
        yield "runs the image of"
    elif _kin(spec.image, other.image):
        yield "runs an image of the same repository as"
    for folder in _folders(spec, directory) & _folders(other, directory):
        yield f"has the folder {folder} in common with"
    theirs = volumes_of(model, other.name)
    for volume in volumes_of(model, spec.name):
        if volume in theirs and volume not in of_data:
            yield f"has the volume {volume} in common with"


def _folders(spec: Spec, directory: str) -> set[str]:
    """Return what looks like a folder of the checkout that a service mounts, and is not the whole of it."""
    sources = (PurePosixPath(one.source) for one in spec.mounts if one.type == "bind")
    inner = (one.relative_to(directory) for one in sources if one.is_relative_to(directory))
    return {str(one) for one in inner if one.name and not one.suffix}


def _kin(image: str, other: str) -> bool:
    """Return whether two images come from one repository that is the project's own."""
    mine, theirs = _repository(image), _repository(other)
    return bool(mine) and mine == theirs


def _repository(image: str) -> str:
    """Return the repository of an image; empty for official ones, which any two projects may run."""
    path, _, last = image.partition("@")[0].removeprefix("docker.io/").rpartition("/")
    if not path or path == "library":
        return ""
    return f"{path}/{last.partition(':')[0]}"


def volumes_of(model: Model, name: str) -> tuple[str, ...]:
    """Return a service's named volumes; those that are external are main's for everybody."""
    found = (one.source for one in model.services[name].mounts if one.type == "volume" and one.source)
    return tuple(one for one in found if one not in model.volumes or not model.volumes[one].external)


def _names_host(spec: Spec, other: Spec, known: Knowledge) -> bool:
    """Return whether a page or a proxy names another service as a host."""
    values = [f"{key}={value}" for key, value in spec.environment.items() if value]
    command = " ".join((*(spec.entrypoint or ()), *(spec.command or ())))
    texts = (*values, command, *spec.labels.values(), known.texts.get(spec.name, ""))
    names = {other.name, other.container_name, other.hostname, *_aliases(other)} - {""}
    return any(name in text and _host(name).search(text) for name in names for text in texts)


def _aliases(spec: Spec) -> Iterator[str]:
    for joined in spec.networks.values():
        yield from joined.aliases


def _host(name: str) -> re.Pattern[str]:
    """Return what finds a name as a host: in a URL, before a port, after a word such as `server`."""
    word, end = re.escape(name), r"(?=[:/?#\s\"',;)}\]]|$)"
    in_url = rf"//(?:[^\s/@]*@)?{word}{end}"
    before_port = rf"(?<![\w.-]){word}:\d{{2,5}}(?!\d)"
    after_word = rf"(?i:{_HOST_WORDS})[\"']?\s*[:=\s]\s*[\"']?{word}{end}"
    return re.compile(f"{in_url}|{before_port}|{after_word}", re.MULTILINE)
