"""The source text of a compose file: which files and variables it makes Compose read."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Mentions", "as_written", "mentions", "places_of", "variables_in", "variables_of_env_file"]

_ELSEWHERE = ("://", "git@", "oci:")
# Compose ignores case, so that two more letters are the same as `s` and `k`.
_LETTERS = r"A-Za-z_\u017f\u212a"
# `$$` is a dollar sign: https://docs.docker.com/reference/compose-file/interpolation/
_VARIABLE = re.compile(rf"\$\$|\$\{{?(?P<name>[{_LETTERS}][{_LETTERS}0-9]*)")
# A name alone on a line, or behind a quoted value. Of all spaces, only the common one cannot be in a name.
_ALONE = re.compile(
    r"""(?:^\ufeff?|['"])[^\S\n]*(?:export\s+)?(?P<name>[^\s=:'"#](?:[^=:'"#\n]*[^\s=:'"#])?)[^\S\n]*$""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a compose file makes Compose read.

    Attributes:
        files: The files that it names, as written, and whether they are compose files too.
        variables: The variables that it interpolates, or passes on by name alone.
    """

    files: tuple[tuple[str, bool], ...]
    variables: frozenset[str]


def mentions(text: str) -> Mentions:
    """Return what a compose file makes Compose read; nothing if the text is not valid YAML."""
    documents = _documents(text)
    return Mentions(
        files=tuple(one for document in documents for one in _named_files(document)),
        variables=frozenset(name for document in documents for name in _variables(document)),
    )


def as_written(texts: Iterable[str]) -> dict[str, object]:
    """Return the services of compose files, later files merged over earlier ones, without included files.

    It replaces `config --no-interpolate` where Compose rejects uninterpolated variables as invalid values.
    """
    services: dict[str, dict[str, object]] = {}
    for document in (one for text in texts for one in _documents(text)):
        given = document.get("services")
        for name, spec in given.items() if isinstance(given, dict) else ():
            found = services.setdefault(str(name), {})
            for key, value in spec.items() if isinstance(spec, dict) else ():
                before = found.get(key)
                if key in ("ports", "env_file"):
                    found[key] = [*_listed(before), *_listed(value)]
                else:
                    found[key] = _merged(before, value)
    return {"services": services}


def _merged(before: object, value: object) -> object:
    return {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value


def _documents(text: str) -> tuple[Mapping[str, object], ...]:
    """Return the documents of a compose file, without their tags."""
    import yaml  # noqa: PLC0415 - costs 30 ms, and only what looks at branches needs it

    class ComposeLoader(yaml.SafeLoader):
        """Accepts every tag, and creates only dictionaries, lists and scalars."""

    def plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)  # type: ignore[arg-type]

    ComposeLoader.add_multi_constructor("!", plain)
    try:
        found = list(yaml.load_all(text, ComposeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    return tuple(one for one in found if isinstance(one, dict))


def _named_files(document: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    for entry in _listed(document.get("include")):
        given = entry if isinstance(entry, dict) else {"path": entry}
        yield from ((str(path), True) for path in _listed(given.get("path")))
        yield from ((str(path), False) for path in _listed(given.get("env_file")))
    for service in _services(document):
        extended = service.get("extends")
        if isinstance(extended, dict) and extended.get("file"):
            yield str(extended["file"]), True
        for key in ("env_file", "label_file"):
            for entry in _listed(service.get(key)):
                yield str(entry.get("path") if isinstance(entry, dict) else entry), False


def _variables(document: Mapping[str, object]) -> Iterator[str]:
    yield from (name for text in _texts(document) for name in variables_in(text))
    for service in _services(document):
        build = service.get("build")
        places = [service.get("environment"), build.get("args") if isinstance(build, dict) else None]
        yield from (name for place in places for name in _handed_on(place))
    for kind in ("secrets", "configs"):
        given = document.get(kind)
        for entry in given.values() if isinstance(given, dict) else ():
            if isinstance(entry, dict) and entry.get("environment"):
                yield str(entry["environment"])


def places_of(path: str, folders: Iterable[str]) -> list[str]:
    """Return the possible places in a checkout of a path that a file names; none for a path outside.

    Args:
        path: The path.
        folders: The directories of the checkout that it may be relative to.
    """
    if posixpath.isabs(path) or any(mark in path for mark in _ELSEWHERE):
        return []
    found = {posixpath.normpath(posixpath.join(folder, path)) for folder in folders}
    return sorted(place for place in found if not place.startswith("../"))


def variables_of_env_file(text: str) -> frozenset[str]:
    """Return the variables that an env file interpolates, or passes on by name alone."""
    return frozenset({*variables_in(text), *(match["name"] for match in _ALONE.finditer(text))})


def variables_in(text: str) -> Iterator[str]:
    """Yield the variables that a value interpolates."""
    return (match["name"] for match in _VARIABLE.finditer(text) if match["name"])


def _handed_on(place: object) -> Iterator[str]:
    if isinstance(place, dict):
        yield from (str(key) for key, value in place.items() if value is None)
    elif isinstance(place, list):
        yield from (str(entry) for entry in place if entry is not None and "=" not in str(entry))


def _services(document: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    services = document.get("services")
    if isinstance(services, dict):
        yield from (one for one in services.values() if isinstance(one, dict))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []


def _texts(document: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts in a document; what its aliases repeat is yielded once."""
    seen: set[int] = set()
    waiting: list[object] = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict | list) and id(one) not in seen:
            seen.add(id(one))
            waiting += [*one.keys(), *one.values()] if isinstance(one, dict) else one
