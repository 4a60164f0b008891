"""Services: which ones run in each worktree's stack (own), and which run once, in main's (shared)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import BadUse
from ...quick_dataclasses import replace
from ..jobs.job_recognition import duties_of
from .image_contents import Image, program_of
from .role_inputs import RoleInputs
from .role_rules import choose
from .service import Service
from .started_services import is_active, started
from .workers import queues_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..jobs.job_duties import Duties
    from ..settings import Settings
    from .model import Model, Spec
    from .role_rules import Role

__all__ = ["ASKED", "Service", "builder_of", "decide", "named_services", "own", "own_without_main", "shared"]

# What names a role that was requested with `wt.new`.
ASKED = {"own": "wt.new --own", "shared": "wt.new --shared"}


def named_services(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the services that the settings name, by key."""
    migrating = settings.migrate.get("service")
    return {
        "services.own": settings.own,
        "services.shared": settings.shared,
        "schedulers": settings.schedulers,
        "databases": tuple(one.rpartition("/")[0] for one in settings.databases if "/" in one),
        "migrate.service": (migrating,) if migrating else (),
        "ready": tuple(settings.ready),
    }


def decide(
    model: Model,
    settings: Settings,
    *,
    project_dir: str,
    known: RoleInputs | None = None,
    duties: Mapping[str, Duties] | None = None,
    env_values: Mapping[str, str] | None = None,
    profiles: Collection[str] = (),
    elsewhere: Collection[str] = (),
    asked: Mapping[str, str] | None = None,
) -> tuple[Service, ...]:
    """Decide for each service of a compose model whether it is own or shared, and whether a stack starts it.

    Args:
        model: The compose model, with all profiles.
        settings: The project's settings.
        project_dir: The checkout that the model was read in.
        known: What else is known about the project.
        duties: What services do with jobs; by default, what their commands alone show.
        env_values: The values of env files that programs may read themselves.
        profiles: Active profiles.
        elsewhere: Services that the configuration may name although they are not in this model.
        asked: Roles requested for one worktree, by service; they take precedence over the settings.

    Raises:
        BadUse: The configuration names a service that does not exist.
    """
    for key, names in named_services(settings).items():
        for name in names:
            if name not in model.services and name not in elsewhere:
                raise BadUse(
                    f"setting wt.{key} names {name!r}, which the compose file does not have",
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
    if duties is None:
        duties = {name: duties_of(program_of(spec, Image())) for name, spec in model.services.items()}

    def with_roles(own: Mapping[str, str]) -> dict[str, Service]:
        roles = choose(
            model,
            known or RoleInputs(),
            directory=project_dir,
            own=own,
            shared=chosen["shared"],
            idle={name for name, spec in model.services.items() if not is_active(spec, profiles)},
        )
        return {name: _service(name, role, duties[name]) for name, role in roles.items()}

    decided = with_roles(chosen["own"])
    queues = queues_in(decided.values(), model, settings, env_values or {})
    brokers = {name: why for name, why in queues.alone.items() if name not in chosen["shared"]}
    if brokers:
        decided = with_roles({**chosen["own"], **dict.fromkeys(brokers, "its queue")})
        decided |= {name: replace(decided[name], reason=why) for name, why in brokers.items()}
    return started(decided, model, profiles, planners=(*settings.schedulers, *chosen["own"]))


def _service(name: str, role: Role, duties: Duties) -> Service:
    """Return a service with its role and what it does with jobs."""
    return Service(
        name, "own" if role.own else "shared", role.reason, role.kind, duties=duties, because=role.because
    )


def own_without_main(decided: Iterable[Service], of_main: Collection[str]) -> tuple[Service, ...]:
    """Return a branch's services, and make those own that main does not have, since they cannot be shared."""
    return tuple(
        replace(one, role="own", reason="only this branch has it")
        if one.role == "shared" and one.name not in of_main
        else one
        for one in decided
    )


def builder_of(services: Mapping[str, Spec], name: str) -> str | None:
    """Return the service that builds the image that another one only runs; None if there is none."""
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
