"""Services as written in the compose files, with variables not yet interpolated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field
from .document_node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RawPort", "RawSpec", "default_in", "parse_raw", "variable_in", "variables_in"]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(rf"\$\{{?(?P<name>{_NAME})")
_WHOLE = re.compile(rf"\$(?:(?P<plain>{_NAME})|\{{(?P<braced>{_NAME})(?::?[-?+].*)?\}})", re.DOTALL)
# Keys with commands that run in the container.
_PROGRAM = ("entrypoint", "command", "healthcheck")
# Keys that are read separately, or that cannot change what a program does.
_ASIDE = (*_PROGRAM, "ports", "env_file", "environment", "expose", "labels")


@dataclass(frozen=True, slots=True)
class RawPort:
    """A published port as it is written.

    Attributes:
        published: The host port; empty if only the container's port is written.
        target: The port in the container.
    """

    published: str
    target: str


@dataclass(frozen=True, slots=True)
class RawSpec:
    """A service as written in the compose files, with variables not yet interpolated.

    Attributes:
        ports: What it publishes on the host.
        env_files: The paths of its env files.
        environment: Its environment, without the variables that it passes on by name alone.
        program: Its entry point, its command and its health check.
        rest: The texts of all other keys that may matter.
    """

    ports: tuple[RawPort, ...] = ()
    env_files: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


def parse_raw(document: object) -> Mapping[str, RawSpec]:
    """Read the services from what Compose prints with `--no-interpolate`, by name.

    Raises:
        BadUse: A value has an unexpected type; the error names its place.
    """
    return {name: _service(one) for name, one in Node(document)["services"].mapping().items()}


def _service(given: Node) -> RawSpec:
    return RawSpec(
        ports=tuple(map(_port, _listed(given["ports"]))),
        env_files=tuple(_path(one) for one in _listed(given["env_file"])),
        environment=_environment(given["environment"]),
        program=tuple(text for key in _PROGRAM for text in _texts(given[key].value)),
        rest=tuple(text for key, one in given.raw().items() if key not in _ASIDE for text in _texts(one)),
    )


def _listed(given: Node) -> tuple[Node, ...]:
    """Return the entries of a list, which may be a single one."""
    return given.listing() if isinstance(given.value, list) else (given,) if given.value else ()


def _path(entry: Node) -> str:
    return (entry["path"] if isinstance(entry.value, dict) else entry).text()


def _port(entry: Node) -> RawPort:
    if isinstance(entry.value, dict):
        return RawPort(entry["published"].text(), entry["target"].text())
    parts = _parts(entry.text())
    return RawPort(parts[-2] if len(parts) > 1 else "", parts[-1].partition("/")[0])


def _parts(text: str) -> list[str]:
    """Split short syntax at its colons, except those inside variables."""
    depth, parts = 0, [""]
    for char in text:
        depth += (char == "{") - (char == "}")
        if char == ":" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _environment(given: Node) -> dict[str, str]:
    if isinstance(given.value, list):
        pairs = (one.text().partition("=") for one in given.listing())
        return {key: value for key, equals, value in pairs if equals}
    return {key: one.text() for key, one in given.mapping().items() if one.value is not None}


def _texts(value: object) -> tuple[str, ...]:
    """Return all texts in a value of any type."""
    if isinstance(value, dict):
        return tuple(text for key, one in value.items() for text in (str(key), *_texts(one)))
    if isinstance(value, list):
        return tuple(text for one in value for text in _texts(one))
    return () if value is None else (str(value),)


def variables_in(text: str) -> frozenset[str]:
    """Return the variables that Compose interpolates in a text; a doubled `$` starts none."""
    return frozenset(match["name"] for match in _VARIABLE.finditer(text.replace("$$", "")))


def variable_in(text: str) -> str | None:
    """Return the variable that a text consists of, whatever its default; None for any other text."""
    match = _WHOLE.fullmatch(text)
    name = match and (match["plain"] or match["braced"])
    return name if name and variables_in(text) == {name} and text.count("$") == 1 else None


def default_in(text: str, name: str) -> tuple[str, ...]:
    """Return the default of a variable in a text, if any."""
    found = re.search(rf"\$\{{{name}:?-(?P<default>[^${{}}]+)\}}", text)
    return (found["default"],) if found else ()
