"""What is told of an exception that ended a hook's function."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from ...printable import lines_of

__all__ = ["details_of", "exit_of", "reason"]

_PLACES = 3
_LINES = 20
_STANDARD_LIBRARY = str(Path(os.__file__).parent)
_PACKAGES = {"site-packages", "dist-packages"}


def reason(error: BaseException) -> str:
    """Return an exception as one line: its class, and the first line of its message."""
    return f"{type(error).__name__}: {(_message(error) or ['no message'])[0]}"


def details_of(error: BaseException) -> list[str]:
    """Return the further lines of an exception's message, and the last calls in the project's own code."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if _is_projects(one.filename)]
    places = [f"{one.filename}:{one.lineno} in {one.name}: {one.line}" for one in frames]
    return [*_message(error)[1:][:_LINES], *places[-_PLACES:]]


def exit_of(error: SystemExit) -> str | None:
    """Return how a function that calls `sys.exit` failed; None if it ended well."""
    if error.code is None or error.code == 0:
        return None
    if isinstance(error.code, int):
        return f"exited with code {error.code}"
    return f"exited: {(lines_of(str(error.code).strip()) or ['no message'])[0]}"


def _message(error: BaseException) -> list[str]:
    return [line for line in lines_of(str(error).strip()) if line.strip()]


def _is_projects(file: str) -> bool:
    """Return whether a file is neither ours, nor of Python or a package."""
    ours = file.startswith(str(Path(__file__).parents[2]) + os.sep)
    return not (ours or file.startswith(_STANDARD_LIBRARY) or _PACKAGES & set(Path(file).parts))
