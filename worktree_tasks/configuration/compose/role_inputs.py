"""What decisions on the roles of services need besides the compose model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["RoleInputs"]


@dataclass(frozen=True, slots=True)
class RoleInputs:
    """What is known about a project besides its compose model.

    Attributes:
        bases: The base image in the Dockerfile of each service that is built.
        has_source: Returns whether a host path contains source of the project, according to git.
        texts: The texts of the configuration files that services mount, by service.
    """

    bases: Mapping[str, str] = field(default_factory=dict)
    has_source: Callable[[str], bool] = lambda _: True
    texts: Mapping[str, str] = field(default_factory=dict)
