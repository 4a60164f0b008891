"""Images: what a Dockerfile's image starts, and where it has files of the project."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from ..env.expansion import expand
from ..jobs.job_recognition import StartedProgram
from . import dockerfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .dockerfile import Stage
    from .model import Spec

__all__ = ["Image", "image_of", "plain", "program_of"]

# Images whose entry point passes the command as arguments to one program.
_PROGRAMS = {"airflow": "airflow", "n8n": "n8n"}
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>\"[^\"]*\"|'[^']*'|\S*)")


@dataclass(frozen=True, slots=True)
class Image:
    """What is known about an image.

    Attributes:
        entrypoint: The words of its entry point.
        command: The words of its default command.
        directory: Its working directory.
        values: Its environment.
        copies: The files copied into it: paths or patterns in the build context, and their destinations.
    """

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    directory: str = "/"
    values: tuple[tuple[str, str], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()

    def sources(self, path: str) -> Iterator[str]:
        """Yield where in the build context a file may come from, most likely first."""
        for source, place in reversed(self.copies):
            if path == place:
                yield source
            elif path.startswith(f"{place.rstrip('/')}/"):
                rest = path[len(place.rstrip("/")) + 1 :]
                folder, name = posixpath.split(source)
                if fnmatchcase(rest, name):
                    yield posixpath.join(folder, rest)
                yield posixpath.normpath(posixpath.join(source, rest))


def program_of(
    spec: Spec, image: Image, read: Callable[[str], str | None] = lambda _: None
) -> StartedProgram:
    """Return what a service starts.

    Args:
        spec: The service.
        image: What is known about its image.
        read: Returns the text of a project file by its path in the container; None for other files.
    """
    entrypoint, command = spec.entrypoint, spec.command
    if command is None:
        # An explicit entry point discards the image's command.
        command = image.command if entrypoint is None else ()
    if entrypoint is None:
        entrypoint = image.entrypoint or _entrypoint_of("" if spec.build else spec.image)
    environment = {key: plain(value) for key, value in spec.environment.items() if value is not None}
    return StartedProgram(
        spec.name,
        tuple(map(plain, entrypoint)),
        tuple(map(plain, command)),
        {**dict(image.values), **environment},
        spec.working_dir or image.directory,
        read,
        published=bool(spec.ports),
    )


def _entrypoint_of(image: str) -> tuple[str, ...]:
    """Return the entry point of a published image, if it is one that matters."""
    program = _PROGRAMS.get(posixpath.basename(image.partition("@")[0]).partition(":")[0])
    return (program,) if program else ()


def plain(text: str) -> str:
    """Return a text of the model as the container sees it; the model doubles `$`."""
    return text.replace("$$", "$")


def image_of(text: str, target: str | None = None, arguments: Mapping[str, str] | None = None) -> Image:
    """Return what is known about the image that a Dockerfile builds.

    Args:
        text: The Dockerfile.
        target: The stage that is built; the last by default.
        arguments: Its build arguments.
    """
    known = dockerfile.stages(text)
    variables: dict[str, str] = {}
    return _image(
        tuple(reversed(dockerfile.lineage(text, target))), known, variables, dict(arguments or {}), depth=0
    )


def _image(
    stages: tuple[Stage, ...],
    known: tuple[Stage, ...],
    variables: dict[str, str],
    arguments: dict[str, str],
    *,
    depth: int,
) -> Image:
    entrypoint = _entrypoint_of(expand(stages[0].image, {**arguments, **variables})) if stages else ()
    command: tuple[str, ...] = ()
    directory = "/"
    environment: dict[str, str] = {}
    copies: list[tuple[str, str]] = []
    for name, rest in ((name, rest) for stage in stages for name, rest in stage.instructions):
        if name == "ARG":
            key, _, default = rest.partition("=")
            variables[key] = arguments.get(key, default.strip("\"'"))
        elif name == "ENV":
            given = {match["name"]: match["value"].strip("\"'") for match in _ASSIGNMENT.finditer(rest)}
            if not given:
                key, _, value = rest.partition(" ")
                given = {key: value}
            environment |= {key: expand(value, variables) for key, value in given.items()}
            variables |= environment
        elif name == "WORKDIR":
            directory = posixpath.normpath(posixpath.join(directory, expand(rest.strip("\"'"), variables)))
        elif name == "ENTRYPOINT":
            entrypoint, command = _words(rest), ()
        elif name == "CMD":
            command = _words(rest)
        elif name in ("COPY", "ADD"):
            copies += _copies(expand(rest, variables), directory, known, variables, arguments, depth)
    return Image(entrypoint, command, directory, tuple(environment.items()), tuple(copies))


def _words(rest: str) -> tuple[str, ...]:
    """Return the words of a command; unless it is a list, a shell runs it."""
    return tuple(dockerfile.words_of(rest)) if rest.startswith("[") else ("/bin/sh", "-c", rest)


def _copies(
    rest: str,
    directory: str,
    known: tuple[Stage, ...],
    variables: dict[str, str],
    arguments: dict[str, str],
    depth: int,
) -> Iterator[tuple[str, str]]:
    words = dockerfile.words_of(rest)
    *sources, place = [word for word in words if not word.startswith("--")] or [""]
    origin = next((word.partition("=")[2].lower() for word in words if word.startswith("--from=")), None)
    goal = posixpath.normpath(posixpath.join(directory, place))
    if origin is None:
        for source in sources:
            yield posixpath.normpath(source.lstrip("/") or "."), goal
        return
    stage = next((one for one in known if origin in (one.name, str(one.number))), None)
    if stage is None or depth:
        return
    inner = _image((stage,), known, dict(variables), arguments, depth=1)
    for source in sources:
        yield from ((one, _moved(at, source, goal)) for one, at in inner.copies if _moved(at, source, goal))


def _moved(place: str, source: str, goal: str) -> str:
    """Return a path's new place after its folder was copied; empty if it is not in that folder."""
    folder = source.rstrip("/") or "/"
    if place == folder:
        return goal
    inner = place.startswith(folder if folder == "/" else f"{folder}/")
    return posixpath.join(goal, posixpath.relpath(place, folder)) if inner else ""
