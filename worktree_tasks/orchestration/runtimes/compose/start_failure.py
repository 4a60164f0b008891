"""Why Docker did not start a stack, or main's shared services: the service, the cause, and the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import Failure
from ....printable import lines_of
from ...steps.port_conflict import owner_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....command import CommandError
    from ....configuration.compose.model import Model
    from ....configuration.compose.start_error_patterns import Refusal
    from ...steps.project import Project

__all__ = ["not_started", "said_lines", "taken_port"]

_HINTS = {
    "program": "correct command or entrypoint of {0}, or add {1} to its image",
    "image": "correct the image of {0}, or `docker login` to its registry",
    "registry": "make {1} reachable from the engine, or `docker login {1}`",
    "disk": "`docker system df` shows what fills it, `docker builder prune` clears the build cache",
    "mount": "create it, or correct the volumes of {0}",
}


def said_lines(project: Project, error: CommandError) -> list[str]:
    """Return the lines that Compose printed, without secrets."""
    return [line.rstrip() for line in lines_of(project.masked(error.result.err)) if line.strip()]


def not_started(
    project: Project,
    refusal: Refusal,
    said: Sequence[str],
    stack: str,
    *,
    model: Model,
    ports: Mapping[tuple[int, str], str],
    again: str,
    owner: str = "",
) -> Failure:
    """Return the error for a stack that Docker did not start: the service, the cause, and the fix.

    Args:
        project: The project.
        refusal: The cause.
        said: Docker's lines.
        stack: The compose project.
        model: Its compose model.
        ports: The services with ports on this machine, by port and protocol.
        again: The command that starts it again, once the cause is fixed.
        owner: A prefix for the name of a service, such as `main's `.
    """
    port = (int(refusal.value), refusal.protocol) if refusal.cause == "port" else (0, "")
    service = (
        ports.get(port) or _stopped_by(project, stack, refusal, "\n".join(said)) or _of_image(model, refusal)
    )
    who = f"{owner}{service}" if service else "the stack"
    if refusal.cause == "port":
        return taken_port(who, port, project.engine.port_holders(except_project=stack), again=again)
    fix = _HINTS.get(refusal.cause, "fix that").format(service or "the service", refusal.value)
    return Failure(f"{who} does not start: {refusal.words}", f"{fix}; then {again}", kind="start-failed")


def taken_port(
    who: str, port: tuple[int, str], holders: Mapping[tuple[int, str], str], *, again: str
) -> Failure:
    """Return the error for a port of a stack that is already in use.

    Args:
        who: The service that needs it.
        port: The port and its protocol.
        holders: The holders of published ports, according to the engine.
        again: The command that starts the stack again, once the port is free.
    """
    owner = owner_of(*port, holders)
    what = f"port {port[0]}, which {who} needs, is {owner.words}"
    return Failure(what, f"{owner.fix}; then {again}", kind="port-taken")


def _stopped_by(project: Project, stack: str, refusal: Refusal, said: str) -> str:
    """Return the service whose container Docker names, or has recorded the error for."""
    for one in project.engine.containers(stack):
        noted = one.state in ("created", "exited") and project.engine.inspect(one.id)["State"].get("Error")
        if one.name == refusal.container or (noted and project.masked(noted).strip() in said):
            return one.service
    return ""


def _of_image(model: Model, refusal: Refusal) -> str:
    """Return the service with the image that Docker names."""
    if refusal.cause != "image" or not refusal.value:
        return ""
    named = (name for name, spec in model.services.items() if _same_image(spec.image, refusal.value))
    return next(named, "")


def _same_image(image: str | None, named: str) -> bool:
    """Return whether an image is the one that Docker names, with or without its registry and tag."""
    if not image:
        return False
    short = named.removeprefix("docker.io/").removeprefix("library/")
    return short in (image, image.rpartition(":")[0])
