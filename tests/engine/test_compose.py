"""The command lines of Compose, and what it waits for, which has an end."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.silence import silent_engine

from worktree_tasks.engine import compose
from worktree_tasks.engine.compose import Invocation, argv
from worktree_tasks.errors import DockerUnavailable

CALL = Invocation(Path("/src/shop"), (Path("/src/shop/compose.yaml"),), project="shop")


def test_services_come_after_two_dashes_since_compose_lets_them_be_called_like_flags():
    assert argv(CALL, "up", "--detach", services=["-d", "web"])[-5:] == ["up", "--detach", "--", "-d", "web"]


def test_without_services_a_command_is_about_all_of_them():
    assert argv(CALL, "up", "--detach")[-2:] == ["up", "--detach"]


def test_an_engine_that_never_answers_is_waited_for_in_bounded_time(compose_program, monkeypatch):
    with silent_engine() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(DockerUnavailable, match=r"waited 0\.5 s for `docker ps`"):
            compose.containers(seconds=0.5)
