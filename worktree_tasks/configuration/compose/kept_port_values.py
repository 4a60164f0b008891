"""Main's values of port variables, for programs that must not see the worktree's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..env import rewriting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..env.address_targets import Surroundings
    from .model import Model

__all__ = ["kept_values"]


def kept_values(
    main: Model,
    branch: Model,
    own: Collection[str],
    around: Surroundings,
    mounting: Collection[str],
    values: Mapping[str, str],
) -> dict[str, dict[str, str]]:
    """Return main's values of moving variables, for the programs that must not see the new ones.

    Args:
        main: Main's compose model.
        branch: The worktree's.
        own: The own services.
        around: The variables, and the ports here.
        mounting: The services whose programs can read Compose's env files through a mount.
        values: Main's values in these files.
    """
    names = {name for service in own for name in branch.services[service].host_names}
    moving = {
        name: variable
        for name, variable in around.port_variables.items()
        if variable.moves and not variable.listener
    }
    found: dict[str, dict[str, str]] = {}
    for service in own:
        spec = branch.services[service]
        of_main = main.services[service].environment if service in main.services else {}
        for name, variable in moving.items():
            here = {str(port.published) for port in around.own if port.service in variable.services}
            kept = {
                key: of_main.get(key) or variable.main
                for key in variable.seen_as(name, service)
                if not rewriting.for_browsers(key)
                and (spec.environment.get(key) or "").rpartition(":")[2] in here
            }
            targets = {str(port.target) for port in spec.ports}
            inside = variable.main in targets or not names.isdisjoint(rewriting.hosts_before(name, values))
            if service in mounting and name not in spec.environment and inside:
                # Its program may read the file itself, but the environment takes precedence over it.
                kept[name] = variable.main
            if kept:
                found.setdefault(service, {}).update(kept)
    return found
