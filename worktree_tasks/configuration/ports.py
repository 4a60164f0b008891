"""Ports: the host port of each own service in main, and in the worktree with slot N."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadUse, Failure
from ..quick_dataclasses import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

__all__ = [
    "BLOCKED_BY_BROWSERS", "HIGHEST", "Port", "assign", "find_slot", "follow", "matched", "publishing",
    "with_bases",
]  # fmt: skip

HIGHEST = 65535
_PRIVILEGED = 1024
_INSTEAD_OF_PRIVILEGED = 8000
_MOST_SLOTS = 10_000

# "bad ports" of the Fetch standard, from 1024 up: https://fetch.spec.whatwg.org/#port-blocking
BLOCKED_BY_BROWSERS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669}
    | {6679, 6697, 10080}
)


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a service as it is published on the host.

    Attributes:
        service: The service's name.
        target: The port inside the container.
        protocol: `tcp` or `udp`.
        main: The host port in main; None where Docker chooses it.
        base: What a slot is added to; equal to `main` unless that is privileged or a range.
        published: The host port in the worktree; None before a slot is known, or where Docker chooses it.
        host_ip: The address it is bound to, as the compose file has it; empty for the configured one.
        scheme: `http` or `https` once it answered so, `other` for what speaks neither; None until then.
    """

    service: str
    target: int
    protocol: str = "tcp"
    main: int | None = None
    base: int | None = None
    published: int | None = None
    host_ip: str = ""
    scheme: str | None = field(default=None, compare=False)

    def url(self, host: str) -> str | None:
        """Return its URL on a host name; None for what no browser could open."""
        if self.published is None or self.protocol != "tcp":
            return None
        return f"{'https' if self.scheme == 'https' else 'http'}://{host}:{self.published}"

    @property
    def place(self) -> tuple[str, int, str, str]:
        """Where it stands in the compose file, whatever its numbers on the host are."""
        return self.service, self.target, self.protocol, self.host_ip


# Keys that identify a port's place in the compose file, most reliable first.
_PLACES: tuple[Callable[[Port], tuple[object, ...]], ...] = (
    lambda port: port.place,
    lambda port: (port.service, port.target, port.protocol),
    lambda port: (port.service, port.protocol, port.host_ip),
    lambda port: (port.service, port.protocol),
)


def publishing(ports: Iterable[Port]) -> frozenset[str]:
    """Return the services with a port on the host: a stack without one of their containers is not whole."""
    return frozenset(port.service for port in ports if port.published is not None)


def with_bases(ports: Iterable[Port]) -> tuple[Port, ...]:
    """Give each port the base that a slot is added to.

    Ports under 1024 need root on many systems: they start from 8000 + p, or from the next base that no other
    service of the project has. Services that cannot run at once, since main has them on one port, share it.
    """
    ports = tuple(ports)
    used = {(port.base, port.protocol) for port in ports}
    instead: dict[tuple[int, str, str, str], int] = {}
    done = []
    for port in ports:
        base = port.base
        if base is not None and base < _PRIVILEGED:
            # A service that publishes one port on several addresses keeps one number.
            same = (base, port.protocol, "service", port.service), (base, port.protocol, "", port.host_ip)
            known = next((instead[one] for one in same if one in instead), None)
            base = known or _free_base(base, port.protocol, used)
            used.add((base, port.protocol))
            instead |= dict.fromkeys(same, base)
        done.append(replace(port, base=base))
    return tuple(done)


def _free_base(port: int, protocol: str, used: Collection[tuple[int | None, str]]) -> int:
    base = _INSTEAD_OF_PRIVILEGED + port
    while (base, protocol) in used:
        base += 1
    return base


def matched(wanted: Iterable[Port], leased: Iterable[Port]) -> tuple[tuple[Port, Port | None], ...]:
    """Return each wanted port with the leased port of the same place in the compose file, if any.

    If the container's port has changed, as one from a variable may, the order of the service's ports decides.
    """
    ports, left = list(wanted), list(leased)
    found: dict[int, Port] = {}
    for place in _PLACES:
        for number, port in enumerate(ports):
            match = next((one for one in left if number not in found and place(one) == place(port)), None)
            if match:
                left.remove(match)
                found[number] = match
    return tuple((port, found.get(number)) for number, port in enumerate(ports))


def assign(ports: Iterable[Port], slot: int) -> tuple[Port, ...]:
    """Return the ports as the worktree of a slot publishes them: base + slot."""
    return tuple(port if port.base is None else replace(port, published=port.base + slot) for port in ports)


def follow(ports: Iterable[Port], places: Collection[tuple[str, int]]) -> tuple[Port, ...]:
    """Return ports with the container port adapted if a program listens on the published number.

    Args:
        ports: The ports as a worktree publishes them.
        places: The services with such programs, each with main's port, which is the same on both sides.
    """
    return tuple(
        replace(port, target=port.published)
        if port.published and port.target == port.main and (port.service, port.target) in places
        else port
        for port in ports
    )


def find_slot(
    ports: Iterable[Port],
    *,
    used_slots: Collection[int],
    holders: Mapping[tuple[int, str], str],
    wanted: int | None = None,
) -> int:
    """Return the smallest slot from 1 whose ports are all free.

    Args:
        ports: The own services' ports, with bases.
        used_slots: Slots of the project's other worktrees.
        holders: The holders of ports: (port, protocol) to a description such as `main's web`.
        wanted: The only slot to consider.

    Raises:
        BadUse: `wanted` is taken or not a slot.
        Failure: No slot is free below 65536.
    """
    ports = tuple(ports)
    if wanted is not None:
        obstacle = _obstacle(ports, wanted, used_slots, holders)
        if obstacle:
            raise BadUse(
                f"slot {wanted} is not free: {obstacle}",
                "leave --slot out, to get a free one",
                kind="slot-taken",
            )
        return wanted
    for slot in range(1, _MOST_SLOTS):
        if any((port.base or 0) + slot > HIGHEST for port in ports):
            break
        if not _obstacle(ports, slot, used_slots, holders):
            return slot
    highest = max((port.base or 0 for port in ports), default=0)
    raise Failure(
        f"no free ports: every slot from 1 up to port {HIGHEST} is taken (highest base {highest})",
        "remove worktrees that you no longer need, or publish a lower port in main",
        kind="no-free-port",
    )


def _obstacle(
    ports: Iterable[Port], slot: int, used_slots: Collection[int], holders: Mapping[tuple[int, str], str]
) -> str | None:
    if slot < 1:
        return "slots start at 1"
    if slot in used_slots:
        return "another worktree of this project has it"
    for port in assign(ports, slot):
        number = port.published
        if number is None:
            continue
        if number > HIGHEST:
            return f"{port.service} would need port {number}, above {HIGHEST}"
        if number in BLOCKED_BY_BROWSERS:
            return f"browsers refuse port {number}"
        if (number, port.protocol) in holders:
            return f"port {number} is {holders[number, port.protocol]}"
    return None
