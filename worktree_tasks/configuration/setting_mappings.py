"""Read the settings that are mappings of names to values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from . import env_templates
from .ports import HIGHEST
from .setting_values import FALSE, ValueReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .drift.custom_tool import Described
    from .hosts import Host

__all__ = ["Reader"]

_HOOKS = frozenset({"after_new", "before_start", "before_remove"})
_DRIFT = ("table", "column", "files")
# These become part of SQL statements.
_TABLE = r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)?"
_COLUMN = r"[^\W\d][\w$]*"
# What both Compose and `dotenv` libraries read as a variable's name.
_VARIABLE = r"[\w.-]+"


class Reader(ValueReader):
    """Reads the values of all keys."""

    def _mapping(self, key: str, hint: str) -> Mapping[Any, Any]:
        value: Any = self.value(key)
        # Invoke has mappings of its own.
        if not hasattr(value, "items"):
            raise self.bad(key, value, hint)
        return cast("Mapping[Any, Any]", value)

    def mapping(self, key: str) -> dict[str, str]:
        """Return a mapping of names to texts."""
        value = self._mapping(key, "write it as a mapping of names to values")
        for name, text in value.items():
            if text is None or isinstance(text, bool | list | dict):
                raise self.bad(f"{key}.{name}", text, 'write it as text, in quotes; "" is an empty one')
        return {str(name): str(text) for name, text in value.items()}

    def fields(self, key: str, wanted: tuple[str, ...]) -> dict[str, str]:
        """Return a mapping with exactly some names; an empty one if none was given."""
        found = self.mapping(key)
        if found and set(found) != set(wanted):
            raise self.bad(key, found, f"write it as a mapping with {' and '.join(wanted)}")
        if "command" in found:
            self._refuse_unusable_command(f"{key}.command", found["command"])
        return found

    def _refuse_unusable_command(self, key: str, text: str) -> None:
        """Refuse a command that cannot be split as a shell would split it, or is empty."""
        import shlex  # noqa: PLC0415 - few projects have commands

        try:
            words = shlex.split(text)
        except ValueError as error:
            raise self.bad(key, text, f"correct its quotes: {error}") from error
        if not words:
            raise self.bad(key, text, "write a command")

    def templates(self, key: str) -> dict[str, str]:
        """Return the templates of env values, by key."""
        found = self.mapping(key)
        for name, template in found.items():
            if not re.fullmatch(_VARIABLE, name):
                raise self.bad(f"{key}.{name}", template, "a variable's name has letters, digits and _")
            if env_templates.names_in(template):
                known = (*sorted(env_templates.NAMES), "url.SERVICE", "port.SERVICE")
                hint = f"the names it may use are {', '.join(f'{{{one}}}' for one in known)}"
                raise self.bad(f"{key}.{name}", template, hint)
        return found

    def ports(self, key: str) -> dict[str, int]:
        """Return ports by service; 0 for `no`."""
        value = self._mapping(key, "write it as a mapping of services to ports, such as {web: 8000}")
        found = {}
        for name, given in value.items():
            word = str(given).lower()
            if word not in FALSE and not (word.isascii() and word.isdigit() and int(word) <= HIGHEST):
                raise self.bad(f"{key}.{name}", given, "write a port of its container, or no")
            found[str(name)] = 0 if word in FALSE else int(word)
        return found

    def described(self, key: str) -> Described | None:
        """Return how another tool keeps its migrations; None if that is not described."""
        value = self.value(key)
        if hasattr(value, "items") and not value:
            return None
        if not hasattr(value, "items") or any(not value.get(name) for name in _DRIFT):
            raise self.bad(key, value, "write it as {table: …, column: …, files: …}, with all three")
        self.refuse_unknown(value, dict.fromkeys(_DRIFT), f"{key}.")
        table, column = value["table"], value["column"]
        for name, given, allowed in (("table", table, _TABLE), ("column", column, _COLUMN)):
            if not isinstance(given, str) or not re.fullmatch(allowed, given):
                raise self.bad(f"{key}.{name}", given, f"write the name of a {name}, without quotes")
        files = self.names(f"{key}.files", value["files"])
        for one in files:
            if one.startswith("/") or ".." in one.split("/"):
                raise self.bad(
                    f"{key}.files", one, "write globs of paths in the repository, such as db/*.sql"
                )
        from .drift.custom_tool import Described  # noqa: PLC0415 - few projects have it

        return Described(table, column, files)

    def hosts(self, key: str) -> dict[str, Host]:
        """Return machines by name."""
        value = self._mapping(key, "write it as a mapping of names to machines, such as {box: me@10.0.0.5}")
        if not value:
            return {}
        from .hosts import read_hosts  # noqa: PLC0415 - few projects have any

        return read_hosts(value, self.bad)

    def hooks(self, key: str) -> dict[str, tuple[Any, ...]]:
        """Return commands and functions, by when they run."""
        value = self._mapping(key, f"write it as a mapping; the hooks are {', '.join(sorted(_HOOKS))}")
        found: dict[str, tuple[Any, ...]] = {}
        for name, given in value.items():
            commands = given if isinstance(given, list | tuple) else (given,)
            if name not in _HOOKS:
                raise self.bad(f"{key}.{name}", given, f"the hooks are {', '.join(sorted(_HOOKS))}")
            if not all(callable(one) or isinstance(one, str) for one in commands):
                raise self.bad(f"{key}.{name}", given, "write a command, a function, or a list of them")
            for text in filter(lambda one: isinstance(one, str), commands):
                self._refuse_unusable_command(f"{key}.{name}", text)
            found[str(name)] = tuple(commands)
        return found
