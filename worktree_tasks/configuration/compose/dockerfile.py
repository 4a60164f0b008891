"""Dockerfiles: what an image starts from, and which files of the project go into it.

Instructions as https://docs.docker.com/reference/dockerfile/ has them.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...printable import lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["Stage", "base_image", "copied", "stages"]

_HEREDOC = re.compile(r"<<-?[\"']?[A-Za-z_]")
_REMOTE = re.compile(r"^(?:https?|git|ssh)://|^git@")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, what it starts from, and its instructions as (NAME, rest) pairs."""

    name: str
    image: str
    instructions: tuple[tuple[str, str], ...]


def stages(text: str) -> tuple[Stage, ...]:
    """Read a Dockerfile's stages in order."""
    found: list[Stage] = []
    for name, rest in _instructions(text):
        if name == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            named = words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else ""  # noqa: PLR2004 - image AS name
            found.append(Stage(named, words[0] if words else "", ()))
        elif found:
            last = found[-1]
            found[-1] = Stage(last.name, last.image, (*last.instructions, (name, rest)))
    return tuple(found)


def base_image(text: str, target: str | None = None) -> str | None:
    """Return the image that a Dockerfile's stage starts from, followed through its own stages.

    Args:
        text: The Dockerfile.
        target: The stage that is built; the last by default.
    """
    chain = list(_chain(stages(text), target))
    return chain[-1].image if chain else None


def copied(text: str, target: str | None, mounts: Collection[str]) -> frozenset[str] | None:
    """Return which paths of the build context a stage's image depends on.

    What is copied to a place that a mount covers in the container does not count, unless a later `RUN` may
    have read it.

    Args:
        text: The Dockerfile.
        target: The stage that is built; the last by default.
        mounts: Where the container has the project mounted.

    Returns:
        Paths or patterns relative to the context; None when the Dockerfile does not tell.
    """
    if _HEREDOC.search(text) or re.search(r"--mount=\S*type=bind", text):
        return None
    known = stages(text)
    found: set[str] = set()
    for stage in _needed(known, target):
        final = stage in tuple(_chain(known, target))
        last_run = max((at for at, (name, _) in enumerate(stage.instructions) if name == "RUN"), default=-1)
        workdir = "/"
        for at, (name, rest) in enumerate(stage.instructions):
            if name == "WORKDIR":
                workdir = posixpath.join(workdir, rest.strip("\"'"))
            if name not in ("COPY", "ADD"):
                continue
            words = _words(rest)
            if "$" in workdir or any("$" in word for word in words):
                return None
            if any(word.startswith("--from=") for word in words):
                continue
            *sources, place = [word for word in words if not word.startswith("--")]
            covered = final and at > last_run and _covered(posixpath.join(workdir, place), mounts)
            if not covered:
                found.update(source for source in sources if not _REMOTE.match(source))
    return frozenset(posixpath.normpath(source.lstrip("/") or ".") for source in found)


def _covered(place: str, mounts: Collection[str]) -> bool:
    return any(PurePosixPath(posixpath.normpath(place)).is_relative_to(mount) for mount in mounts)


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in lines_of(text) if not re.match(r"^\s*#", line)]
    joined = re.sub(r"\\[ \t]*\n", " ", "\n".join(lines))
    for line in lines_of(joined):
        name, _, rest = line.strip().partition(" ")
        if name:
            yield name.upper(), rest.strip()


def _words(rest: str) -> list[str]:
    flags = re.match(r"(?:--\S+\s+)*", rest)
    start = flags.end() if flags else 0
    if rest[start:].lstrip().startswith("["):
        try:
            return [*rest[:start].split(), *map(str, json.loads(rest[start:]))]
        except ValueError:
            return rest.split()
    return shlex.split(rest)


def _chain(known: Sequence[Stage], target: str | None) -> Iterator[Stage]:
    """Yield the stage that is built and those it starts from, in turn."""
    by_name = {stage.name: stage for stage in known if stage.name}
    by_name |= {str(number): stage for number, stage in enumerate(known)}
    stage = by_name.get((target or "").lower(), known[-1] if known else None)
    seen: set[Stage] = set()
    while stage is not None and stage not in seen:
        seen.add(stage)
        yield stage
        stage = by_name.get(stage.image.lower())


def _needed(known: Sequence[Stage], target: str | None) -> list[Stage]:
    """Return every stage that the built one starts from or copies from."""
    needed = list(_chain(known, target))
    for stage in needed:
        for name, rest in stage.instructions:
            source = re.search(r"--from=(\S+)", rest)
            if name in ("COPY", "ADD", "RUN") and source:
                more = [one for one in _chain(known, source[1]) if source[1].lower() in _names(known)]
                needed.extend(one for one in more if one not in needed)
    return needed


def _names(known: Sequence[Stage]) -> set[str]:
    return {stage.name for stage in known} | {str(number) for number in range(len(known))}
