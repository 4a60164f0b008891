"""Dockerfiles: the base image, and which files of the project go into an image.

The instructions are those of https://docs.docker.com/reference/dockerfile/.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...printable import lines_of
from ...quick_dataclasses import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

__all__ = ["DEPENDENCIES", "Stage", "base_image", "copied", "lineage", "stages", "words_of"]

_HEREDOC = re.compile(r"<<-?[\"']?[A-Za-z_]")
# Mounts are bind mounts by default; what they read from the context cannot be seen in the Dockerfile.
_BOUND = re.compile(r"--mount=(?!\S*type=(?!bind))")
_SOURCE = re.compile(r"[-,=]from=([^\s,]+)")
# Files that a command which installs dependencies reads in its working directory.
DEPENDENCIES = (
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock*"),
    *("requirements*.txt", "requirements/*.txt", "pyproject.toml", "setup.py", "setup.cfg", "poetry.lock"),
    *("uv.lock", "Pipfile*", "environment.y*ml", "Gemfile*", "*.gemspec", "composer.json", "composer.lock"),
    *("go.mod", "go.sum", "Cargo.toml", "Cargo.lock", "mix.exs", "mix.lock", "*.csproj", "deno.json*"),
    *("deno.lock", "pom.xml", "build.gradle*"),
)
_REMOTE = re.compile(r"^(?:https?|git|ssh)://|^git@")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its index and name, its base image, and its instructions as (NAME, rest) pairs."""

    number: int
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
            found.append(Stage(len(found), named, words[0] if words else "", ()))
        elif found:
            found[-1] = replace(found[-1], instructions=(*found[-1].instructions, (name, rest)))
    return tuple(found)


def base_image(text: str, target: str | None) -> str | None:
    """Return the base image of a Dockerfile's stage, followed through the stages in between.

    Args:
        text: The Dockerfile.
        target: The stage that is built; None for the last.
    """
    chain = lineage(text, target)
    return chain[-1].image if chain else None


def lineage(text: str, target: str | None) -> tuple[Stage, ...]:
    """Return the stage that is built, followed by the stages of the same Dockerfile that it is based on."""
    known = stages(text)
    return tuple(_chain(known, _built(known, target)))


def copied(
    text: str, target: str | None, mounts: Collection[str], *, read: bool = True
) -> frozenset[str] | None:
    """Return the paths in the build context that a stage's image depends on.

    What is copied to a place that a mount covers in the container does not count, unless a later `RUN` may
    have read it.

    Args:
        text: The Dockerfile.
        target: The stage that is built; the last by default.
        mounts: Where the project is mounted in the container.
        read: Whether what a mount covers counts if a later `RUN` may have read it.

    Returns:
        Paths or patterns relative to the context; None if the Dockerfile does not show them.
    """
    if _HEREDOC.search(text) or _BOUND.search(text):
        return None
    known = stages(text)
    needed = _needed(known, target)
    taken = {source for stage in needed for source in _sources(known, stage)}
    run_upon = _run_upon(known, needed)
    found: set[str] = set()
    for stage in needed:
        last_run = max((at for at, (name, _) in enumerate(stage.instructions) if name == "RUN"), default=-1)
        workdir = "/"
        for at, (name, rest) in enumerate(stage.instructions):
            if name == "WORKDIR":
                workdir = posixpath.join(workdir, rest.strip("\"'"))
            if name not in ("COPY", "ADD"):
                continue
            words = words_of(rest)
            if "$" in workdir or any("$" in word for word in words):
                return None
            if any(word.startswith("--from=") for word in words):
                continue
            *sources, place = [word for word in words if not word.startswith("--")]
            unread = stage not in taken and not (read and (stage in run_upon or at < last_run))
            if not (unread and _covered(posixpath.join(workdir, place), mounts)):
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


def words_of(rest: str) -> list[str]:
    """Return the words of an instruction, which may be written as a JSON list after its flags."""
    flags = re.match(r"(?:--\S+\s+)*", rest)
    start = flags.end() if flags else 0
    try:
        if rest[start:].lstrip().startswith("["):
            return [*rest[:start].split(), *map(str, json.loads(rest[start:]))]
        return shlex.split(rest)
    except (ValueError, RecursionError):
        return rest.split()


def _named(known: Sequence[Stage], word: str) -> Stage | None:
    """Return the last stage with a given name or index."""
    wanted = word.lower()
    return next((one for one in reversed(known) if wanted and wanted in (one.name, str(one.number))), None)


def _built(known: Sequence[Stage], target: str | None) -> Stage | None:
    return _named(known, target or "") or (known[-1] if known else None)


def _chain(known: Sequence[Stage], stage: Stage | None) -> Iterator[Stage]:
    """Yield a stage, then those it is based on, in turn; they can only be earlier ones."""
    while stage is not None:
        yield stage
        stage = _named(known[: stage.number], stage.image)


def _sources(known: Sequence[Stage], stage: Stage) -> Iterator[Stage]:
    """Yield the stages that a stage copies files from, and those that they are based on."""
    for name, rest in stage.instructions:
        if name in ("COPY", "ADD", "RUN") and (source := _SOURCE.search(rest)):
            yield from _chain(known, _named(known[: stage.number], source[1]))


def _needed(known: Sequence[Stage], target: str | None) -> list[Stage]:
    """Return every stage that the built one is based on or copies files from."""
    needed = list(_chain(known, _built(known, target)))
    for stage in needed:
        needed.extend(one for one in _sources(known, stage) if one not in needed)
    return needed


def _run_upon(known: Sequence[Stage], needed: Iterable[Stage]) -> set[Stage]:
    """Return the stages on which other stages run a command that may have read their files."""
    running = (stage for stage in needed if any(name == "RUN" for name, _ in stage.instructions))
    return {one for stage in running for one in _chain(known, stage) if one != stage}
