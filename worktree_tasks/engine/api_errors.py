"""The exceptions for what Docker refuses; if its codes are too vague, its messages are parsed here.

`configuration/compose/start_error_patterns.py` has the reasons why a container does not start, for users.
"""

from __future__ import annotations

import re

from ..errors import START_DOCKER, DockerUnavailable, Failure

__all__ = [
    "ANSWER_SECONDS",
    "AlreadyAttached",
    "EndpointsLeft",
    "EngineForbidden",
    "EngineRefused",
    "Gone",
    "NameTaken",
    "NotRunning",
    "SubnetOverlaps",
    "context_missing",
    "engine_refusal",
    "unavailable",
]

# A query is answered at once; this is how long to wait on a busy machine.
ANSWER_SECONDS = 30.0
# HTTP status codes.
_NOT_FOUND, _CONFLICT = 404, 409
_CONTEXT_MISSING = r'context "([^"]*)": context not found'


class EngineForbidden(DockerUnavailable):
    """There is an engine, but we may not use its socket."""

    kind = "engine-unreachable"


class EngineRefused(Failure):
    """The engine refused a request."""

    kind = "engine-refused"


class Gone(EngineRefused):
    """The requested object does not exist, or no longer does."""


class NameTaken(EngineRefused):
    """The engine already has an object of that name."""


class AlreadyAttached(EngineRefused):
    """The network already has an endpoint of the container's name."""


class EndpointsLeft(EngineRefused):
    """The network still has endpoints of containers."""


class NotRunning(EngineRefused):
    """The container has ended, or is paused or restarting, and runs no command."""


class SubnetOverlaps(EngineRefused):
    """The range of a new network overlaps that of another one."""


# The failure by status, or any, and message: engines answer 403 for anything that a network driver refuses.
_BY_MESSAGE = (
    (None, r"already exists in network", AlreadyAttached),
    (_CONFLICT, r"already exists", NameTaken),
    (_CONFLICT, r"is not running|is paused|is restarting", NotRunning),
    (None, r"has active endpoints", EndpointsLeft),
    (None, r"overlap", SubnetOverlaps),
)


def engine_refusal(status: int | None, message: str) -> EngineRefused:
    """Return the failure for the engine's answer to a request.

    Args:
        status: The HTTP status of its answer.
        message: Its message.
    """
    if status == _NOT_FOUND:
        return Gone(f"Docker: {message}", "wt.doctor finds what is gone")
    matching = (
        kind for code, words, kind in _BY_MESSAGE if code in (None, status) and re.search(words, message)
    )
    hint = "run the same command again; if Docker says it again, see what wt.doctor finds"
    return next(matching, EngineRefused)(f"Docker: {message}", hint)


def unavailable(why: str) -> DockerUnavailable:
    """Return the error for an engine that does not answer.

    Args:
        why: The message of the program or the system.
    """
    if missing := re.search(_CONTEXT_MISSING, why):
        return context_missing(missing[1])
    return DockerUnavailable(f"no Docker Engine answers: {why}", START_DOCKER, kind="engine-unreachable")


def context_missing(name: str) -> DockerUnavailable:
    """Return the error for a Docker context that does not exist."""
    return DockerUnavailable(
        f"there is no Docker context {name!r}",
        "docker context ls shows them; DOCKER_CONTEXT or docker context use NAME chooses one",
        kind="context-missing",
    )
