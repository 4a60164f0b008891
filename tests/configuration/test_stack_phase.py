"""The phase of a stack, and which of main's data services it cannot reach."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.configuration.stack_phase import phase_of, unreachable
from worktree_tasks.configuration.worktree_result import ServiceState

UP, HEALTHY = ServiceState("running"), ServiceState("running", "healthy")
STARTING, UNHEALTHY = ServiceState("running", "starting"), ServiceState("running", "unhealthy")
CREATED, DONE = ServiceState("created"), ServiceState("exited", exit_code=0, done=True)
FAILED = ServiceState("exited", exit_code=1)


@pytest.mark.parametrize(
    ("state", "services", "phase"),
    [
        ("running", {"web": UP}, "ready"),
        ("running", {"web": HEALTHY, "migrate": DONE}, "ready"),
        ("starting", {"web": STARTING}, "booting"),
        ("partial", {"web": STARTING, "api": CREATED}, "booting"),
        ("partial", {"web": STARTING, "api": CREATED, "migrate": DONE}, "booting"),
        ("partial", {"web": UP, "api": CREATED}, "degraded"),
        ("partial", {"web": STARTING, "api": FAILED}, "degraded"),
        ("partial", {"web": UNHEALTHY}, "degraded"),
        ("stopped", {"web": FAILED}, "stopped"),
        ("created", {}, "stopped"),
        ("missing", {}, "missing"),
        ("unmanaged", {}, "unmanaged"),
        ("unknown", {"web": ServiceState("unknown")}, "unknown"),
    ],
)
def test_a_phase_follows_from_the_state_and_the_services(state, services, phase):
    assert phase_of(state, services) == phase


@pytest.mark.parametrize("state", ["running", "starting", "partial"])
def test_what_runs_without_mains_data_is_degraded_and_what_is_stopped_needs_none(state):
    assert phase_of(state, {"web": STARTING}, lacking=["db"]) == "degraded"
    assert phase_of("stopped", {"web": FAILED}, lacking=["db"]) == "stopped"


def test_what_was_not_made_to_the_end_is_half_made_unless_a_command_is_at_it():
    assert phase_of("created", {}, made=False) == "half-made"
    assert phase_of("running", {"web": UP}, made=False) == "half-made"
    assert phase_of("created", {}, made=False, working=True) == "booting"
    assert phase_of("missing", {}, made=False) == phase_of("unknown", {}, made=False) == "half-made"


def test_a_stack_without_containers_is_coming_while_a_command_is_at_it():
    assert phase_of("created", {}, working=True) == "booting"
    assert phase_of("stopped", {}, working=True) == "stopped"


def main(service: str, state: str = "running", status: str = "Up 2 minutes", networks: str = "shop_default"):
    return ListedContainer(
        id=service, name=service, project="shop", service=service, key=None, state=state, status=status,
        published=(), networks=frozenset(networks.split()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("container", "reached"),
    [
        (main("db", networks="shop_default shop_worktree_pay"), True),
        (main("db"), False),
        (main("db", "exited", "Exited (137) 1 minute ago", "shop_default shop_worktree_pay"), False),
        (main("db", "paused", "Up 1 hour (Paused)", "shop_worktree_pay"), False),
        (None, False),
        (main("db", networks="host"), True),
        # Nothing is told of its networks.
        (main("db", networks=""), True),
        # Servers that are stopped end well.
        (main("db", "exited", "Exited (0) 1 minute ago", "shop_default shop_worktree_pay"), False),
    ],
)
def test_a_data_service_is_reached_while_it_runs_in_the_stacks_network(container, reached):
    mains = {"db": container} if container else {}
    assert unreachable(["db"], mains, "shop_worktree_pay") == (() if reached else ("db",))
