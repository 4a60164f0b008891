"""Environment variables for settings: Invoke reads one for each key that it knows, and ignores all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .setting_mappings import Reader
from .settings import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["exported", "refuse_ignored", "variable"]

_BEGIN = "INVOKE_WT_"


def variable(key: str) -> str:
    """Return the environment variable of a setting, whose key may have dots."""
    return f"{_BEGIN}{key.replace('.', '_').upper()}"


def exported(environ: Mapping[str, str], given: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return the texts of the variables that set keys, nested as the keys are.

    Args:
        environ: The environment variables.
        given: The `wt` part of Invoke's configuration, with the defaults, or a mapping in it.
        before: The keys that lead to that mapping, each with a dot behind it.
    """
    found: dict[str, Any] = {}
    for key, value in given.items():
        if isinstance(value, Mapping):
            if inner := exported(environ, value, f"{before}{key}."):
                found[key] = inner
        elif (name := variable(f"{before}{key}")) in environ:
            found[key] = environ[name]
    return found


def refuse_ignored(environ: Mapping[str, str], given: Mapping[str, Any]) -> None:
    """Refuse variables that Invoke ignores: those of mappings, and of settings that are not known.

    Args:
        environ: The environment variables.
        given: The `wt` part of Invoke's configuration, with the defaults.

    Raises:
        BadUse: There is one; the message names it.
    """
    read = {variable(key) for key in _keys(given)}
    for name, text in environ.items():
        if name.startswith(_BEGIN) and name not in read:
            _refuse(name, text)


def _keys(given: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield the keys of values that are no mappings, with dots between their parts."""
    for key, value in given.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _refuse(name: str, text: str) -> None:
    reader = Reader({}, DEFAULTS, lambda _: f"environment variable {name}")
    key = name.removeprefix(_BEGIN).lower()
    mappings = (one for one, default in DEFAULTS.items() if isinstance(default, Mapping))
    mapping = next((one for one in mappings if f"{key}_".startswith(f"{one}_")), None)
    if mapping is None:
        reader.refuse_unknown({key: text}, DEFAULTS, "")
        return
    inner = " or ".join(variable(f"{mapping}.{one}") for one in DEFAULTS[mapping])
    hint = f"set {inner}" if inner else f"wt.{mapping} is a mapping, which only a file or tasks.py can set"
    raise reader.bad(key.replace(f"{mapping}_", f"{mapping}.", 1), text, hint)
