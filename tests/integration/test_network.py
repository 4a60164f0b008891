"""Network: a name has one answer, the own or the shared one, and main's networking stays as it is."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from worktree_tasks.engine.api import Engine
from worktree_tasks.engine.api_errors import NameTaken

pytestmark = pytest.mark.engine

TIMES = 100
NAMES = ("web", "vite", "db", "redis")


def addresses(toy, project: str) -> dict[str, dict[str, str]]:
    """Return the addresses of a stack's containers: by service, by network."""
    return {
        service: {name: spec["IPAddress"] for name, spec in one["NetworkSettings"]["Networks"].items()}
        for service, one in toy.containers(project).items()
    }


def answers(toy, port: int, *names: str) -> dict[str, set[str]]:
    """Ask a web service for names many times, and return all different answers."""
    query = "&".join(f"name={name}" for name in names)
    found = toy.get(port, f"/lookup?times={TIMES}&{query}")
    assert all(len(each) == TIMES for each in found.values())
    return {name: {address for answer in each for address in answer} for name, each in found.items()}


def inside(toy, project: str, service: str, *argv: str) -> str:
    return toy.docker("exec", toy.containers(project)[service]["Id"], *argv)


def route(toy, service: str) -> str:
    """Return the default route of a container of main's, as its kernel has it."""
    lines = inside(toy, toy.name, service, "cat", "/proc/net/route").splitlines()
    return next(line for line in lines if line.split()[1] == "00000000")


def resolved(toy, service: str, name: str) -> set[str]:
    argv = ("sh", "-c", f"for i in $(seq 20); do getent ahostsv4 {name}; done")
    return {line.split()[0] for line in inside(toy, toy.name, service, *argv).splitlines()}


@pytest.fixture(scope="module")
def before(toy):
    """What main's networking is before there is a worktree."""
    return {
        "routes": {service: route(toy, service) for service in ("db", "redis", "web")},
        "addresses": addresses(toy, toy.name),
        "web": {service: resolved(toy, service, "web") for service in ("db", "redis")},
    }


@pytest.fixture(scope="module")
def trees(toy, before):
    assert before
    return [toy.new("left"), toy.new("right")]


def test_names_lead_to_own_and_shared_services_only(toy, trees):
    mains = addresses(toy, toy.name)
    for tree in trees:
        own = addresses(toy, tree["compose_project"])
        network = f"{toy.name}_worktree_{tree['name']}"
        for asked in ("web", "vite"):
            seen = answers(toy, tree["services"][asked]["ports"][0]["published"], *NAMES)
            assert seen == {
                "web": {own["web"][network]},
                "vite": {own["vite"][network]},
                "db": {mains["db"][network]},
                "redis": {mains["redis"][network]},
            }
        assert all(set(networks) == {network} for networks in own.values())
    seen = answers(toy, toy.web, *NAMES)
    assert seen == {name: {mains[name][f"{toy.name}_default"]} for name in NAMES}


@pytest.mark.usefixtures("trees")
def test_mains_data_services_see_mains_web_and_keep_their_default_route(toy, before):
    for service in ("db", "redis"):
        assert resolved(toy, service, "web") == before["web"][service]
        assert before["web"][service] == {before["addresses"]["web"][f"{toy.name}_default"]}
    assert {service: route(toy, service) for service in ("db", "redis", "web")} == before["routes"]


def test_mains_data_services_keep_them_after_a_restart_too(toy, before, trees):
    toy.compose("restart", "db", "redis")
    toy.wait_for(lambda: toy.containers()["db"]["State"]["Health"]["Status"] == "healthy")
    mains = addresses(toy, toy.name)
    for service in ("db", "redis"):
        assert resolved(toy, service, "web") == {mains["web"][f"{toy.name}_default"]}
        gateway = route(toy, service).split()[2]
        assert gateway == before["routes"][service].split()[2]
    for tree in trees:
        seen = answers(toy, tree["services"]["web"]["ports"][0]["published"], "db", "redis", "web")
        assert all(len(found) == 1 for found in seen.values())


@pytest.mark.usefixtures("trees")
def test_the_database_is_reached_from_a_worktree_under_its_name(toy):
    for address in (("db", 5432), ("redis", 6379)):
        code = f"import socket; socket.create_connection({address}, 5)"
        toy.wt("run", "left", "web", f'python3 -c "{code}"')


