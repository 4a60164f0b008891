from __future__ import annotations

import sys

from worktree_tasks.machine.routes import parse_routes, routes


def test_ranges_that_the_machine_has_routes_to_are_read_without_the_default_route():
    table = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
        "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n"
        "tun0\t0000D50A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\n"
    )
    if sys.byteorder == "little":
        assert [str(one) for one in parse_routes(table)] == ["10.213.0.0/26"]


def test_a_machine_tells_the_routes_that_it_has():
    assert all(network.prefixlen for network in routes())
