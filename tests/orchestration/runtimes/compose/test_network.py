"""Which range a network gets."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.runtimes.compose.network import free_subnet


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
