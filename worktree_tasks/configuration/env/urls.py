"""URLs inside longer texts: the spans of their parts, so that one part can be edited and the rest kept."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

__all__ = [
    "DEFAULT_PORTS",
    "WEB_PORTS",
    "Address",
    "Edits",
    "Url",
    "addresses",
    "edit",
    "edited",
    "find",
    "open_ports",
    "port_of",
]

DEFAULT_PORTS = {
    "amqp": 5672, "http": 80, "https": 443, "mongodb": 27017, "mysql": 3306, "mariadb": 3306, "postgis": 5432,
    "postgres": 5432, "postgresql": 5432, "pyamqp": 5672, "redis": 6379, "rediss": 6379, "valkey": 6379,
    "ws": 80, "wss": 443,
}  # fmt: skip
# The ports that the address of a page may leave out.
WEB_PORTS = (DEFAULT_PORTS["http"], DEFAULT_PORTS["https"])
# Values by key, each with the reason for it.
Edits = dict[str, tuple[str, str]]

_SCHEME = re.compile(r"(?<![A-Za-z0-9+.\-])([A-Za-z][A-Za-z0-9+.\-]*)://")
_USER = re.compile(r"[^\s/?#\"'<>]*@")
_USER_OF_THE_ONLY_URL = re.compile(r"[^/?#]*@")
# People paste passwords into URLs without encoding characters that end an authority.
_USER_WITH_DELIMITERS = re.compile(r"[^@:/?#]*:[^@]*@")
_HOST = r"(?:\[[0-9A-Fa-f:.%]*\]|[^\s/?#:,@\[\]\"'<>;|(){}\\]+)"
_HOST_AND_PORT = re.compile(rf"({_HOST})(?::(\d+))?(?![^\s/?#,@\[\]\"'<>;|()}}\\])")
_TAIL = re.compile(r"[^\s\"'<>,;|)\]}]*")
_BARE = re.compile(r"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|[\w.-]+):(\d+)(?=/|\Z)")
_OPEN = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Address:
    """A `host` or `host:port` and its span; IPv6 hosts keep their brackets."""

    host: str
    port: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Url:
    """A URL within a text.

    Attributes:
        scheme: In lower case, such as `postgresql+asyncpg`.
        start: Where the scheme begins.
        user: The span of the user information without its `@`; empty if there is none.
        addresses: Its hosts, several for clusters; none for socket paths.
        tail: Where its path, or else its query, begins.
        end: Where it ends.
    """

    scheme: str
    start: int
    user: tuple[int, int]
    addresses: tuple[Address, ...]
    tail: int
    end: int


@lru_cache(256)
def find(text: str) -> tuple[Url, ...]:
    """Return the URLs in a text, which may be one URL or a list of them in any notation."""
    schemes = list(_SCHEME.finditer(text))
    limits = [*(scheme.start() for scheme in schemes[1:]), len(text)]
    only = len(schemes) == 1 and schemes[0].start() == 0 and not re.search(r"\s", text)
    return tuple(_url(text, scheme, limit, only=only) for scheme, limit in zip(schemes, limits, strict=False))


def addresses(text: str) -> tuple[Address, ...]:
    """Return the `host:port` pairs without a scheme in a list of addresses; none in a command line."""
    rest = text
    for url in find(text):
        rest = rest[: url.start] + " " * (url.end - url.start) + rest[url.end :]
    words = list(re.finditer(r"[^\s,;\"']+", rest))
    if any(word[0].startswith("-") for word in words):
        return ()
    found = ((word, _BARE.match(word[0])) for word in words)
    return tuple(
        Address(match[1], int(match[2]), word.start(), word.start() + match.end())
        for word, match in found
        if match
    )


def open_ports(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return local addresses whose port is a variable: the variable's name, and the address's span."""
    return tuple((match[1] or match[2], *match.span()) for match in _OPEN.finditer(text))


def edit(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return the text with each of the spans replaced; spans must not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def edited(
    values: Mapping[str, str],
    answer: Callable[[str, str, Address], tuple[str, str] | None],
    *,
    hosts: Collection[str],
) -> Edits:
    """Return values with addresses replaced, in URLs and as `host:port` anywhere.

    Args:
        values: The values.
        answer: Takes a key, a URL's scheme and an address, and returns its replacement and the reason.
        hosts: The keys in which a `host:port` is an address to bind, not one to connect to.
    """
    found: Edits = {}
    for key, value in values.items():
        replacements = [
            (address, answer(key, url.scheme, address)) for url in find(value) for address in url.addresses
        ]
        if key not in hosts:
            replacements += [(address, answer(key, "", address)) for address in addresses(value)]
        edits = [(address.start, address.end, one[0]) for address, one in replacements if one]
        reasons = dict.fromkeys(one[1] for _, one in replacements if one)
        found[key] = (edit(value, edits), ", ".join(reasons))
    return found


def port_of(scheme: str, address: Address) -> int | None:
    """Return the port of an address; the scheme's default if it has none."""
    return address.port or DEFAULT_PORTS.get(scheme.partition("+")[0])


def _url(text: str, scheme: re.Match[str], limit: int, *, only: bool) -> Url:
    start = scheme.end()
    user = _user(text[start:limit], only=only)
    at = start + len(user)
    hosts = tuple(_hosts(text, at, limit))
    tail = hosts[-1].end if hosts else at
    ends = _TAIL.match(text, tail, limit)
    end = limit if only or ends is None else ends.end()
    return Url(scheme[1].lower(), scheme.start(), (start, start + len(user[:-1])), hosts, tail, end)


def _user(rest: str, *, only: bool) -> str:
    plain = (_USER_OF_THE_ONLY_URL if only else _USER).match(rest)
    if plain:
        return plain[0]
    loose = _USER_WITH_DELIMITERS.match(rest) if only else None
    authority = re.match(r"[^/?#]*", rest)
    if loose and authority and not _HOST_AND_PORT.fullmatch(authority[0]):
        return loose[0]
    return ""


def _hosts(text: str, at: int, limit: int) -> Iterator[Address]:
    while match := _HOST_AND_PORT.match(text, at, limit):
        yield Address(match[1], int(match[2]) if match[2] else None, match.start(), match.end())
        if not text.startswith(",", match.end()):
            return
        at = match.end() + 1
