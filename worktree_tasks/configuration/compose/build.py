"""How a service's image is built, as the model of a compose project has it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Build"]


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built: https://docs.docker.com/reference/compose-file/build/.

    Attributes:
        context: A directory, or the address of a repository.
        dockerfile: The Dockerfile's path, relative to the context; empty if it is inline.
        inline: The Dockerfile's text, if the compose file contains it.
        target: The stage that is built; None for the last.
        additional_contexts: Further contexts, by name.
        powers: Extra privileges of the build: the entries of each key.
        raw: The whole section.
        arguments: Its build arguments; None for one without a value.
    """

    context: str
    dockerfile: str
    inline: str
    target: str | None
    additional_contexts: Mapping[str, str]
    powers: Mapping[str, tuple[str, ...]]
    raw: Mapping[str, object]
    arguments: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def dockerfile_path(self) -> str:
        """The path of its Dockerfile."""
        return posixpath.join(self.context, self.dockerfile or "Dockerfile")
