"""Settings from Invoke's configuration files, read without Invoke if they are plain."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

from ...configuration.settings import DEFAULTS, parse, with_defaults
from ...errors import WorktreeTasksError
from ...machine.known_projects import expanded
from ...machine.remote_caller import caller

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ...configuration.settings import Settings

__all__ = ["Unusual", "settings_in"]

# The program's configuration levels, weakest first, with their file names; each level's first file counts:
# https://docs.pyinvoke.org/en/stable/concepts/configuration.html#config-hierarchy
_LEVELS = ("/etc/invoke", "~/.invoke", "invoke")
_ENDS = (".yaml", ".yml", ".json")
_VARIABLES = "INVOKE_"
_BYTES = 1 << 16


class Unusual(Exception):
    """Invoke itself has to read the settings: it supports more, and reports what is wrong with them."""


def settings_in(main: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a main checkout.

    Args:
        main: The main checkout.
        environ: The environment variables.

    Raises:
        Unusual: They are not plain, or not valid.
    """
    if any(name.startswith(_VARIABLES) for name in environ):
        raise Unusual
    values = DEFAULTS
    for level in _LEVELS:
        values = _merged(values, _section(main / expanded(level)))
    if elsewhere := caller():
        values = with_defaults({**values, **elsewhere.settings})
    try:
        return parse(values, str)
    except WorktreeTasksError as error:
        raise Unusual from error


def _section(stem: Path) -> dict[str, Any]:
    """Return our part of a level's first file; empty if there is none."""
    for end in _ENDS:
        path = stem.with_name(stem.name + end)
        try:
            text = _text(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            raise Unusual from error
        found = _read(path, text) or {}
        ours = found.get("wt", {}) if isinstance(found, dict) else None
        if not isinstance(ours, dict):
            raise Unusual
        of_invoke = found.get("run")
        if isinstance(of_invoke, dict) and "dry" in of_invoke:
            raise Unusual
        if True in ours:
            from ...configuration.hosts import with_on  # noqa: PLC0415 - few files say `on`

            return with_on(ours)
        return ours
    return {}


def _text(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError
    with path.open(encoding="utf-8") as file:
        text = file.read(_BYTES)
    # Aliases can expand to more than any file holds.
    if len(text) == _BYTES or "&" in text:
        raise ValueError
    return text


def _read(path: Path, text: str) -> Any:  # noqa: ANN401 - what a file holds
    try:
        if path.suffix == ".json":
            from json import loads  # noqa: PLC0415 - most are YAML

            return loads(text)
        from .parsed_files import parsed_yaml  # noqa: PLC0415 - many projects have no such file

        return parsed_yaml(path, text)
    except (ValueError, RecursionError) as error:
        raise Unusual from error
    except Exception as error:
        # PyYAML's errors have their own base class, which only importing it provides.
        raise Unusual from error


def _merged(values: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Return values overridden by further ones, key by key, as Invoke merges its levels."""
    merged = dict(values)
    for key, value in further.items():
        known = merged.get(key)
        if key in merged and isinstance(value, dict) != isinstance(known, dict):
            raise Unusual
        merged[key] = _merged(known, value) if isinstance(value, dict) and isinstance(known, dict) else value
    return merged
