"""Configuration files read as data only, since the repository may be untrusted."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.config import Config
from invoke.env import Environment
from invoke.util import yaml  # type: ignore[attr-defined]  # what Invoke reads with

from ..configuration.hosts import with_on
from ..configuration.settings import DEFAULTS
from ..errors import BadUse, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DataConfig", "load_exported", "mergeable", "readable"]

_BYTES = 1 << 20
# The value of an alias counts each time the alias is used.
_VALUES = 100_000


def readable(load: Callable[[Any], Any], path: str) -> Any:  # noqa: ANN401 - what a file holds
    """Load a configuration file, with errors that Invoke or we can report.

    Args:
        load: Loads it.
        path: Its path.

    Raises:
        BadUse: It does not contain settings.
        Failure: It cannot be read.
        FileNotFoundError: It does not exist.
    """
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(f"{path} is not a file")
        if status.st_size > _BYTES:
            raise _unreadable(f"{path} is too large")
        found = load(path)
        if _count(found, {}) > _VALUES:
            raise _unreadable(f"{path} is too large")
    except NotADirectoryError as error:
        raise FileNotFoundError(errno.ENOENT, error.strerror, path) from error
    except PermissionError as error:
        hint = "check its permissions, or set HOME to a directory of yours"
        raise Failure(f"{path}: {error.strerror}", hint, kind="file-error") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise _unreadable(f"{path} cannot be read as settings{where}") from error
    return found


def _unreadable(what: str) -> BadUse:
    return BadUse(what, "it has to be a file of settings in YAML or JSON", kind="settings-unreadable")


def _count(value: object, counted: dict[int, int]) -> int:
    """Count values, shared ones at each use; a value that contains itself counts as too many."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in counted:
        counted[id(value)] = _VALUES + 1
        inner = value.values() if isinstance(value, dict) else value
        counted[id(value)] = 1 + sum(_count(one, counted) for one in inner)
    return counted[id(value)]


def mergeable(
    found: Mapping[Any, Any], known: Mapping[str, Any], path: str, prefix: str = ""
) -> dict[str, Any]:
    """Return values in a form that Invoke can merge with known ones: it ends with a traceback for others.

    A mapping without any key, such as `wt:` with all lines below it commented out, counts as not given.

    Args:
        found: The values.
        known: The values that they are merged with.
        path: Where they are from.
        prefix: The keys that lead to them, each with a dot behind it.

    Raises:
        BadUse: A value is no mapping but has to be one, or the reverse.
    """
    made: dict[str, Any] = {}
    for key, value in found.items():
        name = str(key)
        is_mapping, of_key = isinstance(value, dict), known.get(name)
        has_to_be = isinstance(of_key, dict)
        if value is None and has_to_be:
            continue
        if name in known and is_mapping != has_to_be:
            raise BadUse(
                f"setting {prefix}{name} = {value!r} (from {path}) cannot be used",
                "write it as a mapping of names to values" if has_to_be else "write a value, not a mapping",
                kind="bad-setting",
            )
        inner = of_key if isinstance(of_key, dict) else {}
        made[name] = mergeable(value, inner, path, f"{prefix}{name}.") if is_mapping else value
    return made


def load_exported(config: Any) -> None:  # noqa: ANN401 - read by its levels' names
    """Load what the shell exports for all sections of a configuration but ours.

    Invoke casts a text to the type of the value that a file has, and ends with a traceback if it cannot.
    """
    config._set(_env={})  # noqa: SLF001 - as Invoke does
    config.merge()
    others: Any = {key: value for key, value in config._config.items() if key != "wt"}  # noqa: SLF001
    config._set(_env=Environment(others, config._env_prefix).load())  # noqa: SLF001 - as Invoke does
    config.merge()


class DataConfig(Config):
    """Reads YAML and JSON but no Python, so that looking into a repository runs none of its code."""

    def load_shell_env(self) -> None:
        """Load what the shell exports; our settings are read when a task needs them."""
        load_exported(self)

    def _load_yaml(self, path: Any) -> Any:  # noqa: ANN401 - Invoke's own
        found = readable(super()._load_yaml, path)
        if isinstance(found, dict) and isinstance(ours := found.get("wt"), dict):
            found["wt"] = with_on(ours)
        return self._checked(found, path)

    _load_yml = _load_yaml

    def _load_json(self, path: Any) -> Any:  # noqa: ANN401 - Invoke's own
        return self._checked(readable(super()._load_json, path), path)

    def _checked(self, found: object, path: str) -> dict[str, Any]:
        if not isinstance(found, dict | None):
            raise _unreadable(f"{path} cannot be read as settings")
        return mergeable(found or {}, {**self.global_defaults(), "wt": DEFAULTS}, path)

    def _load_py(self, path: str) -> dict[str, Any]:
        if path == self._runtime_path:
            raise BadUse(
                f"--config {path} is Python, which the program does not run",
                "write it as YAML",
                kind="config-is-python",
            )
        raise FileNotFoundError(errno.ENOENT, "not looked at", path)
