"""The checks of Docker and Compose in `wt.doctor`."""

from __future__ import annotations

from ....steps.doctor_check import Check
from . import dead_links, leaks, network_links, network_order, overrides
from .engine_and_compose import examine

__all__ = ["CHECKS", "examine"]

# Each relies on those before it.
CHECKS = (
    Check("leaks", leaks.look),
    Check("labels", leaks.look_for_mains),
    Check("order", network_order.look),
    Check("links", network_links.look),
    Check("dead links", dead_links.look),
    Check("overrides", overrides.look, engine=False),
)
