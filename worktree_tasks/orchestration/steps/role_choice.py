"""Decide from a checkout's files which services run in each worktree, and which run once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose import service_roles
from ...configuration.compose.service_roles import named_services, own_without_main
from .job_duties import duties_in
from .role_inputs import role_inputs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from ...configuration.compose.model import Model
    from ...configuration.compose.service_roles import Service
    from ...configuration.settings import Settings
    from ...git import CommitFiles
    from ..runtimes.runtime_values import Input

__all__ = ["decide", "named_services", "own_without_main"]


def decide(
    settings: Settings,
    env_values: Callable[[], Mapping[str, str]],
    model: Model,
    checkout: Path,
    described: Input,
    requested: Mapping[str, str],
    elsewhere: Collection[str],
    commit: CommitFiles | None = None,
) -> tuple[Service, ...]:
    """Decide on the services of a checkout.

    Args:
        settings: The project's settings.
        env_values: Returns the values of the env files; called only if a service works on jobs.
        model: The checkout's compose model.
        checkout: The checkout that the model's paths are in.
        described: The files that describe the stack.
        requested: Roles that were requested for its worktree, by service.
        elsewhere: Services that settings may name although they are not in the model.
        commit: The commit to read files from, if they are not checked out.
    """
    duties = duties_in(model, checkout)
    return service_roles.decide(
        model,
        settings,
        project_dir=str(checkout),
        known=role_inputs_of(model, checkout, commit),
        duties=duties,
        env_values=env_values() if any(one.workers for one in duties.values()) else {},
        profiles=described.profiles,
        elsewhere=elsewhere,
        asked=requested,
    )
