"""Read the values of settings from Invoke's configuration, each as the type that its setting has."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from ..errors import BadUse
from .formatting import spoken_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FALSE", "ValueReader"]

_NETWORK_PREFIX = 26
_TRUE = ("1", "true", "yes")
FALSE = ("0", "false", "no")
_UNSET = ("", "none")
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\]"


class ValueReader:
    """Reads the values of keys that are no mappings.

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

    def value(self, key: str) -> Any:  # noqa: ANN401 - a configuration value is anything until it is read
        """Return the value of a key as it was given, or its default."""
        value = self._values.get(key)
        return self._defaults[key] if value is None else value

    def text(self, key: str) -> str | None:
        """Return a text; None if none was given."""
        value = self.value(key)
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

    def host(self, key: str) -> str:
        """Return the template of a host name."""
        value = self.template(key, {"slug", "project"})
        if not re.fullmatch(_HOST, value.format(slug="a", project="a")):
            raise self.bad(key, value, "write a host name without scheme and port, such as dev.example.com")
        return value

    def names(self, key: str, value: object) -> tuple[str, ...]:
        """Return a list of names, which may be written as one text, separated by commas."""
        if value is None:
            return ()
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        named = isinstance(value, list | tuple) and all(isinstance(one, str) and one.strip() for one in value)
        if not isinstance(value, list | tuple) or not named:
            raise self.bad(key, value, "write a list of names, or names separated by commas")
        return tuple(value)

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """Return one of several words. YAML reads `no` as false."""
        value = self.value(key)
        word = "no" if value is False else str(value)
        if word not in choices:
            raise self.bad(key, value, f"it can be {spoken_choice(choices, 'or')}")
        return word

    def maybe_one_of(self, key: str, choices: tuple[str, ...]) -> str | None:
        """Return one of several words; None if none was given."""
        return None if self.value(key) is None else self.one_of(key, choices)

    def amount(self, key: str, unit: str) -> float:
        """Return a number of some unit, such as seconds; 0 or more."""
        value = self.value(key)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = -1.0
        if not 0 <= number < float("inf") or isinstance(value, bool):
            raise self.bad(key, value, f"write a number of {unit}, 0 or more")
        return number

    def flag(self, key: str) -> bool:
        """Return true or false, however it is written."""
        value = self.value(key)
        word = str(value).lower()
        if word not in (*_TRUE, *FALSE, *_UNSET):
            raise self.bad(key, value, "write true or false")
        return word in _TRUE

    def address(self, key: str) -> str:
        """Return an IP address."""
        value = self.value(key)
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError as error:
            raise self.bad(key, value, "write an IP address such as 127.0.0.1 or 0.0.0.0") from error

    def subnets(self, key: str) -> ipaddress.IPv4Network:
        """Return the range of addresses for networks."""
        value = self.value(key)
        try:
            network = ipaddress.IPv4Network(str(value))
        except ValueError:
            network = ipaddress.IPv4Network("0.0.0.0/32")
        if network.prefixlen > _NETWORK_PREFIX or not network.is_private:
            raise self.bad(
                key, value, f"write a private range that holds a /{_NETWORK_PREFIX}, such as 10.213.0.0/16"
            )
        return network
