"""Hooks in this process: what they swallow, and what is told of them."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import replace

import pytest

from worktree_tasks import interruption
from worktree_tasks.orchestration.steps.hooks import run_hooks

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]


def test_a_hook_that_catches_everything_does_not_swallow_ctrl_c(shop, tree):
    def stubborn(_tree: object) -> None:
        with suppress(BaseException):
            os.kill(os.getpid(), signal.SIGINT)

    made = tree("auth")
    shop.settings = replace(shop.settings, hooks={"before_start": (stubborn,)})
    with interruption.heard(lambda: None), pytest.raises(KeyboardInterrupt):
        run_hooks(made, "before_start")


def test_a_function_has_the_environment_of_a_hook_and_keeps_what_it_exports(shop, tree, monkeypatch):
    made, seen = tree("auth"), {}
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.delenv("EXPORTED", raising=False)

    def look(_tree: object) -> None:
        seen.update(os.environ)
        os.environ["EXPORTED"] = "1"

    shop.settings = replace(shop.settings, hooks={"before_start": (look,)})
    run_hooks(made, "before_start")
    assert ("GIT_DIR" in seen, seen["WT_NAME"]) == (False, "auth")
    assert (os.environ["GIT_DIR"], os.environ["EXPORTED"], "WT_NAME" in os.environ) == (
        "/elsewhere",
        "1",
        False,
    )
    monkeypatch.delenv("EXPORTED")
