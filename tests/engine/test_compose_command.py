"""The command lines of Compose."""

from __future__ import annotations

from pathlib import Path

from worktree_tasks.engine.compose_command import Invocation, argv

CALL = Invocation(Path("/src/shop"), (Path("/src/shop/compose.yaml"),), project="shop")


def test_services_come_after_two_dashes_since_compose_lets_them_be_called_like_flags():
    assert argv(CALL, "up", "--detach", services=["-d", "web"])[-5:] == ["up", "--detach", "--", "-d", "web"]


def test_without_services_a_command_is_about_all_of_them():
    assert argv(CALL, "up", "--detach")[-2:] == ["up", "--detach"]
