"""The exceptions for what Compose refuses: it has one exit code for all of it, so its messages are parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..command import CommandError
from ..printable import said_last
from .api_errors import unavailable

if TYPE_CHECKING:
    from ..command import Result
    from ..errors import DockerUnavailable

__all__ = ["ImageMissing", "NetworkGone", "compose_refusal"]

_UNREACHABLE = re.compile(
    r"cannot connect to the docker daemon|error during connect|dial unix|permission denied.*docker"
    r"|context not found",
    re.IGNORECASE,
)
_NETWORK_GONE = re.compile(r"network \S+ not found")


class NetworkGone(CommandError):
    """Containers are attached to a network that is gone, or was made again under the same name."""


class ImageMissing(CommandError):
    """A service has no image yet."""


def compose_refusal(result: Result) -> DockerUnavailable | CommandError | None:
    """Return the failure of a finished Compose command; None if it succeeded.

    Compose has one exit code for all of them.
    """
    if not result.code:
        return None
    if _UNREACHABLE.search(result.err):
        return unavailable(said_last(result.err, ""))
    if _NETWORK_GONE.search(result.err):
        return NetworkGone(result)
    if "No such image" in result.err:
        return ImageMissing(result)
    return CommandError(result)
