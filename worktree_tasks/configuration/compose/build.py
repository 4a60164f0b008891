"""How a service's image is built, as the model of a compose project has it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Build"]


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built: https://docs.docker.com/reference/compose-file/build/.

    Attributes:
        context: A directory, or the address of a repository.
        dockerfile: The Dockerfile's path, from the context; empty where it stands inline.
        inline: The Dockerfile's text where it stands in the compose file.
        target: The stage that is built; None for the last.
        additional_contexts: Further contexts, by name.
        powers: What the build may do beyond others, entry by entry, by key.
        raw: The whole section.
        arguments: Its arguments; None for one without a value.
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
        """Where its Dockerfile lies."""
        return posixpath.join(self.context, self.dockerfile or "Dockerfile")
