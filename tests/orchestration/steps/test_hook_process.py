"""What a hook's own commands know of the command that runs it, and for how long."""

from __future__ import annotations

import subprocess
import sys

import pytest

from worktree_tasks.orchestration.steps import hook_process


def told(monkeypatch, value: str) -> str | None:
    monkeypatch.setenv("WT_HELD", value)
    return hook_process.lock_above()


def test_a_command_within_a_hook_knows_the_lock_that_it_works_under(monkeypatch):
    [(key, value)] = hook_process.facts_of("lock").items()
    monkeypatch.setenv(key, value)
    assert hook_process.lock_above() == "lock"
    assert hook_process.is_inside()


def test_what_a_hook_left_running_is_inside_of_nothing_once_its_command_has_ended(monkeypatch):
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    assert told(monkeypatch, f"{ended.stdout.decode().strip()}:lock") is None
    assert not hook_process.is_inside()


@pytest.mark.parametrize("value", ["", "lock", ":lock", "-1:lock", f"{10**30}:lock"])
def test_what_is_no_process_is_not_believed(monkeypatch, value):
    assert told(monkeypatch, value) is None
