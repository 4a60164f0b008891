"""Probe the published ports of a stack until their servers answer, without flooding their logs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ....configuration.port_answers import DATA_PORTS, PortAnswer, scheme
from ....machine.port_probe import ask, reachable
from ....quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....configuration.ports import Port

__all__ = ["PortPolling"]

# Nothing listens yet: a connection that Docker's proxy closes disturbs no server.
_PAUSE_SECONDS = 0.05
# Each probe that a server closes without an answer makes up to three connections, and lines in its log.
_MOST_REQUESTS = 3
_FIRST_BACK_OFF = 0.2


@dataclass(slots=True, eq=False)
class _PortProbe:
    port: Port
    answer: PortAnswer | None = None
    requests: int = 0
    due: float = 0.0
    busy: bool = False


class PortPolling:
    """The last answers of a stack's TCP ports.

    Args:
        ports: The ports.
        bind: The address that ports without their own address are bound to.
        host: The host name of requests.
    """

    def __init__(self, ports: Iterable[Port], *, bind: str, host: str) -> None:
        self._probes = {
            port: _PortProbe(port) for port in ports if port.published is not None and port.protocol == "tcp"
        }
        self._bind, self._host = bind, host

    def ports(self, service: str) -> tuple[Port, ...]:
        """Return the ports of a service that are probed, in the compose file's order."""
        return tuple(port for port in self._probes if port.service == service)

    def answer(self, port: Port) -> PortAnswer | None:
        """Return a port's answer; None until it is certain."""
        probe = self._probes[port]
        undecided = probe.answer is PortAnswer.HANGS_UP and probe.requests < _MOST_REQUESTS
        return None if undecided else probe.answer

    def last_answer(self, port: Port) -> PortAnswer | None:
        """Return a port's last answer, certain or not."""
        return self._probes[port].answer

    def ask(self, services: Collection[str]) -> None:
        """Probe those ports of some services that are due, without waiting for the answers."""
        for probe in self._probes.values():
            if probe.port.service in services and not probe.busy and probe.due <= time.monotonic():
                probe.busy = True
                # A server may take seconds to answer, and its container is looked at meanwhile.
                threading.Thread(target=self._ask, args=(probe,), daemon=True).start()

    def busy(self) -> bool:
        """Return whether a probe is in progress."""
        return any(probe.busy for probe in self._probes.values())

    def schemes(self) -> dict[int, str]:
        """Return the known protocols of the ports, by published port; see `Port.scheme`."""
        schemes = {probe.port.published: scheme(probe.answer) for probe in self._probes.values()}
        return {port: found for port, found in schemes.items() if port is not None and found}

    def _ask(self, probe: _PortProbe) -> None:
        port = probe.port
        try:
            probe.answer = ask(
                int(port.published or 0),
                address=reachable(port.host_ip or self._bind),
                host=self._host,
                web=port.target not in DATA_PORTS,
            )
            pause = _PAUSE_SECONDS
            if probe.answer is PortAnswer.HANGS_UP:
                probe.requests += 1
                pause = _FIRST_BACK_OFF * 2 ** (probe.requests - 1)
            done = (
                probe.answer not in (PortAnswer.NOBODY, PortAnswer.HANGS_UP)
                or probe.requests >= _MOST_REQUESTS
            )
            probe.due = float("inf") if done else time.monotonic() + pause
        finally:
            probe.busy = False
