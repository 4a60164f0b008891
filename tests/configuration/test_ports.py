from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.model_ports import published_ports
from worktree_tasks.configuration.ports import (
    BLOCKED_BY_BROWSERS,
    HIGHEST,
    Port,
    assign,
    find_slot,
    follow,
    matched,
    with_bases,
)
from worktree_tasks.errors import BadUse, Failure

if TYPE_CHECKING:
    from worktree_tasks.configuration.compose.model import Model


def model(**services: list[dict] | None) -> Model:
    return parse({"services": {name: {"ports": ports} for name, ports in services.items()}})


def entry(target: int, published: str | None = None, protocol: str = "tcp", **more: str) -> dict:
    given = {"mode": "ingress", "target": target, "protocol": protocol, **more}
    return given if published is None else {**given, "published": published}


def numbers(ports) -> list[int | None]:
    return [port.published for port in ports]


def allocate(ports, slots: dict[int, set], holders: dict) -> tuple[Port, ...]:
    slot = find_slot(ports, used_slots=slots, holders=holders)
    assigned = assign(ports, slot)
    slots[slot] = {(port.published, port.protocol) for port in assigned if port.published}
    holders.update(dict.fromkeys(slots[slot], f"slot {slot}'s"))
    return assigned


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (entry(8000, "8000"), Port("web", 8000, "tcp", 8000, 8000)),
        (entry(53, "5353", "udp"), Port("web", 53, "udp", 5353, 5353)),
        (
            entry(80, "8080", host_ip="127.0.0.1"),
            Port("web", 80, "tcp", 8080, 8080, host_ip="127.0.0.1"),
        ),
        (entry(80, "8080", host_ip="::1"), Port("web", 80, "tcp", 8080, 8080, host_ip="::1")),
        (entry(80, "8080-8090"), Port("web", 80, "tcp", 8080, 8090)),
        (entry(9000), Port("web", 9000)),
        (entry(9000, "0"), Port("web", 9000)),
        ({"target": 80, "published": "81"}, Port("web", 80, "tcp", 81, 81)),
        ({"mode": "host", "target": 80, "published": 81}, Port("web", 80, "tcp", 81, 81)),
    ],
)
def test_a_published_port_is_read_as_compose_prints_it(given, expected):
    assert published_ports(model(web=[given]), ["web"]) == (expected,)


