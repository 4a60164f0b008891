"""Names that look like flags: they are names wherever they go."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = """\
services:
  "-d":
    image: python:3.11-slim
    command: sh -c 'echo here; sleep infinity'
    init: true
    volumes: [".:/src"]
    depends_on: ["--help"]
  "--help":
    image: redis:7
"""


@pytest.fixture
def dashed(make_project, tmp_path):
    project = make_project(f"dashed-{tmp_path.name.lower().replace('_', '-')}", compose=COMPOSE)
    yield project
    project.inv("remove", "fast", "--force")
    project.compose("down", "--volumes", "--timeout", "0")


def test_services_that_are_called_like_flags_live_through_every_command(dashed):
    for words in (("new", "fast"), ("restart", "fast"), ("stop", "fast"), ("start", "fast")):
        done = dashed.inv(*words, "--json")
        assert done.code == 0, done.err
        state = done.json["services"]["-d"]["state"]
        assert (state == "running") == (words[0] != "stop")
    logs = dashed.inv("logs", "fast", "--no-follow", "--json").json
    assert {(one["service"], one["line"]) for one in logs["lines"]} == {("-d", "here")}
    listed = dashed.inv("list", "--json").json
    assert listed["main"]["services"]["--help"]["state"] == "running"
    done = dashed.inv("remove", "fast", "--json")
    assert done.code == 0, done.err
