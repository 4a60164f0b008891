"""How the values of flags are read, from the shell or from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..configuration.formatting import spoken_choice
from ..errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check_choice", "names", "number", "seconds", "wanted_roles"]


def check_choice(flag: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Check that a flag has one of its allowed values.

    Raises:
        BadUse: The value is not allowed.
    """
    if value is not None and value not in choices:
        raise BadUse(
            f"--{flag} {value!r} cannot be used",
            f"it can be {spoken_choice(choices, 'or')}",
            kind="bad-value",
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
