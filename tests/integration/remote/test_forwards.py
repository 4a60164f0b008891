"""Ports of worktrees on another machine, answered here."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.programs import wait_for


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - a URL of ours
        return answer.read().decode()


def answers(url: str) -> bool:
    try:
        return bool(get(url))
    except OSError:
        return False


def port_of(tree: dict) -> int:
    return tree["services"]["web"]["ports"][0]["published"]


@pytest.fixture(scope="module")
def tree(laptop, box):
    """A worktree on the box, with its stack running."""
    return laptop.wt("new", "forwarded", "--on", box.name, "--json").json


def test_the_url_of_a_worktree_there_is_answered_here_with_its_own_code(laptop, box, tree):
    assert tree["on"] == box.name
    assert tree["url"] == f"http://localhost:{port_of(tree)}"
    seen = json.loads(get(tree["url"]))
    assert seen["SITE_URL"] == tree["url"]
    there = laptop.worktree_there(box, "forwarded")
    (there / "page.txt").write_text("edited there")
    assert get(f"{tree['url']}/page.txt") == "edited there"


def test_a_page_that_waits_for_edits_hears_of_one_there_by_its_open_connection(laptop, box, tree):
    file = laptop.worktree_there(box, "forwarded") / "hot.txt"
    file.write_text("before")
    with urllib.request.urlopen(f"{tree['url']}/edits/hot.txt", timeout=30) as events:  # noqa: S310 - as above
        assert [events.readline() for _ in range(2)] == [b"data: before\n", b"\n"]
        # In one step: no half of it is read.
        edited = file.with_name("edited.txt")
        edited.write_text("after")
        edited.replace(file)
        assert events.readline() == b"data: after\n"


def test_the_lease_there_takes_a_number_that_is_free_on_both_sides(laptop, box):
    # What it takes where all is free: with other tests' worktrees there, no fixed number is.
    first = port_of(laptop.wt("new", "spread", "--on", box.name, "--json").json)
    laptop.wt("remove", "spread")
    with socket.create_server(("127.0.0.1", first)):
        made = laptop.wt("new", "spread", "--on", box.name, "--json").json
        beside = laptop.wt("new", "beside", "--on", box.name, "--json").json
        assert len({first, port_of(made), port_of(beside)}) == 3
    for one in ("spread", "beside"):
        laptop.wt("remove", one, "--force")


def test_a_hundred_connections_go_through_at_once(tree):
    with ThreadPoolExecutor(100) as pool:
        pages = list(pool.map(get, [f"{tree['url']}/tasks.py"] * 100))
    assert len(pages) == 100
    assert all("worktree_tasks" in page for page in pages)


def test_a_port_that_is_taken_here_when_a_stack_comes_up_is_answered_on_the_next_free_one(laptop, tree):
    laptop.wt("stop", "forwarded")
    assert not answers(tree["url"])
    with socket.create_server(("127.0.0.1", port_of(tree))):
        started = laptop.wt("start", "forwarded", "--json").json
        assert port_of(started) > port_of(tree)
        assert answers(started["url"])
        listed = laptop.listed_there()["forwarded"]
        assert (listed["url"], port_of(listed)) == (started["url"], port_of(started))
    # It keeps the number that it has.
    laptop.wt("stop", "forwarded")
    again = laptop.wt("start", "forwarded", "--json").json
    assert again["url"] == started["url"]
    assert json.loads(get(again["url"]))["SITE_URL"] == again["url"]


def test_forwards_alone_are_stopped_and_begun(laptop, box, tree):
    begun = laptop.wt("forward", "forwarded", "--json").json
    assert answers(begun["url"])
    assert laptop.wt("forward", f"{box.name}:forwarded", "--stop", "--json").json["on"] == box.name
    assert not answers(begun["url"])
    # What was stopped on purpose is not opened again by a look.
    laptop.wt("list")
    assert not answers(begun["url"])
    assert laptop.wt("forward", "forwarded", "--json").json["url"] == begun["url"]
    assert answers(begun["url"])


@pytest.mark.parametrize("bind", ["127.0.0.2", "192.0.2.7", "0.0.0.0"])  # noqa: S104 - a value of the setting
def test_pages_there_are_on_its_loopback_only_whatever_address_they_have_here(laptop, box, bind):
    made = laptop.wt("new", "bound", "--on", box.name, "--json", env={"INVOKE_WT_BIND": bind}).json
    assert answers(made["url"])
    assert f"127.0.0.1:{port_of(made)}" in box.run("docker", "ps", "--format", "{{.Ports}}").out
    laptop.wt("remove", "bound")


def test_a_forward_of_what_is_here_is_wrong_use(laptop):
    error = laptop.wt("forward", "nowhere", "--json", code=2).json["error"]
    assert error["kind"] == "not-elsewhere"


def test_steps_there_are_told_in_events_here(laptop, box):
    made = laptop.wt("new", "told", "--on", box.name, "--json", "--events")
    events = [json.loads(line) for line in made.err.splitlines()]
    assert {"worktree", "ports", "containers"} <= {one.get("step") for one in events}
    assert made.json["on"] == box.name
    laptop.wt("remove", "told")


def test_the_forward_of_a_worktree_ends_with_it(laptop, box):
    made = laptop.wt("new", "short", "--on", box.name, "--json").json
    assert answers(made["url"])
    laptop.wt("remove", "short")
    assert not answers(made["url"])
    with pytest.raises(urllib.error.URLError):
        get(made["url"])
    assert "short" not in laptop.listed_there()


def test_nothing_runs_here_for_a_forward_but_one_program_of_openssh(laptop, box, tree):
    def lines() -> list[str]:
        listed = laptop.run("ps", "-eo", "args").out.splitlines()
        return [one for one in listed if "ControlMaster=yes" in one and one.endswith(f"-- {box.name}")]

    laptop.wt("forward", "forwarded")
    assert len(wait_for(lines)) == 1
    assert "hush-hush" not in lines()[0]
