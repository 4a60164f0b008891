"""The additional steps of a Docker Compose stack."""

from __future__ import annotations

from ..runtime_values import Step
from .main_stack import ensure_main, wanted_shared
from .network import ensure_network, make_network
from .network_renewal import lease_or_renew_network
from .override_writing import write_compose
from .stack_name import lease_stack_name

__all__ = ["STEPS"]

STEPS = (
    Step("lease-stack-name", lease_stack_name, before=("allocate-port", "write-env")),
    Step("lease-network", lease_or_renew_network, ("lease-stack-name",)),
    Step("ensure-main", lambda tree: ensure_main(tree.project, wanted_shared(tree.services))),
    # Creating a network is slow.
    Step("make-network", make_network, ("lease-network",), early=True),
    Step("ensure-network", ensure_network, ("ensure-main", "make-network")),
    Step("read-model", lambda tree: tree.model, ("copy-files", "write-env")),
    Step("write-compose", write_compose, ("lease-network", "read-model")),
)
