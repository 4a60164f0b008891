"""The real engine's refusals arrive as the types that callers catch."""

from __future__ import annotations

import secrets

import pytest
from harness.programs import needed

from worktree_tasks.engine.failures import Gone, NameTaken, SubnetOverlaps
from worktree_tasks.engine.sdk import Engine

pytestmark = pytest.mark.engine

RANGE, ELSEWHERE = "10.231.255.0/28", "10.231.255.64/28"


@pytest.fixture
def engine():
    needed("Docker Engine", "docker", "version")
    opened = Engine()
    yield opened
    opened.close()


@pytest.fixture
def network(engine):
    name = f"failures-{secrets.token_hex(4)}"
    engine.create_network(name, RANGE, {})
    yield name
    engine.remove_network(name)


def test_a_name_and_a_range_that_are_taken_are_told_apart(engine, network):
    with pytest.raises(NameTaken):
        engine.create_network(network, ELSEWHERE, {})
    with pytest.raises(SubnetOverlaps):
        engine.create_network(f"{network}-2", RANGE, {})


def test_what_is_not_there_is_gone_or_none(engine):
    with pytest.raises(Gone):
        engine.inspect("failures-none")
    assert engine.image("failures-none:none") is None
    engine.remove_container("failures-none")
    engine.remove_volume("failures-none")
