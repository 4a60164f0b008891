"""The other machines of the tests are what the other tests take them for."""

from __future__ import annotations

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
