"""How a worker reaches its queue: through which variables, or else on which server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
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

# Keys whose name shows that they are not for a queue.
NO_QUEUE = re.compile(r"CACHE|SESSION|CHANNEL|PUBSUB|RATE_?LIMIT|THROTTL|LOCK|SOCKET", re.IGNORECASE)
_QUEUE = re.compile(r"BROKER|QUEUE|JOB|TASK|WORKER|RESULT", re.IGNORECASE)
_RESULT = re.compile(r"RESULT", re.IGNORECASE)
_REDIS_SCHEMES = frozenset({"redis", "rediss", "valkey", "valkeys", "unix", "redis+unix", "redis+socket"})
# Servers of which a worktree can quickly get its own, empty one.
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
        values: Its variables: its environment, and the project's env files.
        near: The services that it depends on or links to.
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
        by_name: Variables that are for brokers according to their names.
        own: The own services, and the kind of data server that each is.
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

    def is_mixed(self, key: str) -> bool:
        """Return whether a variable's database may contain more than the queue."""
        return not self.by_tool(key) and not _RESULT.search(key)

    def keys(self) -> set[str]:
        """Return the variables through which the worker reaches its queue."""
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
        """Return the kinds of shared servers on which a variable names a movable database or virtual host."""
        values = self.worker.values
        redis = brokers.redis_places(key, values, self.around)
        hosts = brokers.virtual_hosts(key, values, self.around)
        return {*(["redis"] if redis else []), *(["rabbitmq"] if hosts else [])}

    def added(self) -> dict[str, str]:
        """Return the tool's variable for its database, if it is not set."""
        database = self.duty.tool.database
        if not database or "redis" not in self.kinds or database[0] in self.worker.values:
            return {}
        trial = {**self.worker.values, database[0]: database[1]}
        return dict([database]) if brokers.redis_places(database[0], trial, self.around) else {}

    def alone(self) -> dict[str, str]:
        """Return the servers that its queue must be on, if no variable can separate it."""
        if self._elsewhere() or self._has_own():
            return {}
        light = [kind for kind in self.kinds if kind in _LIGHT]
        found = [[one for one in self.around.shared if _is_one_of(one, {kind})] for kind in light]
        near = [[one for one in several if one.service in self._near()] for several in found]
        why = f"{self.words} from it, {NO_VARIABLE}"
        # A name alone does not show which server, unless the service depends on one or has its address.
        candidates = near if self.duty.named else (*near, *found)
        return {one.service: why for one in next(filter(None, candidates), ())}

    def _near(self) -> frozenset[str]:
        """Return the services that the worker depends on, links to, or has the address of."""
        values = self.worker.values
        hosts = (expand(value, values) for key, value in values.items() if not NO_QUEUE.search(key))
        addresses = (one for value in hosts if "://" not in value for one in value.split(","))
        return self.worker.near | {one.partition(":")[0].strip() for one in addresses}

    def crossing(self) -> Iterator[str]:
        """Yield why others may take its jobs, if no way to separate them is known."""
        if host := self._elsewhere():
            yield f"{self.words} through {host[0]} from {host[1]}, which all worktrees share"
            return
        if self._has_own():
            return
        wanted = {*self.kinds} - (frozenset() if self.duty.named else _LIGHT)
        yield from self._jobs_taken([one for one in self.around.shared if _is_one_of(one, wanted)])

    def crossing_besides(self) -> Iterator[str]:
        """Yield the same for the streams that a worker known only by its name has the address of."""
        near = self._near() if self.duty.named else frozenset()
        streams = [one for one in self.around.shared if _is_one_of(one, _STREAMS & {*self.kinds})]
        yield from self._jobs_taken([one for one in streams if one.service in near])

    def _jobs_taken(self, shared: Collection[SharedAddress]) -> Iterator[str]:
        if shared:
            names = ", ".join(one.service for one in shared)
            yield (
                f"{self.words} from the shared {names}, like the workers of main and other worktrees;"
                f" wt.services.own: {names} gives each worktree its own, empty one"
            )

    def _elsewhere(self) -> tuple[str, str] | None:
        """Return the variable and the host of a broker that is not a service of the project."""
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
        """Return whether its queue is on an own server, by the server's kind or a variable that names it."""
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
    """Return whether a server is of one of some kinds, by its image or, for some kinds, by its name."""
    name = server.service.lower()
    named = any(kind in name for kind in kinds & _BY_NAME) and not _PAGE.search(name)
    return server.kind in kinds or named or ("database" in kinds and server.kind in _DATABASES)
