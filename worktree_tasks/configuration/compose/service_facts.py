"""Knowledge: what decides on services besides their compose model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Knowledge"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of a project besides its compose model.

    Attributes:
        bases: The base image of the Dockerfile of each service that builds.
        has_source: Tells of a path of the host whether git has source of the project there.
        texts: What stands in the configuration files that services mount, by service.
    """

    bases: Mapping[str, str] = field(default_factory=dict)
    has_source: Callable[[str], bool] = lambda _: True
    texts: Mapping[str, str] = field(default_factory=dict)