def test_networks_have_a_small_range_of_their_own_and_our_labels(toy, trees):
    for tree in trees:
        words = ("network", "inspect", f"{toy.name}_worktree_{tree['name']}", "--format")
        subnet = toy.docker(*words, "{{(index .IPAM.Config 0).Subnet}}")
        assert subnet.startswith("10.213.")
        assert subnet.endswith("/26")
        assert toy.docker(*words, '{{index .Labels "worktree-tasks.worktree"}}') == tree["name"]


def test_one_flat_network_on_request_in_which_worktrees_see_each_other(quiet_toy):
    flat = {"INVOKE_WT_NETWORK": "project"}
    trees = [quiet_toy.new("one", env=flat), quiet_toy.new("two", env=flat)]
    networks = quiet_toy.docker(
        "network", "ls", "--filter", f"label=worktree-tasks.project={quiet_toy.name}", "--format", "{{.Name}}"
    ).split()
    assert len(networks) == 1
    assert quiet_toy.name in networks[0]
    own = {tree["name"]: addresses(quiet_toy, tree["compose_project"])["web"][networks[0]] for tree in trees}
    mains = addresses(quiet_toy, quiet_toy.name)
    for tree in trees:
        port = tree["services"]["web"]["ports"][0]["published"]
        seen = answers(quiet_toy, port, "web-one", "web-two", "db")
        assert seen == {
            "web-one": {own["one"]},
            "web-two": {own["two"]},
            "db": {mains["db"][networks[0]]},
        }
    told = quiet_toy.wt("remove", "one", env=flat).err
    assert f"✓ network     {networks[0]} stays for other worktrees\n" in told
    seen = answers(quiet_toy, trees[1]["services"]["web"]["ports"][0]["published"], "web-two", "db")
    assert seen == {"web-two": {own["two"]}, "db": {mains["db"][networks[0]]}}
    quiet_toy.wt("stop", "two", env=flat)
    quiet_toy.wt("start", "two", env=flat)
    assert f"✓ network     {networks[0]} removed\n" in quiet_toy.wt("remove", "two", env=flat).err
    assert quiet_toy.ours() == []


def networks_of(toy) -> list[str]:
    """Return the ids of the networks of a project's worktrees."""
    label = f"label=worktree-tasks.project={toy.name}"
    return toy.docker("network", "ls", "--quiet", "--filter", label).split()


def test_worktrees_that_are_made_at_once_get_one_flat_network(quiet_toy):
    flat = {"INVOKE_WT_NETWORK": "project"}
    names = ("left", "middle", "right")
    ended = [
        one.communicate(timeout=120) for one in [quiet_toy.start("new", name, env=flat) for name in names]
    ]
    assert [tree["state"] for tree in quiet_toy.listed().values()] == ["running"] * len(names), ended
    assert len(networks_of(quiet_toy)) == 1
    for name in names:
        quiet_toy.wt("remove", name, env=flat)
    assert quiet_toy.ours() == []


def test_worktrees_that_start_at_once_in_one_flat_network_attach_main_once(quiet_toy):
    flat = {"INVOKE_WT_NETWORK": "project"}
    names = ("first", "second", "third", "fourth")
    for name in names:
        quiet_toy.new(name, "--no-start", env=flat)
    ended = [
        one.communicate(timeout=120) for one in [quiet_toy.start("start", name, env=flat) for name in names]
    ]
    assert [tree["state"] for tree in quiet_toy.listed().values()] == ["running"] * len(names), ended
    for name in names[2:]:
        quiet_toy.wt("remove", name, env=flat)


def test_the_last_two_that_are_removed_at_once_take_the_flat_network_with_them(quiet_toy):
    flat = {"INVOKE_WT_NETWORK": "project"}
    ended = [
        one.communicate(timeout=120)
        for one in [quiet_toy.start("remove", name, env=flat) for name in ("first", "second")]
    ]
    assert quiet_toy.ours() == [], ended
    assert quiet_toy.containers()["db"]["NetworkSettings"]["Networks"].keys() == {f"{quiet_toy.name}_default"}


