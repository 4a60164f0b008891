"""Slots: everybody gets ports of their own, and keeps them."""

from __future__ import annotations

import os
import socket

import pytest

pytestmark = pytest.mark.engine

AT_ONCE = 8


@pytest.fixture
def bound():
    """Bind ports as a program that has nothing to do with us."""
    sockets = []

    def bind(port: int) -> None:
        sockets.append(socket.create_server(("127.0.0.1", port)))

    yield bind
    for one in sockets:
        one.close()


@pytest.fixture(autouse=True)
def emptied(quiet_toy):
    """Leave no worktree behind, however a test ends: the next one counts slots from 1."""
    yield
    quiet_toy.remove_all()


def ports_of(tree) -> dict[str, int]:
    return {name: one["ports"][0]["published"] for name, one in tree["services"].items() if one["ports"]}


def test_eight_at_once_get_eight_slots_and_all_answer(quiet_toy):
    branches = [f"crowd-{number}" for number in range(AT_ONCE)]
    running = [quiet_toy.start("new", branch, "--json") for branch in branches]
    ended = [(one, *one.communicate()) for one in running]
    assert [one.returncode for one, *_ in ended] == [0] * AT_ONCE, [err for *_, err in ended]
    found = quiet_toy.listed()
    assert found.keys() == set(branches)
    assert {one["slot"] for one in found.values()} == set(range(1, AT_ONCE + 1))
    assert {one["state"] for one in found.values()} == {"running"}
    for tree in found.values():
        seen = quiet_toy.get(ports_of(tree)["web"])
        assert seen["SITE_URL"] == tree["url"]
        assert ports_of(tree) == {"web": quiet_toy.web + tree["slot"], "vite": quiet_toy.vite + tree["slot"]}
    brokers = {quiet_toy.env_of(quiet_toy.root / branch)["CELERY_BROKER_URL"] for branch in branches}
    assert len(brokers) == AT_ONCE
    subnets = [row["subnet"] for row in quiet_toy.rows("worktree")]
    assert len(set(subnets)) == AT_ONCE
    removing = [quiet_toy.start("remove", branch) for branch in branches[2:]]
    assert [(one.communicate(), one.returncode)[1] for one in removing] == [0] * (AT_ONCE - 2)
    assert quiet_toy.listed().keys() == set(branches[:2])
    for branch in branches[:2]:
        assert quiet_toy.get(ports_of(found[branch])["web"])["SITE_URL"] == found[branch]["url"]
        quiet_toy.wt("remove", branch)
    assert quiet_toy.ours() == []


def test_the_same_branch_at_once_is_made_once(quiet_toy):
    running = [quiet_toy.start("new", "twin", "--json") for _ in range(3)]
    ended = [(one.communicate(), one.returncode) for one in running]
    assert [code for _, code in ended] == [0, 0, 0], [err for (_, err), _ in ended]
    assert len(quiet_toy.rows("worktree")) == 1
    assert set(quiet_toy.containers(f"{quiet_toy.name}-twin")) == {"web", "vite", "worker"}


def test_a_stopped_stack_keeps_its_ports_and_a_removed_one_leaves_them(quiet_toy):
    first, second = quiet_toy.new("first"), quiet_toy.new("second")
    assert (first["slot"], second["slot"]) == (1, 2)
    quiet_toy.wt("stop", "first")
    before = quiet_toy.identities(second["compose_project"])
    third = quiet_toy.new("third", "--no-start")
    assert third["slot"] == 3
    quiet_toy.wt("remove", "first")
    assert quiet_toy.identities(second["compose_project"]) == before
    assert {b: one["slot"] for b, one in quiet_toy.listed().items()} == {"second": 2, "third": 3}
    assert quiet_toy.get(ports_of(second)["web"])["SITE_URL"] == second["url"]
    assert quiet_toy.new("fourth", "--no-start")["slot"] == 1


def test_the_ports_of_a_stopped_container_of_others_are_skipped(quiet_toy):
    name = f"{quiet_toy.name}-stranger"
    quiet_toy.docker("create", "--name", name, "--publish", f"127.0.0.1:{quiet_toy.web + 1}:80", "redis:7")
    try:
        assert quiet_toy.new("beside", "--no-start")["slot"] == 2
    finally:
        quiet_toy.docker("rm", "--force", "--volumes", name)


def test_a_port_that_a_program_has_is_skipped_by_new_for_all_services(quiet_toy, bound):
    bound(quiet_toy.vite + 1)
    tree = quiet_toy.new("skipping", "--no-start")
    assert (tree["slot"], ports_of(tree)["web"]) == (2, quiet_toy.web + 2)


def test_a_port_that_a_program_took_meanwhile_is_an_error_at_start(quiet_toy, bound):
    tree = quiet_toy.new("robbed")
    quiet_toy.wt("stop", "robbed")
    bound(ports_of(tree)["web"])
    done = quiet_toy.wt("start", "robbed", code=1)
    assert f"port {ports_of(tree)['web']}, which web needs, is " in done.err
    assert f"(pid {os.getpid()})\n  → `kill {os.getpid()}` frees it" in done.err
    assert quiet_toy.state_of("robbed") == "stopped"
    assert quiet_toy.listed()["robbed"]["slot"] == tree["slot"]


def test_a_port_that_a_container_took_meanwhile_is_an_error_that_names_it(quiet_toy):
    tree = quiet_toy.new("robbed")
    quiet_toy.wt("stop", "robbed")
    port, name = ports_of(tree)["web"], f"{quiet_toy.name}-thief"
    quiet_toy.docker("run", "--detach", "--name", name, "--publish", f"127.0.0.1:{port}:6379", "redis:7")
    try:
        done = quiet_toy.wt("start", "robbed", code=1)
        assert f"port {port}" in done.err
        assert name in done.err
        assert "Traceback" not in done.err
    finally:
        quiet_toy.docker("rm", "--force", "--volumes", name)
    assert quiet_toy.wt("start", "robbed", "--json").json["url"] == tree["url"]


def test_a_slot_that_was_asked_for_is_given_or_refused_with_the_reason(quiet_toy, bound):
    assert quiet_toy.new("fifth", "--no-start", "--slot", "5")["slot"] == 5
    for slot, said in (("5", "another worktree"), ("0", "start at 1"), ("x", "not a number")):
        done = quiet_toy.wt("new", "sixth", "--slot", slot, code=2)
        assert said in done.err
    bound(quiet_toy.web + 6)
    assert f"{quiet_toy.web + 6}" in quiet_toy.wt("new", "sixth", "--slot", "6", code=2).err
    assert quiet_toy.listed().keys() == {"fifth"}
    assert quiet_toy.git("branch", "--list", "sixth") == ""
    assert not (quiet_toy.root / "sixth").exists()
