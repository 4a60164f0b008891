"""The command lines of Compose."""

from __future__ import annotations

from pathlib import Path

from worktree_tasks.compose import Invocation, argv, read_model

CALL = Invocation(Path("/src/shop"), (Path("/src/shop/compose.yaml"),), project="shop")


def test_services_come_after_two_dashes_since_compose_lets_them_be_called_like_flags():
    assert argv(CALL, "up", "--detach", services=["-d", "web"])[-5:] == ["up", "--detach", "--", "-d", "web"]


def test_without_services_a_command_is_about_all_of_them():
    assert argv(CALL, "up", "--detach")[-2:] == ["up", "--detach"]


def test_compose_has_services_that_are_called_like_flags(compose_program, tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text('services: {"-d": {image: x}, "--help": {image: y}}\n')
    assert set(read_model(Invocation(tmp_path, (file,), project="x"))["services"]) == {"-d", "--help"}