@pytest.fixture
def with_two_networks(quiet_toy):
    """Create a second network with the name of a worktree's, as the engine may do for a killed command."""
    quiet_toy.new("pay")
    quiet_toy.wt("stop", "pay")
    (row,) = quiet_toy.rows("worktree")
    (first,) = networks_of(quiet_toy)
    labels = json.loads(quiet_toy.docker("network", "inspect", first, "--format", "{{json .Labels}}"))
    second = {"Name": row["network"], "IPAM": {"Config": [{"Subnet": "10.213.251.0/26"}]}, "Labels": labels}
    with closing(Engine()) as engine:
        try:
            engine.request("POST", "/networks/create", body=second)
        except NameTaken:
            pytest.skip("engines from 25 on have only one network of a name")
    assert len(networks_of(quiet_toy)) == 2
    return quiet_toy


def test_of_two_networks_with_the_name_of_a_worktrees_one_is_kept(with_two_networks):
    toy = with_two_networks
    toy.wt("start", "pay")
    assert len(networks_of(toy)) == 1
    assert toy.get(toy.listed()["pay"]["services"]["web"]["ports"][0]["published"], "/")
    toy.wt("remove", "pay")
    assert toy.ours() == []


def test_both_networks_with_the_name_of_a_worktrees_are_removed_with_it(with_two_networks):
    with_two_networks.wt("remove", "pay")
    assert with_two_networks.ours() == []


def test_the_range_of_a_network_that_was_made_for_a_killed_command_is_recorded(quiet_toy):
    quiet_toy.new("pay")
    (row,) = quiet_toy.rows("worktree")
    query = ("network", "inspect", row["network"], "--format")
    labels = json.loads(quiet_toy.docker(*query, "{{json .Labels}}"))
    quiet_toy.wt("compose-down", "pay")
    if row["network"] in quiet_toy.docker("network", "ls", "--format", "{{.Name}}").split():
        quiet_toy.docker("network", "rm", row["network"])
    options = [f"--label={key}={value}" for key, value in labels.items()]
    quiet_toy.docker("network", "create", "--subnet=10.213.250.0/26", *options, row["network"])
    quiet_toy.wt("start", "pay")
    (row,) = quiet_toy.rows("worktree")
    assert row["subnet"] == quiet_toy.docker(*query, "{{(index .IPAM.Config 0).Subnet}}") == "10.213.250.0/26"
    quiet_toy.wt("remove", "pay")
    assert quiet_toy.ours() == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("NETWORK", "everything"), ("SUBNETS", "8.8.8.0/24"), ("BIND", "here"), ("WAIT", "soon")],
)
def test_a_setting_that_cannot_be_meant_is_named_with_its_source(quiet_toy, key, value):
    done = quiet_toy.wt("new", "unset", env={f"INVOKE_WT_{key}": value}, code=2)
    for word in (f"wt.{key.lower()}", value, f"INVOKE_WT_{key}"):
        assert word in done.err
    assert quiet_toy.git("branch", "--list", "unset") == ""


SLOW_CHECKOUT = """\
for _ in $(seq 300); do
    docker network inspect "$1" >/dev/null 2>&1 && exec cat
    sleep 0.1
done
exit 1
"""


@pytest.mark.parametrize("ends", ["exec cat", "exit 1"])
def test_the_network_is_made_while_files_are_checked_out_and_goes_if_that_fails(quiet_toy, ends):
    name = "paging" if ends == "exec cat" else "failing"
    program = quiet_toy.folder / f"{name}.sh"
    program.write_text(SLOW_CHECKOUT.replace("exec cat", ends))
    network = f"{quiet_toy.name}_worktree_{name}"
    quiet_toy.run("git", "config", f"filter.{name}.smudge", f"sh '{program}' {network}", code=0)
    quiet_toy.run("git", "config", f"filter.{name}.clean", "cat", code=0)
    quiet_toy.run("git", "config", f"filter.{name}.required", "true", code=0)
    quiet_toy.branch(name, {".gitattributes": f"page filter={name}\n", "page": "text\n"})
    done = quiet_toy.wt("new", name, "--json", code=None)
    assert (done.code == 0) == (ends == "exec cat"), done.err
    if done.code:
        assert f"nothing of {name} is kept" in done.err
        assert name not in quiet_toy.listed()
    else:
        quiet_toy.wt("remove", name)
    assert quiet_toy.docker("network", "ls", "--quiet", "--filter", f"name={network}") == ""
