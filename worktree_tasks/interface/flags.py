"""Flags and arguments that several tasks share: their help, and how their values are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BASE",
    "BUILD",
    "DATABASE",
    "EVENTS",
    "HOOKS",
    "JSON",
    "NAME",
    "NAME_OR_MAIN",
    "ON",
    "RENEW",
    "SLOT",
    "START",
    "TELL",
    "TIMEOUT",
    "TRUST",
    "check_choice",
    "names",
    "number",
    "seconds",
    "wanted_roles",
]

NAME = {"name": "The worktree: its branch, slug or path; . for the one you are in."}
NAME_OR_MAIN = {"name": f"{NAME['name'].rstrip('.')}; main for the main checkout."}
BASE = {"base": "Where a new branch starts; by default the setting base, else the default branch."}
START = {"start": "With --no-start the stack stays down."}
SLOT = {"slot": "The worktree's N: its ports are base + N. The smallest free one by default."}
BUILD = {"build": "Rebuild this worktree's images; main's stay unchanged."}
DATABASE = {"database": "shared: main's database; clone: a copy of it; empty: one without tables."}
RENEW = {"renew": "Re-decide which services are own, and their ports; by default both stay as they are."}
HOOKS = {"hooks": "With --no-hooks neither the project's hooks nor git's run."}
TRUST = {"trust": "Accept a branch from elsewhere that asks for more than main does; wt.plan shows what."}
TELL = {
    "quiet": "Print only errors on stderr.",
    "verbose": "Stream the output of Compose and of builds.",
}
ON = {"on": "The machine to run on, as ssh or the setting hosts knows it; by default this one."}
TIMEOUT = {"timeout": "Give up after this many seconds; the same command finishes what was begun."}
EVENTS = {"events": "With --json: report each step on stderr, as one JSON object per line."}
JSON = {"json": "Print one JSON document on stdout, and nothing else there."}


def check_choice(flag: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Check that a flag has one of its allowed values.

    Raises:
        BadUse: The value is not allowed.
    """
    if value is not None and value not in choices:
        raise BadUse(
            f"--{flag} {value!r} cannot be used", f"it can be {' or '.join(choices)}", kind="bad-value"
        )


def number(flag: str, text: Any) -> int | None:  # noqa: ANN401 - text from the shell, a number from Python
    """Return a flag's number; None if the flag was not given.

    Raises:
        BadUse: The value is not a number.
    """
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise BadUse(
            f"--{flag} {text!r} is not a number", f"write it in digits, such as --{flag} 3", kind="bad-value"
        ) from error


def seconds(flag: str, text: Any) -> float | None:  # noqa: ANN401 - text from the shell, a number from Python
    """Return a flag's time in seconds; None if the flag was not given.

    Raises:
        BadUse: The value is not a positive number.
    """
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise BadUse(
            f"--{flag} {text!r} is not a number of seconds", f"write it as --{flag} 90", kind="bad-value"
        )
    return found


def names(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the values of a repeatable flag; Python callers may pass a single one."""
    return (given,) if isinstance(given, str) else tuple(given or ())


def wanted_roles(own: Iterable[str] | str | None, shared: Iterable[str] | str | None) -> dict[str, str]:
    """Return the roles that `--own` and `--shared` ask for, by service.

    Raises:
        BadUse: Both name the same service.
    """
    found = dict.fromkeys(names(own), "own")
    for name in names(shared):
        if name in found:
            raise BadUse(
                f"--shared {name!r} cannot be used",
                f"--own names {name} already: leave one out",
                kind="bad-value",
            )
        found[name] = "shared"
    return found
