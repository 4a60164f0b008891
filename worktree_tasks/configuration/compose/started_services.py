"""Which services a stack starts by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import replace
from ..jobs.queues import is_own_broker
from ..jobs.schedulers import has_all_data, why_held_back

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .model import Model, Spec
    from .service import Service

__all__ = ["is_active", "started"]


def started(
    decided: Mapping[str, Service], model: Model, profiles: Collection[str], *, planners: Collection[str]
) -> tuple[Service, ...]:
    """Return services with the decision whether a stack starts them.

    Args:
        decided: The services, each with its role and what it does with jobs.
        model: The compose model.
        profiles: Active profiles.
        planners: Services that may schedule jobs beside main's.
    """
    alone = _plans_alone(decided, model)
    return tuple(
        _started(one, model.services[name], profiles, may_plan=alone or name in planners)
        for name, one in decided.items()
    )


def is_active(spec: Spec, profiles: Collection[str]) -> bool:
    """Return whether a service's profiles and scale let it start."""
    return not _idle(spec, profiles)


def _plans_alone(decided: Mapping[str, Service], model: Model) -> bool:
    """Return whether a worktree shares no data with main that a scheduler's jobs work on."""
    values = [value for spec in model.services.values() for value in spec.environment.values() if value]
    owned = {name: one.role == "own" for name, one in decided.items()}
    # A broker that is own to keep jobs apart says nothing about the data that they work on.
    chosen = any(one.kind and owned[name] and not is_own_broker(one.reason) for name, one in decided.items())
    return chosen and has_all_data(owned, {name: one.kind for name, one in decided.items()}, values)


def _started(service: Service, spec: Spec, profiles: Collection[str], *, may_plan: bool) -> Service:
    """Return a service with the decision whether it is started."""
    idle = _idle(spec, profiles) or ("" if may_plan else why_held_back(service.duties))
    command = None if may_plan else service.duties.command
    return replace(service, started=not idle, idle=idle, planner=may_plan, command=command)


def _idle(spec: Spec, profiles: Collection[str]) -> str:
    wanted = set(spec.profiles)
    # Compose treats the profile with an empty name as active if no other is.
    if wanted and not wanted & (set(profiles) or {""}) and "*" not in profiles:
        return f"profile {', '.join(sorted(wanted - {''}))} is not active"
    if 0 in (spec.replicas, spec.scale):
        return "the compose file sets its replicas to 0"
    return ""
