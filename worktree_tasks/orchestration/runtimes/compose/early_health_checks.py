"""Run health checks that Docker starts late at once, so that there is no wait for their first turn."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ....engine.api_errors import EngineRefused
from ....errors import DockerUnavailable
from ....quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....configuration.compose.containers import Container
    from ....engine.api import Engine

__all__ = ["EarlyHealthChecks", "late_check"]

# Docker runs a health check for the first time after its interval, in nanoseconds: by default 30 s.
_INTERVAL = 30_000_000_000
_SOON = 5_000_000_000
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 4.0


@dataclass(slots=True, eq=False)
class _HealthCheck:
    command: tuple[str, ...]
    passed: bool = False
    pause: float = _FIRST_PAUSE
    due: float = 0.0
    busy: bool = False


class EarlyHealthChecks:
    """The health of containers that Docker has not checked yet.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._checks: dict[str, _HealthCheck] = {}

    def healthy(self, container: Container) -> bool:
        """Return whether a container passes its health check, also before Docker has run that."""
        return container.health == "healthy" or (
            container.health == "starting" and self._passed(container.id)
        )

    def _passed(self, container: str) -> bool:
        check = self._checks.get(container)
        if check is None:
            config = self._engine.inspect(container)["Config"]
            check = self._checks[container] = _HealthCheck(late_check(config.get("Healthcheck") or {}))
        if check.command and not (check.passed or check.busy) and check.due <= time.monotonic():
            check.busy = True
            # A check may be slow, and other containers are looked at meanwhile.
            threading.Thread(target=self._run, args=(container, check), daemon=True).start()
        return check.passed

    def _run(self, container: str, check: _HealthCheck) -> None:
        # The container may exit meanwhile, which is detected elsewhere.
        with suppress(EngineRefused, DockerUnavailable):
            check.passed = self._engine.output_of(container, check.command) is not None
        check.due = time.monotonic() + check.pause
        check.pause = min(2 * check.pause, _LONGEST_PAUSE)
        check.busy = False


def late_check(healthcheck: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the command of a health check whose first run is late; nothing for others.

    Args:
        healthcheck: Its configuration in Docker.
    """
    if (healthcheck.get("Interval") or _INTERVAL) <= _SOON:
        return ()
    match healthcheck.get("Test") or ():
        case ["CMD-SHELL", text]:
            return ("/bin/sh", "-c", text)
        case ["CMD", *words]:
            return tuple(words)
        case _:
            return ()
