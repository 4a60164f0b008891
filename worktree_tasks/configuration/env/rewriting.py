"""Rewriting: which values of an env file change so that they point into this worktree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from .address_targets import LOOPBACK, WEB
from .allowed_hosts import host_names
from .database_values import moved_databases
from .own_queues import added_queues, moved_queues
from .service_names import OF_THE_CONTAINER, names, pairs
from .urls import WEB_PORTS, edit, edited, open_ports, port_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .address_targets import OwnPort, Surroundings
    from .urls import Address, Edits

__all__ = ["ValueChange", "additions", "for_browsers", "hosts_before", "rewrite"]

# Host ports for browsers, although a container reads the variable.
_OF_THE_BROWSER = re.compile(
    r"(?:CLIENT|HMR|PUBLIC|EXTERNAL|PUBLISHED|BROWSER|HOST)_?PORT\Z|HMR", re.IGNORECASE
)
_PORT_KEY = re.compile(r"(?P<prefix>.*)PORT\Z", re.IGNORECASE)
_PORT_VALUE = re.compile(r"(?P<host>(?:[\w.-]+|\[[0-9A-Fa-f:]+\]):)?(?P<port>[0-9]{1,5})")
_HOST_SUFFIXES = ("HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS")
_BY_NUMBER = "127.0.0.1"
_EVERYWHERE = frozenset({"0.0.0.0", "::", "[::]", ""})  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that is different in this worktree.

    Attributes:
        key: The variable.
        old: Its value in main.
        new: Its value here.
        reason: Why, in a few words.
    """

    key: str
    old: str
    new: str
    reason: str


def rewrite(
    values: Mapping[str, str], around: Surroundings, *, inside: frozenset[str], on_host: bool = False
) -> tuple[ValueChange, ...]:
    """Return the values that change for a worktree, in the order of the values.

    Addresses of main's published ports become this worktree's. In containers, `localhost` becomes the shared
    service's name. Brokers get this worktree's own Redis database, and database names become its own.

    Args:
        values: Main's values, not expanded.
        around: The own and the shared services.
        inside: The keys whose values containers read.
        on_host: Whether programs on the host read the values too, and so cannot reach services by name.
    """
    now = dict(values)
    reasons: dict[str, list[str]] = {}
    # Each sees the values as those before it left them.
    steps: tuple[Callable[[], Edits], ...] = (
        lambda: _open_ports(now, around, inside),
        lambda: _addresses(now, around, inside),
        lambda: {} if on_host else names(now, around, inside),
        lambda: {} if on_host else pairs(now, around, inside),
        lambda: _ports(now, around, inside, done=frozenset(reasons)),
        lambda: host_names(now, around),
        lambda: moved_queues(now, around),
        lambda: moved_databases(now, around),
    )
    for edits in steps:
        for key, (new, reason) in edits().items():
            if new != now[key]:
                now[key] = new
                reasons.setdefault(key, []).append(reason)
    return tuple(
        ValueChange(key, values[key], now[key], "; ".join(dict.fromkeys(reasons[key])))
        for key in values
        if key in reasons
    )


def additions(values: Mapping[str, str], around: Surroundings) -> tuple[ValueChange, ...]:
    """Return added variables that name this worktree's queue, if the values name only its server."""
    return tuple(ValueChange(key, "", new, why) for key, (new, why) in added_queues(values, around).items())


def _open_ports(values: Mapping[str, str], around: Surroundings, inside: frozenset[str]) -> Edits:
    """Addresses whose port is a variable that keeps main's value here."""
    found: Edits = {}
    for key in (key for key in values if not (key in inside and OF_THE_CONTAINER.search(key))):
        for name, start, end in reversed(open_ports(values[key])):
            port = values.get(name, "")
            variable = around.port_variables.get(name)
            if variable and not variable.moves and port.isdigit() and (own := around.own_at(int(port))):
                new = edit(found.get(key, (values[key],))[0], [(start, end, f"{around.host}:{own.answered}")])
                found[key] = (new, f"{own.service} is on {own.answered} here")
    return found


