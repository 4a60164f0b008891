"""Settings: what a project may decide, with defaults, read from Invoke's configuration levels."""

from __future__ import annotations

import ipaddress
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import BadUse
from . import templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DEFAULTS", "TEMPLATE_NAMES", "Settings", "parse"]

# Invoke takes INVOKE_WT_… only for keys that it knows, and casts them to the type of the default; None and
# text leave the reading, and the error that names key and source, to `parse`.
DEFAULTS: dict[str, Any] = {
    "root": "../{project}.worktrees",
    "main": None,
    "host": "localhost",
    "base": None,
    "compose": None,
    "services": {"own": None, "shared": None},
    "files": None,
    "env": {},
    "brokers": None,
    "bind": "127.0.0.1",
    "network": "worktree",
    "subnets": "10.213.0.0/16",
    "database": "shared",
    "wait": "60",
    "fetch": None,
    "clean_min_age": "3600",
    "trash_days": "30",
    "trash_max_bytes": "104857600",
    "hooks": {},
}

# `url.NAME` and `port.NAME` come on top, for every own service that publishes a port.
TEMPLATE_NAMES = templates.NAMES
_HOOKS = frozenset({"after_new", "before_start", "before_remove"})
_NETWORK_PREFIX = 26


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project decided. README's configuration table tells each key for users.

    Attributes:
        root: Where worktrees are made, relative to the main checkout; `{project}` is filled in.
        main: The main checkout, for bare repositories.
        host: The host name of every URL; `{slug}` and `{project}` are filled in.
        base: The branch that new branches start from and merged ones went into.
        compose: Compose files as `docker compose -f` takes them, relative to the main checkout.
        own: Services that run in each worktree, by decision.
        shared: Services that run once in main, by decision.
        files: Further ignored files to copy, as gitignore patterns.
        env: Templates for env values, by key.
        brokers: Further keys whose URL is a message broker's.
        bind: The address that worktrees publish ports on.
        network: `worktree` for a private network each, `project` for one that all share.
        subnets: The range that networks get their /26 from.
        database: `shared`, the only mode so far.
        wait: Seconds until a stack has to answer.
        fetch: Whether `new` refreshes the remote first.
        clean_min_age: Seconds that a worktree has to be old before `clean` takes it.
        trash_days: Days that a restore point is kept before `clean` takes it.
        trash_max_bytes: Bytes of ignored files that a restore point holds at most.
        hooks: Commands or functions, by the moment they run at.
    """

    root: str = "../{project}.worktrees"
    main: str | None = None
    host: str = "localhost"
    base: str | None = None
    compose: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    brokers: tuple[str, ...] = ()
    bind: str = "127.0.0.1"
    network: str = "worktree"
    subnets: ipaddress.IPv4Network = field(default_factory=lambda: ipaddress.IPv4Network("10.213.0.0/16"))
    database: str = "shared"
    wait: float = 60.0
    fetch: bool = False
    clean_min_age: float = 3600.0
    trash_days: float = 30.0
    trash_max_bytes: int = 100 << 20
    hooks: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def parse(values: Mapping[str, Any], source: Callable[[str], str]) -> Settings:
    """Read settings from the merged `wt` configuration.

    Args:
        values: The `wt` part of Invoke's configuration.
        source: Says where a key's value comes from, for errors; asked only for bad ones.

    Raises:
        BadUse: A key is unknown or its value cannot be meant; the message names key, value and source.
    """
    reader = _Reader(values, source)
    reader.refuse_unknown(values, DEFAULTS, "")
    services = values.get("services") or {}
    if hasattr(services, "keys"):
        reader.refuse_unknown(services, DEFAULTS["services"], "services.")
    else:
        reader.bad("services", services, "write services.own and services.shared")
    own, shared = (reader.names(f"services.{key}", services.get(key)) for key in ("own", "shared"))
    for name in own:
        if name in shared:
            reader.bad("services.own", name, "it is in services.shared too; keep it in one of them")
    return Settings(
        root=reader.template("root", {"project"}),
        main=reader.text("main"),
        host=reader.template("host", {"slug", "project"}),
        base=reader.text("base"),
        compose=reader.names("compose", values.get("compose")),
        own=own,
        shared=shared,
        files=reader.names("files", values.get("files")),
        env=reader.templates("env"),
        brokers=reader.names("brokers", values.get("brokers")),
        bind=reader.address("bind"),
        network=reader.one_of("network", ("worktree", "project")),
        subnets=reader.subnets("subnets"),
        database=reader.one_of("database", ("shared",)),
        wait=reader.seconds("wait"),
        fetch=reader.flag("fetch"),
        clean_min_age=reader.seconds("clean_min_age"),
        trash_days=reader.amount("trash_days", "days"),
        trash_max_bytes=int(reader.amount("trash_max_bytes", "bytes")),
        hooks=reader.hooks("hooks"),
    )


class _Reader:
    """Reads one key after the other; a bad value names key, value and source."""

    def __init__(self, values: Mapping[str, Any], source: Callable[[str], str]) -> None:
        self._values = values
        self._source = source

    def bad(self, key: str, value: object, hint: str) -> None:
        raise BadUse(f"setting wt.{key} = {value!r} (from {self._source(key)}) cannot be used", hint)

    def refuse_unknown(self, given: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> None:
        for key in given:
            if key not in known:
                raise BadUse(
                    f"setting wt.{prefix}{key} (from {self._source(prefix + key)}) is not known",
                    f"the settings are {', '.join(prefix + name for name in known)}",
                )

    def _value(self, key: str) -> Any:  # noqa: ANN401 - a configuration value is anything until it is read
        value = self._values.get(key)
        return DEFAULTS[key] if value is None else value

    def text(self, key: str) -> str | None:
        value = self._value(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            self.bad(key, value, "write it as text")
        return value if value is None else str(value)

    def template(self, key: str, names: set[str]) -> str:
        value = self.text(key) or ""
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
            _ = value.format(**dict.fromkeys(used, ""))
        except (ValueError, LookupError, AttributeError):
            used = {""}
        if not used <= names:
            self.bad(
                key, value, f"the names it may use are {', '.join(f'{{{name}}}' for name in sorted(names))}"
            )
        return value

    def names(self, key: str, value: object) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            self.bad(key, value, "write a list of names, or names with commas between them")
            return ()
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        value = self._value(key)
        if not hasattr(value, "items"):
            self.bad(key, value, "write it as a mapping of names to values")
        return {str(name): str(text) for name, text in value.items()}

    def templates(self, key: str) -> dict[str, str]:
        found = self.mapping(key)
        for name, template in found.items():
            if templates.names_in(template):
                known = (*sorted(TEMPLATE_NAMES), "url.SERVICE", "port.SERVICE")
                hint = f"the names it may use are {', '.join(f'{{{one}}}' for one in known)}"
                self.bad(f"{key}.{name}", template, hint)
        return found

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        value = self._value(key)
        if value not in choices:
            self.bad(key, value, f"it can be {' or '.join(choices)}")
        return str(value)

    def seconds(self, key: str) -> float:
        return self.amount(key, "seconds")

    def amount(self, key: str, unit: str) -> float:
        value = self._value(key)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = -1.0
        if not 0 <= number < float("inf") or isinstance(value, bool):
            self.bad(key, value, f"write a number of {unit}, 0 or more")
        return number

    def flag(self, key: str) -> bool:
        value = self._value(key)
        known = {
            "1": True,
            "true": True,
            "yes": True,
            "0": False,
            "false": False,
            "no": False,
            "": False,
            "none": False,
        }
        if str(value).lower() not in known:
            self.bad(key, value, "write true or false")
        return known[str(value).lower()]

    def address(self, key: str) -> str:
        value = self._value(key)
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError:
            self.bad(key, value, "write an IP address such as 127.0.0.1 or 0.0.0.0")
            raise

    def subnets(self, key: str) -> ipaddress.IPv4Network:
        value = self._value(key)
        try:
            network = ipaddress.IPv4Network(str(value))
        except ValueError:
            network = ipaddress.IPv4Network("0.0.0.0/32")
        if network.prefixlen > _NETWORK_PREFIX or not network.is_private:
            self.bad(
                key, value, f"write a private range that holds a /{_NETWORK_PREFIX}, such as 10.213.0.0/16"
            )
        return network

    def hooks(self, key: str) -> dict[str, tuple[Any, ...]]:
        value = self._value(key)
        if not hasattr(value, "items"):
            self.bad(key, value, f"write it as a mapping; the hooks are {', '.join(sorted(_HOOKS))}")
        found: dict[str, tuple[Any, ...]] = {}
        for name, given in value.items():
            commands = given if isinstance(given, list | tuple) else (given,)
            if name not in _HOOKS:
                self.bad(f"{key}.{name}", given, f"the hooks are {', '.join(sorted(_HOOKS))}")
            if not all(callable(one) or isinstance(one, str) for one in commands):
                self.bad(f"{key}.{name}", given, "write a command, a function, or a list of them")
            found[str(name)] = tuple(commands)
        return found