@pytest.mark.engine
@pytest.mark.usefixtures("compose_program")
@pytest.mark.parametrize(
    ("syntax", "expected"),
    [
        ('"8000:80"', [(80, "tcp", 8000, 8000, "")]),
        ('"8000:80/udp"', [(80, "udp", 8000, 8000, "")]),
        ('"127.0.0.1:8000:80"', [(80, "tcp", 8000, 8000, "127.0.0.1")]),
        ('"[::1]:8000:80"', [(80, "tcp", 8000, 8000, "::1")]),
        ('"${NOT_SET:-8000}:80"', [(80, "tcp", 8000, 8000, "")]),
        ('"3000-3001:3000-3001"', [(3000, "tcp", 3000, 3000, ""), (3001, "tcp", 3001, 3001, "")]),
        ('"8100-8102:80"', [(80, "tcp", 8100, 8102, "")]),
        ('"80"', [(80, "tcp", None, None, "")]),
        ('"0:80"', [(80, "tcp", None, None, "")]),
        ('"127.0.0.1::80"', [(80, "tcp", None, None, "127.0.0.1")]),
        ("{target: 80, published: 8080, protocol: udp, mode: host}", [(80, "udp", 8080, 8080, "")]),
        ('{target: 80, published: "8080-8082", host_ip: 0.0.0.0}', [(80, "tcp", 8080, 8082, "0.0.0.0")]),  # noqa: S104 - read, not bound
    ],
)
def test_every_syntax_is_read_from_compose_itself(tmp_path, syntax, expected):
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{image: x, ports: [{syntax}]}}}}\n")
    argv = ["docker", "compose", "config", "--format", "json"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = published_ports(parse(json.loads(done.stdout)), ["web"])
    assert [(one.target, one.protocol, one.main, one.base, one.host_ip) for one in found] == expected


def test_only_the_services_that_were_asked_for_are_read_each_place_once():
    both = model(
        web=[entry(80, "8000"), entry(80, "8000"), entry(80, "8000", "udp")], db=[entry(5432, "5432")]
    )
    found = published_ports(both, ["web", "absent"])
    assert [(one.service, one.main, one.protocol) for one in found] == [
        ("web", 8000, "tcp"),
        ("web", 8000, "udp"),
    ]
    assert published_ports(model(), ["web"]) == ()
    assert published_ports(model(web=None), ["web"]) == ()


@pytest.mark.parametrize("published", ["http", "-8000", "8000-x"])
def test_what_is_no_port_is_wrong_use_and_named(published):
    with pytest.raises(BadUse, match=f"service web: '{published}'"):
        published_ports(model(web=[entry(80, published)]), ["web"])


@pytest.mark.parametrize(
    ("mains", "bases"),
    [
        ([8000], [8000]),
        ([80], [8080]),
        ([443, 80], [8443, 8080]),
        ([80, 8080], [8081, 8080]),
        ([80, 8080, 8081], [8082, 8080, 8081]),
        ([1023], [9023]),
        ([1024], [1024]),
        ([None], [None]),
    ],
)
def test_privileged_ports_start_from_8000_and_the_next_that_nobody_has(mains, bases):
    given = [Port("web", number, main=main, base=main) for number, main in enumerate(mains)]
    assert [port.base for port in with_bases(given)] == bases
    assert [port.main for port in with_bases(given)] == mains


def test_a_privileged_port_of_another_protocol_is_in_nobodys_way():
    given = [Port("dns", 53, "udp", 53, 53), Port("web", 80, "tcp", 8053, 8053)]
    assert [port.base for port in with_bases(given)] == [8053, 8053]


def test_a_privileged_port_on_two_addresses_stays_one_number():
    given = [Port("web", 80, main=80, base=80, host_ip=address) for address in ("127.0.0.1", "::1")]
    assert [port.base for port in with_bases([*given, Port("api", 80, main=80, base=80)])] == [
        8080,
        8080,
        8081,
    ]


def test_services_of_which_main_can_run_only_one_share_the_number_of_a_privileged_port():
    given = [Port(name, 80, main=80, base=80) for name in ("dev", "prod")]
    assert [port.base for port in with_bases([*given, Port("api", 80, main=443, base=443)])] == [
        8080,
        8080,
        8443,
    ]


def test_a_slot_is_added_to_every_base():
    given = (Port("web", 80, base=8000), Port("vite", 5173, base=5173), Port("debug", 1))
    assert numbers(assign(given, 3)) == [8003, 5176, None]


WEB = Port("web", 8000, main=8000, base=8000)
API = Port("api", 8001, main=8001, base=8001)
MAINS = {(8000, "tcp"): "main's web", (8001, "tcp"): "main's api"}


def test_the_smallest_free_slot_is_found():
    assert find_slot([WEB], used_slots=(), holders={}) == 1
    assert find_slot([WEB], used_slots={1, 2, 4}, holders={}) == 3
    assert find_slot([WEB], used_slots={1}, holders={(8002, "tcp"): "a stranger's"}) == 3
    assert find_slot([], used_slots={1}, holders={}) == 2


def test_a_slot_is_free_only_when_every_port_of_it_is():
    given = [WEB, Port("vite", 5173, main=5173, base=5173)]
    assert find_slot(given, used_slots=(), holders={(5174, "tcp"): "x", (8002, "tcp"): "y"}) == 3


def test_the_same_number_of_another_protocol_is_free():
    assert find_slot([WEB], used_slots=(), holders={(8001, "udp"): "x"}) == 1


def test_worktrees_of_a_project_with_8000_and_8001_side_by_side_do_not_meet():
    slots, holders = {}, dict(MAINS)
    given = [allocate([WEB, API], slots, holders) for _ in range(4)]
    used = [number for ports in given for number in numbers(ports)]
    assert given[0] == assign([WEB, API], 2)
    assert len({*used, 8000, 8001}) == 10


def test_ports_that_browsers_refuse_are_skipped():
    assert 6000 in BLOCKED_BY_BROWSERS
    assert find_slot([Port("web", 1, main=5999, base=5999)], used_slots=(), holders={}) == 2
    assert find_slot([Port("irc", 1, main=6664, base=6664)], used_slots=(), holders={}) == 6


def test_a_wanted_slot_is_taken_when_it_is_free():
    assert find_slot([WEB], used_slots={1}, holders=MAINS, wanted=7) == 7


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (1, "another worktree of this project has it"),
        (2, "port 8002 is leased by shop/pay"),
        (0, "slots start at 1"),
        (-1, "slots start at 1"),
        (60000, "web would need port 68000"),
    ],
)
def test_a_wanted_slot_that_cannot_be_had_names_what_holds_it(wanted, reason):
    with pytest.raises(BadUse) as told:
        find_slot([WEB], used_slots={1}, holders={(8002, "tcp"): "leased by shop/pay"}, wanted=wanted)
    assert f"slot {wanted} is not free" in told.value.what
    assert reason in told.value.what
    assert "--slot" in told.value.hint


