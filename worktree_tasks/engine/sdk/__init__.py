"""The door to the Docker Engine: over its socket where that is on this machine, by its SDK elsewhere."""

from __future__ import annotations

from .containers import Containers
from .images import Images
from .networks import Network, Networks
from .volumes import Volumes

__all__ = ["Engine", "Network"]


class Engine(Containers, Images, Networks, Volumes):
    """The engine that the user's Docker context names."""
