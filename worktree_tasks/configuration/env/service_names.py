"""Names of shared services, which replace `localhost` in containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .address_targets import LOOPBACK, WEB
from .urls import edited, port_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import SharedAddress, Surroundings
    from .urls import Address, Edits

__all__ = ["OF_THE_CONTAINER", "names", "pairs"]

# Addresses that a server listens on, or checks itself at.
OF_THE_CONTAINER = re.compile(r"BIND|LISTEN|HEALTHCHECK|ASPNETCORE_URLS", re.IGNORECASE)
# Variables that bundlers and frameworks pass to the browser, by their names.
_IN_THE_BROWSER = re.compile(
    r"(?:.*_)?PUBLIC_|(?:VITE|REACT_APP|VUE_APP|NG_APP|GATSBY|STORYBOOK|EXPO_PUBLIC|NUXT_PUBLIC)_",
    re.IGNORECASE,
)
# Ports of pages: an address with one of them is for a browser, unless a known data server listens there.
_PAGES = frozenset({80, 443, 3000, 4200, 5173, 8000, 8025, 8080, 8443, 15672})
_HOST_KEY = re.compile(r"(?P<prefix>.+?_?)(?P<suffix>HOST|HOSTNAME|SERVER|ADDR|ADDRESS)\Z", re.IGNORECASE)
_KIND_WORDS = {
    "postgres": "postgres", "postgresql": "postgres", "pg": "postgres", "psql": "postgres", "mysql": "mysql",
    "mariadb": "mysql", "mongo": "mongo", "mongodb": "mongo", "redis": "redis", "valkey": "redis",
    "rabbitmq": "rabbitmq", "rabbit": "rabbitmq", "amqp": "rabbitmq", "memcached": "memcached",
    "memcache": "memcached", "kafka": "kafka", "nats": "nats", "elasticsearch": "elasticsearch",
    "elastic": "elasticsearch", "es": "elasticsearch", "opensearch": "elasticsearch", "minio": "minio",
    "clickhouse": "clickhouse", "meilisearch": "meilisearch", "meili": "meilisearch",
    "typesense": "typesense",
}  # fmt: skip
_DATABASE_WORDS = frozenset({"db", "database", "sql", "rdbms"})
_DATABASES = frozenset({"postgres", "mysql", "mongo", "clickhouse", "cassandra", "couchdb"})


def names(values: Mapping[str, str], around: Surroundings, inside: frozenset[str]) -> Edits:
    """Addresses of shared services, which containers reach by name."""

    def answer(key: str, scheme: str, address: Address) -> tuple[str, str] | None:
        named = key in inside and not OF_THE_CONTAINER.search(key) and not _IN_THE_BROWSER.match(key)
        return _shared(scheme, address, around) if named else None

    return edited(values, answer, hosts=around.bound)


def _shared(scheme: str, address: Address, around: Surroundings) -> tuple[str, str] | None:
    """Return the name of the shared service that a container's `localhost` address means, and the reason."""
    port = port_of(scheme, address)
    found = around.shared_at(port)
    # Containers do not reach each other by localhost in main either, so a page's address is for a browser.
    if address.host.lower() not in LOOPBACK or scheme in WEB or found is None or around.own_at(port):
        return None
    service, target = found[0].service, found[1]
    if found[0].kind is None and not scheme and target in _PAGES:
        return None
    plain = address.port is None and target == port
    return service if plain else f"{service}:{target}", f"containers reach {service} by name"


def pairs(values: Mapping[str, str], around: Surroundings, inside: frozenset[str]) -> Edits:
    """Host variables that name a shared service, with their port variables."""
    found = {}
    for key in values.keys() & inside:
        match = _HOST_KEY.fullmatch(key)
        if not match or values[key].lower() not in LOOPBACK or _IN_THE_BROWSER.match(key):
            continue
        port_key = match["prefix"] + ("PORT" if match["suffix"].isupper() else "port")
        answer = _shared_for(match["prefix"], values.get(port_key, ""), around)
        if answer:
            service, port = answer
            reason = f"containers reach {service} by name"
            found[key] = (service, reason)
            if port_key in values and port:
                found[port_key] = (str(port), reason)
    return found


def _shared_for(prefix: str, port: str, around: Surroundings) -> tuple[str, int | None] | None:
    if not re.fullmatch(r"[0-9]{1,5}", port):
        named = _named(prefix, around)
        return (named.service, None) if named else None
    if at := around.shared_at(int(port)):
        return at[0].service, at[1]
    named = _named(prefix, around)
    if named and any(target == int(port) for target, _ in named.ports):
        return named.service, None
    return None


def _named(prefix: str, around: Surroundings) -> SharedAddress | None:
    """Return the only shared service that a variable's prefix can mean, by its name or kind."""
    words = frozenset(re.split(r"[_.\-]+", prefix.lower()))
    kinds = {_KIND_WORDS[word] for word in words & _KIND_WORDS.keys()}
    whole = prefix.lower().strip("_")
    for meant in (
        [one for one in around.shared if one.service.lower().replace("-", "_") == whole],
        [one for one in around.shared if one.service.lower() in words],
        [one for one in around.shared if one.kind in kinds],
        [one for one in around.shared if one.kind in _DATABASES and words & _DATABASE_WORDS],
    ):
        if meant:
            return meant[0] if len(meant) == 1 else None
    return None