def test_no_slot_goes_above_the_highest_port():
    last = Port("web", 80, main=HIGHEST - 1, base=HIGHEST - 1)
    assert find_slot([last], used_slots=(), holders={}) == 1
    for port, held in ((last, {(HIGHEST, "tcp"): "x"}), (Port("web", 80, main=HIGHEST, base=HIGHEST), {})):
        with pytest.raises(Failure, match="no free ports") as told:
            find_slot([port], used_slots=(), holders=held)
        assert str(port.base) in told.value.what
        assert told.value.hint


places = st.tuples(
    st.sampled_from(["web", "vite", "api"]),
    st.one_of(
        st.integers(min_value=1, max_value=1023),
        st.integers(min_value=7995, max_value=8090),
        st.integers(min_value=5995, max_value=6005),
    ),
    st.sampled_from(["tcp", "udp"]),
    st.integers(min_value=0, max_value=2),
)


@settings(deadline=None)
@given(
    st.lists(places, max_size=6, unique_by=lambda one: (one[1], one[2])),
    st.sets(st.integers(min_value=8000, max_value=8100), max_size=5),
    st.integers(min_value=1, max_value=5),
)
def test_main_strangers_and_all_worktrees_never_meet(given, strangers, count):
    services: dict[str, list[dict]] = {"web": [], "vite": [], "api": []}
    mains: set[tuple[int, str]] = set()
    for name, first, protocol, length in given:
        span = {(first + more, protocol) for more in range(length + 1)}
        if span & mains or first + length >= 1024 > first:
            continue
        mains |= span
        services[name].append(entry(80, f"{first}-{first + length}" if length else str(first), protocol))
    holders = dict.fromkeys(mains, "main's") | dict.fromkeys(((one, "tcp") for one in strangers), "x")
    ports = with_bases(published_ports(model(**services), list(services)))
    slots: dict[int, set] = {}
    for _ in range(count):
        before = set(holders)
        assigned = allocate(ports, slots, holders)
        places = [(port.published, port.protocol) for port in assigned]
        assert len(places) == len(set(places)) == len(ports)
        assert not before & set(places)
        assert all(1024 <= number <= HIGHEST for number, _ in places)
        assert not {number for number, _ in places} & BLOCKED_BY_BROWSERS
    assert len(slots) == count


def test_a_lease_is_found_by_its_place_whatever_the_ports_in_the_container_are_by_now():
    leases = [
        Port("web", 3000, published=3001),
        Port("web", 80, published=8001),
        Port("web", 80, published=9001),
        Port("web", 80, "udp", published=8001),
        Port("api", 80, published=7001),
    ]
    wanted = [
        Port("web", 80, main=8000),
        Port("web", 80, main=9000),
        Port("web", 4000, main=3000),
        Port("web", 81, "udp", main=8000),
        Port("web", 5000),
        Port("db", 80),
    ]
    found = [lease and lease.published for _, lease in matched(wanted, leases)]
    assert found == [8001, 9001, 3001, 8001, None, None]


def test_a_port_on_another_address_is_another_place_unless_there_is_no_nearer_one():
    here, everywhere = Port("web", 80, published=1, host_ip="::1"), Port("web", 80, published=2)
    assert matched([everywhere, here], [here, everywhere]) == ((everywhere, everywhere), (here, here))
    assert matched([here], [everywhere]) == ((here, everywhere),)


def test_a_program_that_listens_on_the_published_number_has_it_inside_too():
    ports = [Port("web", 3000, main=3000, published=3001), Port("web", 80, main=3000, published=3001)]
    assert [port.target for port in follow(ports, {("web", 3000)})] == [3001, 80]
    assert follow(ports, {("api", 3000)}) == tuple(ports)
