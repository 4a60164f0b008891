"""The other machines of the tests are what the other tests take them for."""

from __future__ import annotations

import os
import subprocess

from harness.boxes import know_boxes
from harness.programs import execute


def test_two_boxes_are_machines_of_their_own(box, other_box, tmp_path):
    env = know_boxes(tmp_path, box, other_box)
    for one in (box, other_box):
        there = (
            "hostname; pwd; docker ps --quiet --all; docker info --format {{.Name}};"
            " docker image ls --format '{{.Repository}}'"
        )
        said = execute(["ssh", "-oBatchMode=yes", one.name, there], env=env)
        assert sorted(said.out.split()) == sorted(["/root", one.name, one.name, "python", "redis"]), said.err


def test_a_box_comes_back_with_its_disk_after_its_power_was_cut(box):
    box.run("touch", "kept")
    box.kill()
    assert box.run("true", check=False).code != 0
    box.boot()
    assert box.run("ls").out.split() == ["kept"]
    box.run("rm", "kept")


def test_an_sshd_that_was_ended_is_gone_with_its_sessions_and_another_may_listen(box, tmp_path):
    env = know_boxes(tmp_path, box)
    session = ["ssh", "-oBatchMode=yes", box.name, "echo there; sleep 600"]
    with subprocess.Popen(session, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True) as ssh:
        assert ssh.stdout.readline() == "there\n"
        box.stop_sshd()
        assert box.run("pgrep", "-x", "sshd", check=False).out == ""
        assert ssh.wait(60) == 255
    box.start_sshd()
    assert execute(["ssh", "-oBatchMode=yes", box.name, "echo again"], env=env).out == "again\n"
