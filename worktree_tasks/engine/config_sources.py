"""What Compose reads for `docker compose config`: files, and variables of the environment.

Rather too much is found than too little. A key counts wherever it stands, since a merge may bring it to a
service, and each value is the text that was written: YAML 1.1 takes `no` and `1:30` for something else.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration.compose.compose_file_text import variables_in, variables_of_env_file
from ..quick_dataclasses import dataclass
from .compose_command import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

    from .compose_command import Invocation

__all__ = ["ConfigSources", "sources"]

# Variables that Compose reads itself begin so; it uses others only where a file names them.
_STEERING = ("COMPOSE_", "DOCKER_", "HOME", "PWD")
# Keys of what Compose reads, or whose symbolic links it follows.
_PATHS = ("env_file", "label_file", "path")
_HANDED_ON = ("environment", "args")
_MERGE = "<<"
_BINARY = "tag:yaml.org,2002:binary"
# As nearly all write it; the other ways are found among the nodes.
_INCLUDE = re.compile(rb"^include[ \t]*:", re.MULTILINE)
# libyaml makes nodes by recursion in C, which ends the whole process where a file nests too deep.
_LEVELS = 100
# Escapes in an env file that are replaced before variables are.
_ESCAPED = re.compile(r"\\0|\\\$\$|\$\{?\w*\\")


@dataclass(frozen=True, slots=True)
class ConfigSources:
    """What Compose reads: paths, at which nothing may be, and names of variables, which may not be set."""

    paths: tuple[str, ...]
    variables: tuple[str, ...]

    def state(self, call: Invocation, program: str) -> str:
        """Return a value that changes with the program, with any of the paths and with any of the variables.

        Raises:
            OSError: A file cannot be read.
        """
        values = environment(call)
        status = os.stat(program)  # noqa: PTH116 - a text already
        seen = [
            (program, status.st_ctime_ns, status.st_size),
            [(path, *_place_and_content(path)) for path in self.paths],
            [(name, values.get(name)) for name in self.variables],
            sorted(one for one in values.items() if one[0].startswith(_STEERING)),
        ]
        return hashlib.sha256(repr(seen).encode(errors="surrogateescape")).hexdigest()


def sources(call: Invocation) -> ConfigSources | None:
    """Return what Compose reads for a project; None if only Compose can tell.

    Raises:
        OSError: A file cannot be read.
    """
    directory = str(call.directory)
    # Compose may read the settings in the .env even where others are given.
    inner = [*map(str, call.env_files), os.path.join(directory, ".env")]  # noqa: PTH118
    variables = set[str]()
    for file in call.files:
        if not file.is_file():  # a pipe gives its content once
            return None
        found = _mentioned(file.read_bytes())
        if found is None:
            return None
        paths, names = found
        # Compose cleans relative paths alone, and does not look where `..` leads.
        inner += (path if path.startswith("/") else os.path.normpath(f"{directory}/{path}") for path in paths)
        variables |= names
    for path in inner:
        text = os.fsdecode(Path(path).read_bytes()) if os.path.isfile(path) else ""  # noqa: PTH113
        if _ESCAPED.search(text):
            return None
        variables |= variables_of_env_file(text)
    return ConfigSources(tuple(dict.fromkeys([*map(str, call.files), *inner])), tuple(sorted(variables)))


@lru_cache(16)
def _mentioned(text: bytes) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the paths and the variables that a compose file names; None if only Compose can tell."""
    if _INCLUDE.search(text):
        return None
    import yaml  # noqa: PLC0415 - costs 20 ms, and a kept answer needs none of it, nor a file that includes

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        if _is_deep(text, loader):
            return None
        documents = list(yaml.compose_all(text, loader))
    except yaml.YAMLError:
        return None
    nodes = list(_beneath(*documents))
    pairs = [pair for node in nodes for pair in _pairs(node)]
    paths = {path for key, value in pairs if key.value in _PATHS for path in _texts(value)}
    handed_on = {name for key, value in pairs if key.value in _HANDED_ON for name in _handed_on(value)}
    if (
        any(key.value in ("include", _MERGE) for document in documents for key, _ in _pairs(document))
        or any(key.value == "extends" and "file" in _texts(value) for key, value in pairs)
        or any(node.tag == _BINARY for node in nodes)
        or any("$" in one for one in paths | handed_on)
        or any(path.startswith("~") for path in paths)
    ):
        return None
    named = (name for text in _texts(*documents) for name in variables_in(text))
    return frozenset(paths), frozenset((*handed_on, *named))


def _is_deep(text: bytes, loader: type[yaml.BaseLoader]) -> bool:
    """Return whether a document nests deeper than any real one."""
    import yaml  # noqa: PLC0415 - as above

    level = 0
    for event in yaml.parse(text, loader):
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > _LEVELS:
            return True
    return False


def _handed_on(place: yaml.Node) -> Iterator[str]:
    """Yield the variables that are handed on by name alone; one that is computed has a dollar sign."""
    listed = [place]
    for node in _beneath(place):
        listed += [entry[0] if isinstance(entry, tuple) else entry for entry in _entries(node)]
    for one in listed:
        name, given, _ = one.value.partition("=") if isinstance(one.value, str) else ("", "=", "")
        if not given or "$" in name:
            yield name


def _texts(*nodes: yaml.Node) -> set[str]:
    return {one.value for one in _beneath(*nodes) if isinstance(one.value, str)}


def _beneath(*nodes: yaml.Node) -> Iterator[yaml.Node]:
    """Yield all nodes; one that aliases repeat is yielded once."""
    seen, waiting = set[int](), list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            for entry in _entries(node):
                waiting += entry if isinstance(entry, tuple) else (entry,)


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    return (entry for entry in _entries(node) if isinstance(entry, tuple))


def _entries(node: yaml.Node) -> list[Any]:
    """Return a mapping's pairs, or the nodes of a sequence."""
    return node.value if isinstance(node.value, list) else []


def _place_and_content(path: str) -> tuple[str, int, str | None]:
    """Return where a path leads, when that changed last, and a digest of its content; None if it is missing.

    Raises:
        OSError: It cannot be read, or is neither a file nor a directory: a pipe gives its content once.
    """
    place = os.path.realpath(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - a text already
    except FileNotFoundError:
        return place, 0, None
    if stat.S_ISDIR(status.st_mode):
        return place, 0, ""
    if not stat.S_ISREG(status.st_mode) and path != os.devnull:
        raise OSError(path)
    return place, status.st_ctime_ns, hashlib.sha256(Path(path).read_bytes()).hexdigest()
