"""Templates of the setting `wt.env`: `{slug} {slot} {project} {branch} {url.SERVICE} {port.SERVICE}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["NAMES", "check_services", "filled", "names_in"]

NAMES = frozenset({"slug", "slot", "project", "branch"})
_OF_SERVICES = ("url.", "port.")
# Only what looks like a name is replaced, so that a value can contain JSON.
_NAME = r"\{(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\}"


def names_in(template: str) -> tuple[str, ...]:
    """Return the names that a template uses and that no project can have."""
    used = [match["name"] for match in re.finditer(_NAME, template)]
    return tuple(name for name in used if name not in NAMES and not name.startswith(_OF_SERVICES))


def check_services(templates: Mapping[str, str], own: Collection[str]) -> None:
    """Check that templates name own services only.

    Raises:
        BadUse: A template names another service.
    """
    for key, template in templates.items():
        for match in re.finditer(_NAME, template):
            _, dot, service = match["name"].partition(".")
            if dot and service not in own:
                raise BadUse(
                    f"setting wt.env.{key} = {template!r} uses {match[0]}, and {service!r} is not own",
                    f"own services are {', '.join(own) or 'none'}",
                    kind="bad-setting",
                )


def filled(key: str, template: str, known: Mapping[str, str]) -> str:
    """Return a template's value.

    Raises:
        BadUse: It uses an unknown name, such as the port of a service that publishes none.
    """

    def value(match: re.Match[str]) -> str:
        if match["name"] not in known:
            raise BadUse(
                f"setting wt.env.{key} = {template!r} uses {match[0]}, which is not known",
                f"it can use {', '.join(f'{{{name}}}' for name in known)}",
                kind="bad-setting",
            )
        return known[match["name"]]

    return re.sub(_NAME, value, template)
