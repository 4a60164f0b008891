"""Which range a network gets, and whether it is the one that the engine is still creating."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.configuration.compose.labels import KEY
from worktree_tasks.engine.api import Network
from worktree_tasks.engine.api_errors import AlreadyAttached, EndpointsLeft, Gone, SubnetOverlaps
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.runtimes.compose import main_stack, network
from worktree_tasks.orchestration.runtimes.compose.network import free_subnet, make_network, remove_network
from worktree_tasks.quick_dataclasses import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worktree_tasks.engine.api_errors import EngineRefused

NAME = "shop_worktree_pay"
LATE = "10.213.7.0/26"


class BusyEngine:
    """An engine that is still creating a network: its range is taken, and it is listed a few looks later.

    Args:
        coming: The network.
        looks: How many times it is not listed.
    """

    def __init__(self, coming: Network, looks: int) -> None:
        self._coming, self._looks = coming, looks
        self._listed: list[Network] = []

    def networks(self) -> tuple[Network, ...]:
        self._looks -= 1
        return (*self._listed, *([self._coming] if self._looks < 0 else ()))

    def namesakes(self, name: str) -> tuple[Network, ...]:
        return tuple(one for one in self.networks() if one.name == name)

    def network(self, name: str) -> Network | None:
        return next(iter(self.namesakes(name)), None)

    def create_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        if IPv4Network(subnet) in self._coming.subnets:
            raise SubnetOverlaps(subnet)
        self._listed.append(Network("new", name, labels, (IPv4Network(subnet),)))


@pytest.fixture
def asked_again(shop, tree):
    """Make a worktree whose network a killed command asked for; return who creates it for a busy engine."""

    def create(name: str, owner: str | None = None) -> Network:
        made = tree("pay")
        made.update(network=NAME, subnet=LATE)
        coming = Network("late", name, {KEY: owner or made.record.key}, (IPv4Network(LATE),))
        shop.engine = BusyEngine(coming, looks=6)
        taken = make_network(made)
        assert IPv4Network(made.record.subnet) in taken.subnets
        return taken

    return create


def test_a_network_that_the_engine_is_still_creating_for_a_killed_command_is_used(asked_again):
    assert asked_again(NAME).id == "late"


def test_a_range_that_another_network_gets_meanwhile_is_replaced(asked_again):
    assert asked_again("others", "other").id == "new"


class SharedEngine:
    """An engine on which another command attaches a container to a network; it is in it a few looks later."""

    def __init__(self, key: str, looks: float) -> None:
        self._key, self._looks = key, looks
        self.refusal: EngineRefused = AlreadyAttached(
            "Docker: endpoint with name shop-db-1 already exists in network all"
        )

    def containers(self, project: str) -> tuple[Container, ...]:
        return (
            Container(
                id="c0", name="shop-db-1", project=project, service="db", key=None, state="running",
                status="Up 2 hours", published=(), labels={}, image="", volumes=(),
            ),
        )  # fmt: skip

    def labelled(self, _: str) -> tuple[Container, ...]:
        return ()

    def networks(self) -> tuple[Network, ...]:
        return (Network("n0", "all", {KEY: self._key}),)

    def namesakes(self, _: str) -> tuple[Network, ...]:
        self._looks -= 1
        return (replace(*self.networks(), containers=frozenset({"c0"} if self._looks < 0 else ())),)

    def connect(self, *_: object) -> None:
        raise self.refusal


@pytest.fixture
def attached(shop, tree, monkeypatch, told):
    """Attach main's services to the network of a worktree of an engine, on which another command does too."""

    def attach(looks: float, refusal: EngineRefused | None = None) -> list[str]:
        made = tree("pay")
        made.update(network="all")
        shop.engine = SharedEngine(made.record.key, looks)
        shop.engine.refusal = refusal or shop.engine.refusal
        monkeypatch.setattr(network, "_CREATION_SECONDS", 0.3)
        network.ensure_network(made)
        return told.lines

    return attach


def test_a_service_that_another_command_attaches_meanwhile_is_attached(attached):
    assert attached(looks=3)[-1] == "network: all (db attached)"


def test_a_service_that_is_not_attached_in_the_end_is_an_error(attached):
    with pytest.raises(AlreadyAttached):
        attached(looks=float("inf"))


def test_a_service_that_is_removed_before_it_is_attached_is_named_and_no_container_id(attached):
    with pytest.raises(Failure) as told:
        attached(looks=float("inf"), refusal=Gone("Docker: No such container: c0"))
    assert told.value.what == "main's db cannot join all: one of the two was removed meanwhile"
    assert told.value.hint == "run the same command again"


def test_a_shared_service_that_was_removed_during_a_start_is_an_error(shop, monkeypatch):
    monkeypatch.setattr(shop, "main_containers", dict)
    with pytest.raises(Failure) as told:
        main_stack.refuse_lost(shop, ("db",))
    assert (told.value.what, told.value.hint) == (
        "main's db was removed meanwhile",
        "run the same command again",
    )


class MiscountingEngine(SharedEngine):
    """An engine that refuses to remove a network, in which there are some containers."""

    def __init__(self, key: str, *there: str) -> None:
        super().__init__(key, 0)
        self._there = frozenset(there)

    def namesakes(self, _: str) -> tuple[Network, ...]:
        return (replace(*self.networks(), containers=self._there),)

    def network(self, name: str) -> Network | None:
        return self.namesakes(name)[0]

    def remove_network(self, _: str) -> None:
        raise EndpointsLeft("Docker: network all has active endpoints")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((), "until Docker is restarted, it counts a container in all that has left that network"),
        (("other",), "Docker: network all has active endpoints"),
    ],
)
def test_a_network_that_no_container_is_in_and_cannot_be_removed_needs_a_restart(shop, tree, there, said):
    made = tree("pay")
    made.update(network="all")
    shop.engine = MiscountingEngine(made.record.key, *there)
    with pytest.raises(Failure) as told:
        remove_network(made)
    assert told.value.what == said


@pytest.mark.parametrize("prefix", [24, 26])
def test_a_network_gets_the_first_free_part_of_the_range(prefix):
    pool = IPv4Network("10.213.0.0/16")
    assert (
        free_subnet(pool, prefix, [IPv4Network("10.213.0.0/24")], ["10.213.1.0/24"]) == f"10.213.2.0/{prefix}"
    )


@pytest.mark.parametrize("size", [25, 26])
def test_a_range_that_is_smaller_than_a_projects_network_is_all_of_it(size):
    pool = IPv4Network(f"10.213.0.0/{size}")
    assert free_subnet(pool, 24, [], []) == str(pool)
    with pytest.raises(Failure, match=f"no free /{size} in {pool}"):
        free_subnet(pool, 24, [], [str(pool)])
