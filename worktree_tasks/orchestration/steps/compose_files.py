"""The files that Compose reads for a checkout, including those that they name in turn."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ...configuration.compose import compose_file_text
from ...configuration.compose.machine_access import Exposure
from ...configuration.env.expansion import expand
from ...machine import files
from ...quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..runtimes.runtime_values import Input
    from .project import Project

__all__ = ["ReadFiles", "on_disk", "read_files"]


@dataclass(slots=True)
class ReadFiles:
    """The files that Compose reads for a project.

    Attributes:
        texts: The texts of the files in the checkout, by path.
        outside: The files outside the checkout.
        variables: The shell variables that they use.
    """

    texts: dict[str, str] = field(default_factory=dict)
    outside: list[Exposure] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)


def read_files(described: Input, text_of: Callable[[str], str | None]) -> ReadFiles:
    """Read the compose files of a checkout, and the files that they name."""
    chosen, found = described.files, ReadFiles()
    outside = [name for name in chosen.files if posixpath.isabs(name)]
    found.outside += [Exposure("file", f"the compose files read {name}") for name in outside]
    waiting = [(name, True) for name in chosen.files if not posixpath.isabs(name)]
    waiting += [(name, False) for name in (*chosen.env_files, chosen.default_env_file)]
    while waiting:
        name, composed = waiting.pop()
        text = None if name in found.texts else text_of(name)
        if text is None:
            continue
        found.texts[name] = text
        if not composed:
            found.variables |= compose_file_text.variables_of_env_file(text)
            continue
        mentions = compose_file_text.mentions(text)
        found.variables |= mentions.variables
        for path, like_it in mentions.files:
            written = expand(path, described.interpolation)
            places = compose_file_text.places_of(written, (posixpath.dirname(name), chosen.directory))
            waiting += [(place, like_it) for place in places]
            if not places:
                found.outside.append(Exposure("file", f"the compose files read {written}"))
    return found


def on_disk(project: Project, name: str) -> str | None:
    """Return the text of a file in main's directory; None if it is missing."""
    return files.read_text(project.main / name) if (project.main / name).is_file() else None
