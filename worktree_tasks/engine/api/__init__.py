"""Access to the Docker Engine: over its socket if that is on this machine, else through Docker's SDK."""

from __future__ import annotations

from .containers import Containers
from .images import Images
from .networks import Network, Networks
from .volumes import Volumes

__all__ = ["Engine", "Network"]


class Engine(Containers, Images, Networks, Volumes):
    """The engine of the user's Docker context."""