def _addresses(values: Mapping[str, str], around: Surroundings, inside: frozenset[str]) -> Edits:
    """Addresses of main's published ports, in URLs and as `host:port` anywhere in a value."""

    def answer(key: str, scheme: str, address: Address) -> tuple[str, str] | None:
        if key in inside and OF_THE_CONTAINER.search(key):
            return None
        return _own_address(scheme, address, around, listed=values[key])

    return edited(values, answer, hosts=around.bound)


def _own_address(
    scheme: str, address: Address, around: Surroundings, *, listed: str
) -> tuple[str, str] | None:
    """Return this worktree's address in place of main's address of an own service, and the reason.

    All are on this worktree's host name, except in a list of origins that has both of this machine's names.
    """
    host = address.host.lower()
    own = around.own_at(port_of(scheme, address))
    if own is None:
        return None
    reason = f"{own.service} is on {own.answered} here"
    if host == _BY_NUMBER and around.host in LOOPBACK and _names_localhost(listed, own.main):
        return f"{address.host}:{own.answered}", reason
    if host in LOOPBACK or (host in _EVERYWHERE and scheme in WEB):
        return f"{around.host}:{own.answered}", reason
    if host.endswith(".localhost") or host == "host.docker.internal":
        return f"{address.host}:{own.answered}", reason
    return None


def _names_localhost(text: str, port: int | None) -> bool:
    """Return whether a text has a port of `localhost`, which a URL leaves out if it is the usual one."""
    usual = "?" if port in WEB_PORTS else ""
    return re.search(rf"(?<![\w.-])localhost(?::{port}){usual}(?![\w:.-])", text, re.IGNORECASE) is not None


def _ports(
    values: Mapping[str, str], around: Surroundings, inside: frozenset[str], *, done: frozenset[str]
) -> Edits:
    """Variables with one of main's ports, alone or after an address to bind."""
    found = {}
    for key, value in values.items():
        match = _PORT_VALUE.fullmatch(value)
        if not match or key in done:
            continue
        variable = around.port_variables.get(key)
        if variable:
            own = around.fed_by(variable, int(match["port"])) if variable.moves else None
        elif (own := around.own_at(int(match["port"]))) and (
            match["host"] or not _names_main(key, own, values, around, inside)
        ):
            own = None
        if own:
            port = own.answered if for_browsers(key) else own.published
            found[key] = (f"{match['host'] or ''}{port}", f"{own.service} is on {port} here")
    return found


def for_browsers(key: str) -> bool:
    """Return whether a variable's name means that its port is for browsers, whoever reads it."""
    return bool(_OF_THE_BROWSER.search(key))


def hosts_before(key: str, values: Mapping[str, str]) -> list[str]:
    """Return the hosts to which a port variable belongs, such as the value of `MAIL_HOST` for `MAIL_PORT`."""
    match = _PORT_KEY.fullmatch(key)
    names = (
        (match["prefix"] + end for end in (*_HOST_SUFFIXES, *map(str.lower, _HOST_SUFFIXES))) if match else ()
    )
    return [values[name].lower() for name in names if name in values]


def _names_main(
    key: str, own: OwnPort, values: Mapping[str, str], around: Surroundings, inside: frozenset[str]
) -> bool:
    """Return whether a variable means main's published port, not another machine's or the container's."""
    match = _PORT_KEY.fullmatch(key)
    if not match:
        return False
    hosts = hosts_before(key, values)
    if any(host not in LOOPBACK | _EVERYWHERE for host in hosts):
        return False
    if key not in inside or not around.listens(own.main or 0) or for_browsers(key):
        return True
    # No server listens only on its container's loopback, so such a pair is an address to connect to.
    return bool(match["prefix"]) and any(host in LOOPBACK for host in hosts)
