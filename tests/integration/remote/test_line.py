"""The connection to another machine, when it breaks."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from harness.programs import wait_for


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - a URL of ours
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def tree(laptop, box):
    return laptop.wt("new", "lined", "--on", box.name, "--json").json


def test_a_list_opens_what_was_lost_with_an_sshd(laptop, box, tree):
    box.stop_sshd()
    wait_for(lambda: not answers(tree["url"]))
    # Where the machine says no, the list tells so in a line, and has all else.
    listed = laptop.wt("list", "--json")
    assert [one["on"] for one in listed.json["absent"]] == [box.name]
    assert "refused" in listed.err
    box.start_sshd()
    assert laptop.wt("list", "--json").json["absent"] == []
    assert answers(tree["url"])


def test_the_doctor_finds_a_lost_line_and_opens_it_anew(laptop, box, tree):
    box.stop_sshd()
    box.start_sshd()
    wait_for(lambda: not answers(tree["url"]))
    found = laptop.wt("doctor", "--json", code=1).json["findings"]
    assert [(one["kind"], one["subject"], one["fixed"]) for one in found if one["kind"] == "forward"] == [
        ("forward", box.name, False)
    ]
    fixed = laptop.wt("doctor", "--fix", "--json").json["findings"]
    assert [one["fixed"] for one in fixed if one["kind"] == "forward"] == [True]
    assert answers(tree["url"])


def test_a_line_that_is_cut_for_a_while_goes_on(laptop, box, tree):
    words = ["curl", "--silent", "--max-time", "60", f"{tree['url']}/tasks.py"]
    with box.cut():
        asked = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        # A list has its answer meanwhile: the machine is left out.
        listed = laptop.wt("list", "--json").json
        assert listed["absent"] == [{"on": box.name, "what": f"{box.name} did not answer in time"}]
    assert "worktree_tasks" in asked.communicate()[0]
    assert laptop.wt("list", "--json").json["absent"] == []


def test_a_machine_whose_power_was_cut_comes_back_with_its_stacks(laptop, box, tree):
    box.kill()
    listed = laptop.wt("list", "--json").json
    assert [one["on"] for one in listed["absent"]] == [box.name]
    error = laptop.wt("stop", "lined", "--json", code=4).json["error"]
    assert error["kind"] in ("host-unreachable", "connection-lost")
    box.boot()
    started = laptop.wt("start", "lined", "--json").json
    assert answers(started["url"])
    assert laptop.listed_there()["lined"]["phase"] == "ready"


def test_what_openssh_is_configured_to_do_for_people_is_not_done_for_tasks(laptop, box, tree):
    config = laptop.home / ".ssh" / "config"
    before = config.read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(
            f"{before}  LocalForward 127.0.0.1:{port} 127.0.0.1:22\n  RemoteCommand echo no\n"
            "  RequestTTY force\n  ExitOnForwardFailure yes\n  ControlMaster auto\n  ControlPath ~/%h\n"
        )
        for lost in (False, True):
            if lost:
                box.stop_sshd()
                box.start_sshd()
            listed = laptop.wt("list", "--json").json
            assert listed["absent"] == []
            assert laptop.wt("run", "lined", "web", "true", "--json").json["code"] == 0
        assert answers(tree["url"])
    config.write_text(before)


# Gives each piece on after a while, in order, in both directions.
DISTANT = """
import os, queue, socket, sys, threading, time

there = socket.create_connection((sys.argv[1], 22))


def carry(read, write):
    pieces = queue.Queue()
    threading.Thread(target=deliver, args=(pieces, write), daemon=True).start()
    while piece := read(65536):
        pieces.put((time.monotonic() + 0.25, piece))
    os._exit(0)


def deliver(pieces, write):
    while True:
        due, piece = pieces.get()
        time.sleep(max(0, due - time.monotonic()))
        write(piece)


threading.Thread(target=carry, args=(lambda size: os.read(0, size), there.sendall), daemon=True).start()
carry(there.recv, lambda piece: os.write(1, piece))
"""


def test_a_list_opens_the_line_to_a_distant_machine_which_takes_longer_than_its_first_answer(
    laptop, box, tree
):
    config, program = laptop.home / ".ssh" / "config", laptop.home / "distant.py"
    before = config.read_text()
    program.write_text(DISTANT)
    config.write_text(f"{before}  ProxyCommand {sys.executable} {program} %h\n")
    try:
        box.stop_sshd()
        box.start_sshd()
        assert laptop.wt("list", "--json").json["absent"] == []
        assert answers(tree["url"])
    finally:
        config.write_text(before)
        box.stop_sshd()
        box.start_sshd()


@pytest.mark.parametrize("moment", ["worktree", "containers"])
def test_a_line_that_breaks_in_the_middle_of_new_is_finished_by_the_same_command(laptop, box, moment):
    name = f"broken-{moment}"
    new = laptop.start_inv("wt.new", name, "--on", box.name)
    for line in new.stderr:
        if moment in line:
            break
    box.stop_sshd()
    new.communicate()
    assert new.returncode in (4, 0)
    box.start_sshd()
    # What runs on there is waited for.
    made = laptop.wt("new", name, "--on", box.name, "--json").json
    assert made["state"] == "running"
    assert answers(made["url"])
    laptop.wt("remove", name)


@pytest.fixture
def slow_checkout(laptop, box):
    """The file that is there once a checkout there has begun, which does not end by itself."""
    begun = box.home / "begun"
    hook = laptop.main_there(box) / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch /root/begun\nexec sleep 600\n")
    hook.chmod(0o755)
    yield begun
    hook.unlink()
    begun.unlink(missing_ok=True)


def test_ctrl_c_here_stops_the_task_there_which_undoes_what_it_began(laptop, box, slow_checkout):
    new = laptop.start_inv("wt.new", "stopped", "--on", box.name)
    wait_for(slow_checkout.exists)
    new.send_signal(signal.SIGINT)
    new.communicate()
    assert new.returncode == 130
    folder = laptop.worktree_there(box, "stopped")
    wait_for(lambda: not folder.exists())
    wait_for(lambda: box.run("pgrep", "-f", "-X [c]all=", check=False).code)
    assert "stopped" not in laptop.listed_there()
    main = f"/root/worktree-tasks/{laptop.path.name}"
    assert box.run("git", "-C", main, "branch", "--list", "stopped").out == ""


def test_a_task_there_gives_up_when_its_time_is_over(laptop, box, slow_checkout):
    error = laptop.wt("new", "late", "--on", box.name, "--timeout", "3", "--json", code=1).json["error"]
    assert error["kind"] == "timed-out"
    assert slow_checkout.exists()
    assert "late" not in laptop.listed_there()


def test_a_new_goes_through_a_line_that_is_cut_for_thirty_seconds(laptop, box):
    new = laptop.start_inv("wt.new", "patient", "--on", box.name, "--json")
    for line in new.stderr:
        if "worktree" in line:
            break
    with box.cut(), pytest.raises(subprocess.TimeoutExpired):
        new.wait(30)
    out, err = new.communicate()
    assert new.returncode == 0, err
    assert '"state": "running"' in out
    laptop.wt("remove", "patient")
