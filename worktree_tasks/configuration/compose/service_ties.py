"""Ties: why a service becomes own because another one is."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, replace
from .data_servers import is_browser

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from .model import Model, Spec
    from .role_inputs import RoleInputs

    _Hosts = Mapping[str, frozenset[str]]

__all__ = ["Tie", "awaited_jobs", "ties", "volumes_of"]

# Ends of the words before a host in a configuration file, a command or a variable, besides `set $name`.
_WORDS = (
    "host", "hostname", "address", "addr", "server", "upstream", "backend", "target", "endpoint",
    "balancemember", "balance_member",
    *(
        f"{front}_{end}"
        for front in ("reverse", "proxy", "fastcgi", "uwsgi", "grpc", "php")
        for end in ("proxy", "pass", "fastcgi")
    ),
)  # fmt: skip
_LONGEST = max(map(len, _WORDS))
_SET = re.compile(r"(?i:set)\s+\$\w+\Z")
_BEHIND_HOST = re.compile(r"[:/?#\s\"',;)}\]]|\Z")
_PORT = re.compile(r":\d{2,5}(?!\d)")
_IN_NAMES = re.compile(r"[\w.-]")
_SPACE = re.compile(r"\s")
# A word and its value are this near, in characters; also if the value is indented on the next line.
_REACH = 160
# What stands between `//` and a host in a URL, such as a token, is not longer.
_LONGEST_USER = 4096


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation that makes a service own if another one is.

    Attributes:
        name: The service.
        source: The other one.
        verb: What the service does with the other one, in words.
        inseparable: Whether it applies to data servers too, because both share one network.
    """

    name: str
    source: str
    verb: str
    inseparable: bool = False


def awaited_jobs(model: Model) -> frozenset[str]:
    """Return the services whose completion another one waits for: jobs, whatever their image."""
    return frozenset(
        name
        for spec in model.services.values()
        for name, how in spec.depends_on.items()
        if how.condition == "service_completed_successfully"
    )


def ties(
    model: Model, known: RoleInputs, of_data: Collection[str], *, directory: str, idle: Collection[str]
) -> Iterator[Tie]:
    """Yield the ties between services.

    Args:
        model: The compose model.
        known: What else is known about the project.
        of_data: The volumes that data servers use; they create no ties.
        directory: The checkout that the model was read in.
        idle: Services that no stack starts; services that share a network with them do not need them.
    """
    names = _any_of({name for spec in model.services.values() for name in spec.host_names})
    hosts = {name: _named_hosts(spec, known, names) for name, spec in model.services.items()}
    for spec in model.services.values():
        for tie in _ties(spec, model, hosts, of_data, directory):
            started = not {tie.name, tie.source} & {*idle}
            yield replace(tie, inseparable=tie.inseparable and started)


def _ties(spec: Spec, model: Model, hosts: _Hosts, of_data: Collection[str], directory: str) -> Iterator[Tie]:
    """Yield the ties of one service: to those that it uses, and to those that it shares something with."""
    for other in model.services.values():
        if other.name == spec.name:
            continue
        if spec.network_mode == f"service:{other.name}":
            yield Tie(spec.name, other.name, "joins the network of", inseparable=True)
        if other.network_mode == f"service:{spec.name}":
            yield Tie(spec.name, other.name, "lends its network to", inseparable=True)
        for verb in (*_in_front(spec, other, hosts), *_in_common(spec, other, model, of_data, directory)):
            yield Tie(spec.name, other.name, verb)


def _in_front(spec: Spec, other: Spec, hosts: _Hosts) -> Iterator[str]:
    """Yield in words how a service uses another one."""
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
    if hosts[spec.name] & other.host_names:
        yield "calls"
    if is_browser(spec) and (
        spec.name in (*other.depends_on, *(link.partition(":")[0] for link in other.links))
        or hosts[other.name] & spec.host_names
    ):
        yield "is the browser of"


