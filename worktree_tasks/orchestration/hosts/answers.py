"""What a task said on another machine, as what it means here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import BadUse, CommandFailed, DockerUnavailable, Failure, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...errors import WorktreeTasksError
    from ..steps.progress import Progress

__all__ = ["SPOKEN", "error_in", "relay", "said_in"]

# What stands in a document only for whoever asked from another machine.
SPOKEN = ("said", "question")
_KINDS: Mapping[int, type[WorktreeTasksError]] = {
    one.exit_code: one for one in (Failure, BadUse, Refused, DockerUnavailable)
}


def error_in(document: Mapping[str, Any]) -> WorktreeTasksError | None:
    """Return the error that a document tells; None where it tells none."""
    told = document.get("error")
    if told is None:
        return None
    what, hint, details, code = told["what"], told["hint"], told["details"], told["code"]
    error = (
        _KINDS[code](what, hint, details, kind=told["kind"])
        if code in _KINDS
        else CommandFailed(what, code, details)
    )
    error.besides = {key: one for key, one in document.items() if key not in ("error", "schema", *SPOKEN)}
    return error


def relay(progress: Progress, line: str) -> None:
    """Say here what a step said there, in a line of stderr."""
    sign, _, text = line.partition(" ")
    if sign == "✓":
        name, _, done = text.partition(" ")
        with progress.step(name) as say:
            say(done.lstrip())
    elif sign in ("·", "!"):
        (progress.news if sign == "·" else progress.note)(text)
    elif line and progress.echo:
        progress.echo(line.removeprefix("│ "))


def said_in(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines that a document has for a person."""
    return tuple(document.get("said", ()))
