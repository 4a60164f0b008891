"""The door to the Docker Engine, through its SDK: containers, images, networks and volumes."""

from __future__ import annotations

from .containers import Containers
from .images import Images
from .networks import Network, Networks
from .volumes import Volumes

__all__ = ["Engine", "Network"]


class Engine(Containers, Images, Networks, Volumes):
    """The engine that the user's Docker context names. The SDK is loaded at the first question."""
