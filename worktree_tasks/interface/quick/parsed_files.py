"""What the YAML files of projects contain, kept between commands: loading PyYAML takes 12 ms of a list's 90.

A file counts as known while its text is the same to the last character.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...errors import Failure
from ...machine.known_projects import document_of, state_directory

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["parsed_yaml"]

# Far more than most people have projects, and far longer than most files are.
_MOST_FILES = 50
_MOST_CHARACTERS = 4096


def parsed_yaml(path: Path, text: str) -> Any:  # noqa: ANN401 - what a file contains
    """Return what the text of a file contains.

    Args:
        path: The file.
        text: Its text, as read just now.

    Raises:
        Exception: PyYAML cannot read it; its errors have a base class of their own.
    """
    known = _known_files()
    match known.get(str(path)):
        case [before, value] if before == text:
            return value
    import yaml  # noqa: PLC0415 - what this module saves

    value = yaml.safe_load(text)
    if len(text) <= _MOST_CHARACTERS and _is_ours(value):
        _write_known({**(known if len(known) < _MOST_FILES else {}), str(path): (text, value)})
    return value


def _known_files() -> dict[str, Any]:
    try:
        return document_of(_place())
    except OSError:  # without a home directory there is no such place
        return {}


def _is_ours(value: object) -> bool:
    """Return whether a file has only our section, which is the same after it was written as JSON."""
    # Other sections may have passwords, which belong in no further file.
    if not isinstance(value, dict) or value.keys() != {"wt"}:
        return False
    # A date and the key `on`, which is true in YAML, are not the same.
    with suppress(TypeError, ValueError, RecursionError):
        return repr(json.loads(json.dumps(value))) == repr(value)
    return False


def _write_known(known: dict[str, Any]) -> None:
    from ...machine import files  # noqa: PLC0415 - only new files are written

    # It only saves time, and what cannot be kept is read again. Without a state file, nothing is written.
    with suppress(OSError, Failure):
        if _place().parent.is_dir():
            files.write_text(_place(), json.dumps(known), mode=0o600)


def _place() -> Path:
    return state_directory() / "settings.json"
