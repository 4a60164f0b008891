"""Which services are a worktree's own: decided when it is created, and kept until the decision is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import replace
from .recorded_decision import Decision
from .service_roles import ASKED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .service_roles import Service

__all__ = [
    "Decision",
    "choose_roles",
    "decisions_of",
    "requested_roles",
    "roles_in",
    "with_requested_role",
]

_UNKNOWN_REASON = "this was its role when the stack last started"


def choose_roles(
    decided: Iterable[Service], recorded: Mapping[str, Decision], *, in_main: Collection[str]
) -> tuple[Service, ...]:
    """Return services with the roles recorded for a worktree, or today's roles if none are recorded.

    Args:
        decided: The services with the roles that the rules give them today.
        recorded: The worktree's decisions, by service.
        in_main: The services that main has; only these can be shared.
    """
    return tuple(_choose(service, recorded.get(service.name), in_main) for service in decided)


def _choose(service: Service, recorded: Decision | None, in_main: Collection[str]) -> Service:
    if recorded is None or (recorded.role == "shared" and service.name not in in_main):
        return service
    if recorded.role == service.role:
        return replace(service, reason=recorded.reason or service.reason)
    return replace(service, role=recorded.role, reason=recorded.reason or _UNKNOWN_REASON, because=None)


def requested_roles(recorded: Mapping[str, Decision]) -> dict[str, str]:
    """Return the recorded roles that `wt.new` was told to use, by service; a renewal never changes them."""
    return {name: one.role for name, one in recorded.items() if one.reason == f"{ASKED[one.role]} names it"}


def with_requested_role(service: Service, asked: Mapping[str, str]) -> Service:
    """Return a service in the role requested for it, if any."""
    role = asked.get(service.name, service.role)
    return service if role == service.role else replace(service, role=role, reason=f"{ASKED[role]} names it")


def decisions_of(services: Iterable[Service]) -> dict[str, Decision]:
    """Return the decisions to record for services, by name."""
    return {one.name: Decision(one.role, one.reason) for one in services}


def roles_in(document: object) -> dict[str, Decision]:
    """Return the roles in an override's document, which removes shared services from the stack."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        return {}
    return {
        str(name): Decision("own" if isinstance(entry, dict) else "shared")
        for name, entry in services.items()
    }
