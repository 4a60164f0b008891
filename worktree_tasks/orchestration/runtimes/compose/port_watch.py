"""The published ports of a stack, asked until their servers answer, and never more often than they bear."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....configuration.readiness import DATA_PORTS, PortAnswer, scheme
from ....machine.port_answer import ask, reachable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....configuration.ports import Port

__all__ = ["PortWatch"]

# Nobody listens yet: a connection that the proxy ends disturbs no server.
_PAUSE_SECONDS = 0.05
# Each request that a server hangs up on is a line in its log.
_MOST_REQUESTS = 5
_FIRST_BACK_OFF = 0.2


@dataclass(slots=True, eq=False)
class _PortQuestion:
    port: Port
    answer: PortAnswer | None = None
    requests: int = 0
    due: float = 0.0
    busy: bool = False


class PortWatch:
    """What the TCP ports of a stack answered last.

    Args:
        ports: The ports.
        bind: The address that those without one of their own are bound to.
        host: The host name of requests.
    """

    def __init__(self, ports: Iterable[Port], *, bind: str, host: str) -> None:
        self._asked = {
            port: _PortQuestion(port)
            for port in ports
            if port.published is not None and port.protocol == "tcp"
        }
        self._bind, self._host = bind, host

    def ports(self, service: str) -> tuple[Port, ...]:
        """Return the ports of a service that are asked, in the compose file's order."""
        return tuple(port for port in self._asked if port.service == service)

    def answer(self, port: Port) -> PortAnswer | None:
        """Return what a port answered; None while that is not certain."""
        asked = self._asked[port]
        undecided = asked.answer is PortAnswer.HANGS_UP and asked.requests < _MOST_REQUESTS
        return None if undecided else asked.answer

    def heard(self, port: Port) -> PortAnswer | None:
        """Return what a port answered last, certain or not."""
        return self._asked[port].answer

    def ask(self, services: Collection[str]) -> None:
        """Ask those ports of some services that are due; the answers come in time."""
        for asked in self._asked.values():
            if asked.port.service in services and not asked.busy and asked.due <= time.monotonic():
                asked.busy = True
                # A server may think for seconds, and who waits looks at its container meanwhile.
                threading.Thread(target=self._ask, args=(asked,), daemon=True).start()

    def busy(self) -> bool:
        """Return whether an answer is under way."""
        return any(asked.busy for asked in self._asked.values())

    def schemes(self) -> dict[int, str]:
        """Return what is known of the ports' protocols, by published port; see `Port.scheme`."""
        told = {asked.port.published: scheme(asked.answer) for asked in self._asked.values()}
        return {port: found for port, found in told.items() if port is not None and found}

    def _ask(self, asked: _PortQuestion) -> None:
        port = asked.port
        try:
            asked.answer = ask(
                int(port.published or 0),
                address=reachable(port.host_ip or self._bind),
                host=self._host,
                web=port.target not in DATA_PORTS,
            )
            pause = _PAUSE_SECONDS
            if asked.answer is PortAnswer.HANGS_UP:
                asked.requests += 1
                pause = _FIRST_BACK_OFF * 2 ** (asked.requests - 1)
            done = (
                asked.answer not in (PortAnswer.NOBODY, PortAnswer.HANGS_UP)
                or asked.requests >= _MOST_REQUESTS
            )
            asked.due = float("inf") if done else time.monotonic() + pause
        finally:
            asked.busy = False
