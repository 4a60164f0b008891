"""Health checks that Docker runs late: run here at once, so that nobody waits for their first turn."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....configuration.readiness import late_check
from ....engine.refusals import EngineRefused
from ....errors import DockerUnavailable

if TYPE_CHECKING:
    from ....configuration.compose.containers import Container
    from ....engine.sdk import Engine

__all__ = ["HealthWatch"]

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 4.0


@dataclass(slots=True, eq=False)
class _HealthQuestion:
    command: tuple[str, ...]
    passed: bool = False
    pause: float = _FIRST_PAUSE
    due: float = 0.0
    busy: bool = False


class HealthWatch:
    """What the health checks of containers say that Docker has not checked yet.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: dict[str, _HealthQuestion] = {}

    def healthy(self, container: Container) -> bool:
        """Return whether a container passes its health check, also before Docker has run that."""
        return container.health == "healthy" or (
            container.health == "starting" and self._passed(container.id)
        )

    def _passed(self, container: str) -> bool:
        asked = self._asked.get(container)
        if asked is None:
            config = self._engine.inspect(container)["Config"]
            asked = self._asked[container] = _HealthQuestion(late_check(config.get("Healthcheck") or {}))
        if asked.command and not (asked.passed or asked.busy) and asked.due <= time.monotonic():
            asked.busy = True
            # A check may take its time, and who waits looks at other containers meanwhile.
            threading.Thread(target=self._ask, args=(container, asked), daemon=True).start()
        return asked.passed

    def _ask(self, container: str, asked: _HealthQuestion) -> None:
        # The container may end meanwhile, which is seen elsewhere.
        with suppress(EngineRefused, DockerUnavailable):
            asked.passed = self._engine.output_of(container, asked.command) is not None
        asked.due = time.monotonic() + asked.pause
        asked.pause = min(2 * asked.pause, _LONGEST_PAUSE)
        asked.busy = False
