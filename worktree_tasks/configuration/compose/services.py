"""Services: which run in each worktree's stack (own) and which run once, in main's (shared)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import BadUse
from ..jobs.duties import Duties
from ..jobs.recognition import duties_of
from ..jobs.schedulers import has_all_data, why_held_back
from .image import Image, program_of
from .knowledge import Knowledge
from .roles import choose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..settings import Settings
    from .model import Model, Spec
    from .roles import Role

__all__ = ["ASKED", "Service", "builder_of", "decide", "own", "shared"]

# Who decided where `wt.new` was asked for a role.
ASKED = {"own": "wt.new --own", "shared": "wt.new --shared"}


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the compose file and what was decided for it.

    Attributes:
        name: Its name in the compose file.
        role: `own` or `shared`.
        reason: The rule that decided, in words for `wt.plan`.
        kind: What data server it is (`postgres`, `redis`, …); None for others.
        started: Whether a stack starts it without being asked: its profile is active and it is no scheduler.
        idle: Why it is not started; empty when it is.
        duties: What it does with jobs.
        planner: Whether it may plan jobs beside main's.
        command: The words of its command that keep it from planning jobs here; None for main's.
        because: The service that it is own for; None for those that are for themselves, and for shared ones.
    """

    name: str
    role: str
    reason: str
    kind: str | None = None
    started: bool = True
    idle: str = ""
    duties: Duties = field(default_factory=Duties)
    planner: bool = False
    command: tuple[str, ...] | None = None
    because: str | None = None


def decide(
    model: Model,
    settings: Settings,
    *,
    project_dir: str,
    known: Knowledge | None = None,
    duties: Mapping[str, Duties] | None = None,
    profiles: Collection[str] = (),
    elsewhere: Collection[str] = (),
    asked: Mapping[str, str] | None = None,
) -> tuple[Service, ...]:
    """Decide for each service of a compose model whether it is own or shared, and whether a stack starts it.

    Args:
        model: The compose model, with all profiles.
        settings: The project's settings.
        project_dir: The checkout that the model was read in.
        known: What is known of the project besides.
        duties: What services do with jobs; without it, what they show by their commands alone.
        profiles: Active profiles.
        elsewhere: Services that the configuration may name although they are not in this model.
        asked: Roles that were asked for one worktree, by service; they win over the settings.

    Raises:
        BadUse: The configuration names a service that is not there.
    """
    for key, names in (("own", settings.own), ("shared", settings.shared)):
        for name in names:
            if name not in model.services and name not in elsewhere:
                raise BadUse(
                    f"setting wt.services.{key} names {name!r}, which the compose file does not have",
                    f"its services are {', '.join(model.services) or 'none'}",
                    kind="bad-setting",
                )
    asked = asked or {}
    by_setting = {"own": settings.own, "shared": settings.shared}
    chosen = {
        role: {name: f"wt.services.{role}" for name in names if name not in asked}
        | {name: ASKED[role] for name, wanted in asked.items() if wanted == role}
        for role, names in by_setting.items()
    }
    roles = choose(
        model,
        known or Knowledge(),
        directory=project_dir,
        own=chosen["own"],
        shared=chosen["shared"],
        idle={name for name, spec in model.services.items() if _idle(spec, profiles)},
    )
    if duties is None:
        duties = {name: duties_of(program_of(spec, Image())) for name, spec in model.services.items()}
    alone = _plans_alone(roles, model)
    return tuple(
        _service(
            role,
            model.services[name],
            profiles,
            duties[name],
            may_plan=alone or name in (*settings.schedulers, *chosen["own"]),
        )
        for name, role in roles.items()
    )


def _plans_alone(roles: Mapping[str, Role], model: Model) -> bool:
    """Return whether a worktree shares nothing with main that a scheduler's jobs work on."""
    values = [value for spec in model.services.values() for value in spec.environment.values() if value]
    return has_all_data(
        {name: one.own for name, one in roles.items()},
        {name: one.kind for name, one in roles.items()},
        values,
    )


def builder_of(services: Mapping[str, Spec], name: str) -> str | None:
    """Return the service that builds the image of one that does not build; None when none does."""
    image = services[name].image
    if not image or services[name].build:
        return None
    return next((other for other, spec in services.items() if spec.build and spec.image == image), None)


def own(services: Iterable[Service]) -> tuple[Service, ...]:
    """Return the services that run in each worktree's stack."""
    return tuple(service for service in services if service.role == "own")


def shared(services: Iterable[Service]) -> tuple[Service, ...]:
    """Return the services that run once, in main's stack."""
    return tuple(service for service in services if service.role == "shared")


def _service(
    role: Role,
    spec: Spec,
    profiles: Collection[str],
    duties: Duties,
    *,
    may_plan: bool,
) -> Service:
    """Return a service with its role, what it does with jobs, and whether it starts."""
    idle = _idle(spec, profiles) or ("" if may_plan else why_held_back(duties))
    return Service(
        spec.name,
        "own" if role.own else "shared",
        role.reason,
        role.kind,
        started=not idle,
        idle=idle,
        duties=duties,
        planner=may_plan,
        command=None if may_plan else duties.command,
        because=role.because,
    )


def _idle(spec: Spec, profiles: Collection[str]) -> str:
    wanted = set(spec.profiles)
    if wanted and not wanted & set(profiles) and "*" not in profiles:
        return f"profile {', '.join(sorted(wanted))} is not active"
    if 0 in (spec.replicas, spec.scale):
        return "the compose file asks for no replicas"
    return ""
