"""The other machines of the tests are what the other tests take them for."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess

from harness.boxes import PROGRAM, know_boxes
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
        assert box.run("pgrep", "sshd", check=False).out == ""
        assert ssh.wait(60) == 255
    box.start_sshd()
    assert execute(["ssh", "-oBatchMode=yes", box.name, "echo again"], env=env).out == "again\n"


def test_one_whose_start_fails_says_why_and_leaves_nothing(box, tmp_path, monkeypatch):
    enters = tmp_path / "nsenter"
    fails = "case $* in */sbin/sshd*) exit 1 ;; esac"
    enters.write_text(f'#!/bin/sh\n{fails}\nexec {shutil.which("nsenter")} "$@"\n')
    enters.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    name = f"box{secrets.token_hex(3)}"
    made = execute([PROGRAM, "make", name])
    assert (made.code, made.out) == (1, "")
    assert f"the sshd of {name} does not answer" in made.err
    assert not box.folder.with_name(name).exists()
    assert name not in execute(["ip", "netns", "list"]).out
    assert name not in execute(["ps", "-eo", "args"]).out
