"""Hooks in this process: what they swallow, and what is told of them."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from invoke.context import Context
from invoke.runners import Local

from worktree_tasks import interruption
from worktree_tasks.errors import Failure
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


@pytest.mark.parametrize(
    ("code", "said"),
    [(3, "ends exited with code 3"), ("no fixtures\nat all", "ends exited: no fixtures")],
)
def test_a_function_that_exits_has_failed_and_is_named(shop, tree, code, said):
    def ends(_tree: object) -> None:
        sys.exit(code)

    made = tree("auth")
    ends.__qualname__ = "ends"
    shop.settings = replace(shop.settings, hooks={"before_start": (ends,)})
    with pytest.raises(Failure) as raised:
        run_hooks(made, "before_start")
    assert (raised.value.what, raised.value.kind) == (f"hook before_start failed: {said}", "hook-failed")


@pytest.mark.parametrize("code", [0, None])
def test_a_function_that_exits_without_an_error_has_only_ended(shop, tree, code):
    seen = []
    made = tree("auth")
    shop.settings = replace(shop.settings, hooks={"before_start": (lambda _: sys.exit(code), seen.append)})
    assert run_hooks(made, "before_start")
    assert [one.name for one in seen] == ["auth"]


def test_a_command_that_fails_in_a_function_is_told_with_the_projects_line_and_none_of_a_library(shop, tree):
    runner = Local(Context())

    def migrate(_tree: object) -> None:
        runner.run("exit 7", hide=True, in_stream=False)

    made = tree("auth")
    shop.settings = replace(shop.settings, hooks={"before_start": (migrate,)})
    with pytest.raises(Failure) as raised:
        run_hooks(made, "before_start")
    # Invoke leaves them open.
    for pipe in (runner.process.stdin, runner.process.stdout, runner.process.stderr):
        pipe.close()
    *message, place = raised.value.details
    assert {"Command: 'exit 7'", "Exit code: 7"} <= set(message)
    assert place.startswith(f"{__file__}:")
    assert 'in migrate: runner.run("exit 7"' in place
