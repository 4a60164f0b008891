"""Read the values of settings from Invoke's configuration, each as the type that its setting has."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, cast

from ..errors import BadUse
from . import env_templates
from .formatting import spoken_choice
from .ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .drift.custom_tool import Described
    from .hosts import Host

__all__ = ["Reader"]

_HOOKS = frozenset({"after_new", "before_start", "before_remove"})
_DRIFT = ("table", "column", "files")
# These become part of SQL statements.
_TABLE = r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)?"
_COLUMN = r"[^\W\d][\w$]*"
_NETWORK_PREFIX = 26
_TRUE = ("1", "true", "yes")
_FALSE = ("0", "false", "no", "", "none")


class Reader:
    """Reads the values of keys.

    Args:
        values: The configured values.
        defaults: The defaults.
        source: Returns where a key's value comes from; called only for bad ones.

    Raises:
        BadUse: A value cannot be used; every method names key, value and source.
    """

    def __init__(
        self, values: Mapping[str, Any], defaults: Mapping[str, Any], source: Callable[[str], str]
    ) -> None:
        self._values = values
        self._defaults = defaults
        self._source = source

    def bad(self, key: str, value: object, hint: str) -> BadUse:
        """Return the error for a value that cannot be used."""
        return BadUse(
            f"setting wt.{key} = {value!r} (from {self._source(key)}) cannot be used",
            hint,
            kind="bad-setting",
        )

    def refuse_unknown(self, given: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> None:
        """Refuse keys that are not settings."""
        for key in given:
            if key not in known:
                raise BadUse(
                    f"setting wt.{prefix}{key} (from {self._source(f'{prefix}{key}')}) is not known",
                    f"the settings are {', '.join(prefix + name for name in known)}",
                    kind="bad-setting",
                )

    def _value(self, key: str) -> Any:  # noqa: ANN401 - a configuration value is anything until it is read
        value = self._values.get(key)
        return self._defaults[key] if value is None else value

    def text(self, key: str) -> str | None:
        """Return a text; None if none was given."""
        value = self._value(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.bad(key, value, "write it as text")
        return value if value is None else str(value)

    def template(self, key: str, names: set[str]) -> str:
        """Return a text that uses only some names in braces."""
        value = self.text(key) or ""
        if value == self._defaults[key]:
            return value
        import string  # noqa: PLC0415 - few projects have templates of their own

        try:
            used = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
            _ = value.format(**dict.fromkeys(used, ""))
        except (ValueError, LookupError, AttributeError):
            used = {""}
        if not used <= names:
            raise self.bad(
                key, value, f"the names it may use are {', '.join(f'{{{name}}}' for name in sorted(names))}"
            )
        return value

    def names(self, key: str, value: object) -> tuple[str, ...]:
        """Return a list of names, which may be written as one text, separated by commas."""
        if value is None:
            return ()
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise self.bad(key, value, "write a list of names, or names separated by commas")
        return tuple(value)

    def _mapping(self, key: str, hint: str) -> Mapping[Any, Any]:
        value: Any = self._value(key)
        # Invoke has mappings of its own.
        if not hasattr(value, "items"):
            raise self.bad(key, value, hint)
        return cast("Mapping[Any, Any]", value)

    def mapping(self, key: str) -> dict[str, str]:
        """Return a mapping of names to texts."""
        value = self._mapping(key, "write it as a mapping of names to values")
        for name in (name for name, text in value.items() if text is None or isinstance(text, list | dict)):
            raise self.bad(f"{key}.{name}", value[name], 'write it as text; "" is an empty one')
        return {str(name): str(text) for name, text in value.items()}

    def fields(self, key: str, wanted: tuple[str, ...]) -> dict[str, str]:
        """Return a mapping with exactly some names; an empty one if none was given."""
        found = self.mapping(key)
        if found and set(found) != set(wanted):
            raise self.bad(key, found, f"write it as a mapping with {' and '.join(wanted)}")
        return found

    def templates(self, key: str) -> dict[str, str]:
        """Return the templates of env values, by key."""
        found = self.mapping(key)
        for name, template in found.items():
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
            if word not in _FALSE and not (word.isascii() and word.isdigit() and int(word) <= HIGHEST):
                raise self.bad(f"{key}.{name}", given, "write a port of its container, or no")
            found[str(name)] = 0 if word in _FALSE else int(word)
        return found

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """Return one of several words. YAML reads `no` as false."""
        value = self._value(key)
        word = "no" if value is False else str(value)
        if word not in choices:
            raise self.bad(key, value, f"it can be {spoken_choice(choices, 'or')}")
        return word

    def maybe_one_of(self, key: str, choices: tuple[str, ...]) -> str | None:
        """Return one of several words; None if none was given."""
        return None if self._value(key) is None else self.one_of(key, choices)

    def amount(self, key: str, unit: str) -> float:
        """Return a number of some unit, such as seconds; 0 or more."""
        value = self._value(key)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = -1.0
        if not 0 <= number < float("inf") or isinstance(value, bool):
            raise self.bad(key, value, f"write a number of {unit}, 0 or more")
        return number

    def flag(self, key: str) -> bool:
        """Return true or false, however it is written."""
        value = self._value(key)
        word = str(value).lower()
        if word not in (*_TRUE, *_FALSE):
            raise self.bad(key, value, "write true or false")
        return word in _TRUE

    def address(self, key: str) -> str:
        """Return an IP address."""
        value = self._value(key)
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError as error:
            raise self.bad(key, value, "write an IP address such as 127.0.0.1 or 0.0.0.0") from error

    def subnets(self, key: str) -> ipaddress.IPv4Network:
        """Return the range of addresses for networks."""
        value = self._value(key)
        try:
            network = ipaddress.IPv4Network(str(value))
        except ValueError:
            network = ipaddress.IPv4Network("0.0.0.0/32")
        if network.prefixlen > _NETWORK_PREFIX or not network.is_private:
            raise self.bad(
                key, value, f"write a private range that holds a /{_NETWORK_PREFIX}, such as 10.213.0.0/16"
            )
        return network

    def described(self, key: str) -> Described | None:
        """Return how another tool keeps its migrations; None if that is not described."""
        value = self._value(key)
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
            found[str(name)] = tuple(commands)
        return found
