"""The output of a task on another machine, turned into errors, progress and lines here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import BadUse, CommandFailed, DockerUnavailable, Failure, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...errors import WorktreeTasksError
    from ..steps.progress import Progress

__all__ = ["CALLER_KEYS", "error_in", "relay", "user_lines"]

# The keys of a document that are only for a caller on another machine.
CALLER_KEYS = ("said", "question")
_KINDS: Mapping[int, type[WorktreeTasksError]] = {
    one.exit_code: one for one in (Failure, BadUse, Refused, DockerUnavailable)
}


def error_in(document: Mapping[str, Any]) -> WorktreeTasksError | None:
    """Return the error in a document; None if there is none."""
    found = document.get("error")
    if found is None:
        return None
    what, hint, details, code = (found[key] for key in ("what", "hint", "details", "code"))
    error = (
        _KINDS[code](what, hint, details, kind=found["kind"])
        if code in _KINDS
        else CommandFailed(what, code, details)
    )
    error.besides = {
        key: one for key, one in document.items() if key not in ("error", "schema", *CALLER_KEYS)
    }
    return error


def relay(progress: Progress, line: str) -> None:
    """Report here a line that a step printed on stderr there."""
    sign, _, text = line.partition(" ")
    if sign == "✓":
        name, _, done = text.partition(" ")
        with progress.step(name) as say:
            say(done.lstrip())
    elif sign in ("·", "!"):
        (progress.news if sign == "·" else progress.note)(text)
    elif line and progress.echo:
        progress.echo(line.removeprefix("│ "))


def user_lines(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines of a document that are for a person."""
    return tuple(document.get("said", ()))