def _prepares(spec: Spec, other: Spec) -> bool:
    """Return whether a service is a job that another one waits for, and fills a volume of that one."""
    how = other.depends_on.get(spec.name)
    shared_volumes = {one.source for one in spec.mounts if one.type == "volume" and one.source} & {
        one.source for one in other.mounts if one.type == "volume"
    }
    return bool(how and how.condition == "service_completed_successfully" and shared_volumes)


def _in_common(
    spec: Spec, other: Spec, model: Model, of_data: Collection[str], directory: str
) -> Iterator[str]:
    """Yield in words what two services share."""
    if spec.image and spec.image == other.image and other.build and not spec.build:
        yield "runs the image of"
    elif _kin(spec.image, other.image):
        yield "runs an image of the same repository as"
    for folder in _folders(spec, directory) & _folders(other, directory):
        yield f"shares the folder {folder} with"
    theirs = volumes_of(model, other.name)
    for volume in volumes_of(model, spec.name):
        if volume in theirs and volume not in of_data:
            yield f"shares the volume {volume} with"


def _folders(spec: Spec, directory: str) -> set[str]:
    """Return the mounts of a service that look like folders in the checkout, but not the checkout itself."""
    sources = (PurePosixPath(one.source) for one in spec.mounts if one.type == "bind")
    inner = (one.relative_to(directory) for one in sources if one.is_relative_to(directory))
    return {str(one) for one in inner if one.name and not one.suffix}


def _kin(image: str, other: str) -> bool:
    """Return whether two images come from the same repository of the project."""
    mine, theirs = _repository(image), _repository(other)
    return bool(mine) and mine == theirs


def _repository(image: str) -> str:
    """Return the repository of an image; empty for official images, which any project may run."""
    path, _, last = image.partition("@")[0].removeprefix("docker.io/").rpartition("/")
    if not path or path == "library":
        return ""
    return f"{path}/{last.partition(':')[0]}"


def volumes_of(model: Model, name: str) -> tuple[str, ...]:
    """Return a service's named volumes without external ones, which main and all worktrees share."""
    found = (one.source for one in model.services[name].mounts if one.type == "volume" and one.source)
    return tuple(one for one in found if one not in model.volumes or not model.volumes[one].external)


def _named_hosts(spec: Spec, known: RoleInputs, names: re.Pattern[str]) -> frozenset[str]:
    """Return which names a service's variables, command, labels and configuration use as hosts."""
    values = [f"{key}={value}" for key, value in spec.environment.items() if value]
    command = " ".join((*(spec.entrypoint or ()), *(spec.command or ())))
    texts = (*values, command, *spec.labels.values(), known.texts.get(spec.name, ""))
    return frozenset(one[0] for text in texts for one in names.finditer(text) if _is_host(text, *one.span()))


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """Return a pattern for names, none of which is the beginning of a longer one."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, longest_first))})(?![\w.-])")


def _is_host(text: str, start: int, end: int) -> bool:
    """Return whether a name is a host: in a URL, before a port, or after a word like `server`."""
    before = text[start - 1 : start] if start else ""
    if _PORT.match(text, end) and not _IN_NAMES.match(before):
        return True
    if not _BEHIND_HOST.match(text, end):
        return False
    if before == "/":
        return text[max(0, start - 2) : start] == "//"
    if before == "@":
        slash = text.rfind("/", max(0, start - _LONGEST_USER), start)
        user = text[slash + 1 : start - 1]
        return text[max(0, slash - 1) : slash + 1] == "//" and "@" not in user and not _SPACE.search(user)
    return _follows_word(text[max(0, start - _REACH) : start])


def _follows_word(before: str) -> bool:
    """Return whether a text ends in one of the words and what separates it from its value."""
    unquoted = before[:-1] if before.endswith(("'", '"')) else before
    word = unquoted.rstrip()
    if word.endswith((":", "=")):
        word = word[:-1].rstrip()
    elif word == unquoted:
        return False
    word = word[:-1] if word.endswith(("'", '"')) else word
    return word[-_LONGEST:].lower().endswith(_WORDS) or ("$" in word and bool(_SET.search(word)))
