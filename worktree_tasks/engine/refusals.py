"""What Docker refuses, by type: where its codes say too little, its words are read here.

Why it refused, for people, is told by `configuration/compose/docker_errors.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..command import CommandError
from ..errors import START_DOCKER, DockerUnavailable, Failure
from ..printable import said_last

if TYPE_CHECKING:
    from ..command import Result

__all__ = [
    "ANSWER_SECONDS",
    "EngineForbidden",
    "EngineRefused",
    "Gone",
    "ImageMissing",
    "NameTaken",
    "NetworkGone",
    "SubnetOverlaps",
    "context_missing",
    "of_compose",
    "of_engine",
    "unavailable",
]

# A question is answered at once, and waited for so long where the machine is busy.
ANSWER_SECONDS = 30.0
# Of HTTP.
_NOT_FOUND, _CONFLICT = 404, 409
_UNREACHABLE = re.compile(
    r"cannot connect to the docker daemon|error during connect|dial unix|permission denied.*docker"
    r"|context not found",
    re.IGNORECASE,
)
_CONTEXT_MISSING = re.compile(r'context "([^"]*)": context not found')
_NETWORK_GONE = re.compile(r"network \S+ not found")


class EngineForbidden(DockerUnavailable):
    """An engine is there, and its socket is not ours to use."""

    kind = "engine-unreachable"


class EngineRefused(Failure):
    """The engine said no."""

    kind = "engine-refused"


class Gone(EngineRefused):
    """What the engine was asked about is not there, or not any more."""


class NameTaken(EngineRefused):
    """The engine has something of that name already."""


class SubnetOverlaps(EngineRefused):
    """The range of a new network overlaps that of another one."""


class NetworkGone(CommandError):
    """Containers are attached to a network that is gone, maybe made anew under the same name."""


class ImageMissing(CommandError):
    """A service has no image yet."""


def of_engine(status: int | None, said: str) -> EngineRefused:
    """Return the failure for what the engine answers to a request.

    Args:
        status: The HTTP status of its answer.
        said: Its words.
    """
    if status == _NOT_FOUND:
        return Gone(f"Docker: {said}", "wt.doctor finds what is gone")
    if status == _CONFLICT and "already exists" in said:
        return NameTaken(f"Docker: {said}")
    # It has no status of its own: engines say 403 for whatever a network's driver refuses.
    if "overlap" in said:
        return SubnetOverlaps(f"Docker: {said}")
    return EngineRefused(f"Docker: {said}")


def of_compose(result: Result) -> DockerUnavailable | CommandError | None:
    """Return the failure of a Compose command that has ended; None where it succeeded.

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


def unavailable(why: str) -> DockerUnavailable:
    """Return the error that no engine answers.

    Args:
        why: The words of the program or the system.
    """
    if missing := _CONTEXT_MISSING.search(why):
        return context_missing(missing[1])
    return DockerUnavailable(f"no Docker Engine answers: {why}", START_DOCKER, kind="engine-unreachable")


def context_missing(name: str) -> DockerUnavailable:
    """Return the error that there is no Docker context of a name."""
    return DockerUnavailable(
        f"there is no Docker context {name!r}",
        "docker context ls shows them; DOCKER_CONTEXT or docker context use NAME chooses one",
        kind="context-missing",
    )
