"""How a worker reaches its queue: by which variables, or on which server where none says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..env import brokers
from ..env.expansion import expand
from ..env.urls import find
from ..env.virtual_hosts import AMQP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ..env.address_targets import SharedAddress, Surroundings
    from .job_duties import Duty

__all__ = ["NO_QUEUE", "NO_VARIABLE", "Reach", "Worker"]

# Keys that say by their name that no queue is behind them.
NO_QUEUE = re.compile(r"CACHE|SESSION|CHANNEL|PUBSUB|RATE_?LIMIT|THROTTL|LOCK|SOCKET", re.IGNORECASE)
_QUEUE = re.compile(r"BROKER|QUEUE|JOB|TASK|WORKER|RESULT", re.IGNORECASE)
_RESULT = re.compile(r"RESULT", re.IGNORECASE)
_REDIS_SCHEMES = frozenset({"redis", "rediss", "valkey", "valkeys", "unix", "redis+unix", "redis+socket"})
# Servers that a worktree can have of its own, empty, in a moment.
_LIGHT = frozenset({"redis", "rabbitmq", "faktory", "beanstalkd"})
_BY_NAME = frozenset({"beanstalkd", "faktory", "temporal"})
_STREAMS = frozenset({"kafka", "nats"})
_PAGE = re.compile(r"\bui\b|admin|console|tools")
_DATABASES = frozenset({"postgres", "mysql", "mongo"})
NO_VARIABLE = "and no variable names its queue, which could be another here"


@dataclass(frozen=True, slots=True)
class Worker:
    """An own service that takes jobs.

    Attributes:
        service: Its name.
        duties: How it takes them.
        values: What it has for variables: its environment, and the project's env files.
        near: The services that it awaits or links to.
    """

    service: str
    duties: tuple[Duty, ...]
    values: Mapping[str, str]
    near: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """How a worker reaches its queue with one tool.

    Attributes:
        worker: The worker.
        duty: How it takes jobs.
        around: The shared services.
        by_name: Variables that are brokers' by their names.
        own: The own services, and what data server each is.
    """

    worker: Worker
    duty: Duty
    around: Surroundings
    by_name: Collection[str]
    own: Mapping[str, str | None]

    @property
    def words(self) -> str:
        """The worker and what it runs."""
        return f"{self.worker.service} takes jobs ({self.duty})"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of servers that its queue can be on."""
        tool = self.duty.tool
        chosen = expand(self.worker.values.get(tool.kind, ""), self.worker.values).lower()
        return tuple(kind for kind in tool.queues if kind in chosen) if chosen else tool.queues

    def by_tool(self, key: str) -> bool:
        """Return whether a variable is the tool's own."""
        variables = self.duty.tool.variables
        return bool(variables) and re.fullmatch(variables, key, re.IGNORECASE) is not None

    def has_lodgers(self, key: str) -> bool:
        """Return whether other things than the queue may be where a variable leads."""
        return not self.by_tool(key) and not _RESULT.search(key)

    def keys(self) -> set[str]:
        """Return the variables by which the worker reaches its queue."""
        named = [key for key in self.worker.values if self._kinds_of(key) & {*self.kinds}]
        certain = {key for key in named if key in self.by_name or self.by_tool(key)}
        if any(not _RESULT.search(key) for key in certain):
            # Results move together with their broker.
            return certain | {key for key in named if _RESULT.search(key) and not NO_QUEUE.search(key)}
        likely = [key for key in named if not NO_QUEUE.search(key)]
        hosts = [key for key in likely if "rabbitmq" in self._kinds_of(key)]
        best = [key for key in likely if _QUEUE.search(key)]
        return certain | {*(hosts or best or likely)}

    def _kinds_of(self, key: str) -> set[str]:
        """Return the kinds of shared servers of which a variable names a place that can move."""
        values = self.worker.values
        redis = brokers.redis_places(key, values, self.around)
        hosts = brokers.virtual_hosts(key, values, self.around)
        return {*(["redis"] if redis else []), *(["rabbitmq"] if hosts else [])}

    def added(self) -> dict[str, str]:
        """Return the variable that the tool takes for its database, where nobody sets it."""
        database = self.duty.tool.database
        if not database or "redis" not in self.kinds or database[0] in self.worker.values:
            return {}
        trial = {**self.worker.values, database[0]: database[1]}
        return dict([database]) if brokers.redis_places(database[0], trial, self.around) else {}

    def alone(self) -> dict[str, str]:
        """Return the servers that its queue has to be on and that no variable separates."""
        if self._elsewhere() or self._has_own():
            return {}
        light = [kind for kind in self.kinds if kind in _LIGHT]
        found = [[one for one in self.around.shared if _is_one_of(one, {kind})] for kind in light]
        near = [[one for one in several if one.service in self._near()] for several in found]
        why = f"{self.words} from it, {NO_VARIABLE}"
        # A name alone does not tell of which server, unless the service awaits one or is told its host.
        candidates = near if self.duty.named else (*near, *found)
        return {one.service: why for one in next(filter(None, candidates), ())}

    def _near(self) -> frozenset[str]:
        """Return the services that the worker awaits, links to, or is told the address of."""
        values = self.worker.values
        told = (expand(value, values) for key, value in values.items() if not NO_QUEUE.search(key))
        addresses = (one for value in told if "://" not in value for one in value.split(","))
        return self.worker.near | {one.partition(":")[0].strip() for one in addresses}

    def crossing(self) -> Iterator[str]:
        """Yield why its jobs may be taken by others, where nothing is known to separate them."""
        if host := self._elsewhere():
            yield f"{self.words} by {host[0]} from {host[1]}, which all worktrees have in common"
            return
        if self._has_own():
            return
        wanted = {*self.kinds} - (frozenset() if self.duty.named else _LIGHT)
        yield from self._jobs_taken([one for one in self.around.shared if _is_one_of(one, wanted)])

    def crossing_besides(self) -> Iterator[str]:
        """Yield the same of the streams that a worker known by its name alone is told of, besides a queue."""
        near = self._near() if self.duty.named else frozenset()
        streams = [one for one in self.around.shared if _is_one_of(one, _STREAMS & {*self.kinds})]
        yield from self._jobs_taken([one for one in streams if one.service in near])

    def _jobs_taken(self, shared: Collection[SharedAddress]) -> Iterator[str]:
        if shared:
            names = ", ".join(one.service for one in shared)
            yield (
                f"{self.words} from the shared {names}, as main's and other worktrees' workers do:"
                f" wt.services.own: {names} gives it one of its own, empty"
            )

    def _elsewhere(self) -> tuple[str, str] | None:
        """Return the variable and the host of a broker that is no service of the project."""
        names = {*self.own, *(one.service for one in self.around.shared)}
        for key, value in self.worker.values.items():
            if key not in self.by_name and not self.by_tool(key):
                continue
            for url in find(expand(value, self.worker.values)):
                known = [one for one in url.addresses if one.host in names]
                if url.scheme in _REDIS_SCHEMES | AMQP and url.addresses and not known:
                    return key, url.addresses[0].host
        return None

    def _has_own(self) -> bool:
        """Return whether its queue is on an own server: by its kind, or since a variable names that."""
        if {*self.own.values()} & {*self.kinds} & _LIGHT:
            return True
        values = self.worker.values
        return any(
            address.host in self.own
            for key in values
            for url in find(expand(values[key], values))
            if url.scheme in _REDIS_SCHEMES | AMQP
            for address in url.addresses
        )


def _is_one_of(server: SharedAddress, kinds: AbstractSet[str]) -> bool:
    """Return whether a server is of one of some kinds; those that have no images of their own by the name."""
    name = server.service.lower()
    named = any(kind in name for kind in kinds & _BY_NAME) and not _PAGE.search(name)
    return server.kind in kinds or named or ("database" in kinds and server.kind in _DATABASES)
