"""Notes on services that became own through others: many added services, and servers that start empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .service_roles import own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .service_roles import Service

__all__ = ["spread_notes"]

_MANY = 8


def spread_notes(services: Iterable[Service]) -> Iterator[str]:
    """Yield a line if spreading adds many services or doubles the stack, and one for each empty server."""
    mine = own(services)
    added = [one for one in mine if one.because]
    seeds = [one.name for one in mine if not one.because]
    # A single one is the proxy of most projects.
    if len(added) > _MANY or len(added) >= max(len(seeds), 2):
        # Only the first step of each path; the services that it names have their own.
        steps = "; ".join(
            f"{one.name} {one.reason.partition(', which ')[0].removeprefix('it ')}" for one in added
        )
        names = ", ".join(one.name for one in added)
        yield (
            f"{len(added)} more services are own because of {', '.join(seeds)} ({steps});"
            f" wt.services.shared: [{names}] leaves them to main"
        )
    for one in added:
        if one.kind:
            yield f"the worktree gets its own, empty {one.name}: {one.reason}"
