"""What is said of a container that ended or is not ready: the cause in front of its last lines."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.runtimes.compose.container_failure import with_last_lines

pytestmark = pytest.mark.usefixtures("compose_program")


@pytest.fixture
def told(shop, tree, monkeypatch):
    """Return the error about a container of a worktree that said some lines."""
    made = tree("search")

    def of(*lines, state="exited"):
        monkeypatch.setattr(shop.engine, "last_lines", lambda *_: list(lines))
        container = SimpleNamespace(id="1", service="web", state=state)
        return with_last_lines(Failure("web ended", "look", kind="service-exited"), shop, container, made)

    return of


def test_the_cause_stands_in_front_and_not_once_more_beneath(told):
    error = told(*(f"line {number}" for number in range(20)), "Error: no settings", "    at main (x.js:1)")
    assert error.what == "web ended: Error: no settings"
    assert error.details == ("    at main (x.js:1)",)
    assert (error.hint, error.kind) == ("look", "service-exited")


def test_what_stands_in_front_of_the_cause_is_shown_with_it(told):
    error = told("/app/x.js:1", "const a = ;", "          ^", "", "SyntaxError: Unexpected token ';'")
    assert error.what == "web ended: SyntaxError: Unexpected token ';'"
    assert error.details == ("/app/x.js:1", "const a = ;", "          ^", "SyntaxError: Unexpected token ';'")
    assert len(told(*(f"line {number}" for number in range(20))).details) == 10


def test_a_single_line_is_not_said_twice(told):
    error = told("no settings")
    assert (error.what, error.details) == ("web ended: no settings", ())


def test_a_program_that_is_missing_is_told_with_its_service(told):
    error = told("sh: 1: vite: not found")
    assert error.what == "web ended: sh: 1: vite: not found"
    assert error.hint.startswith("install vite where web looks for it")
    assert error.hint.endswith("wt.start search --build")


def test_a_container_that_runs_has_not_said_what_is_wrong(told):
    error = told("listening", state="running")
    assert (error.what, error.details) == ("web ended; its last lines:", ("listening",))


@pytest.mark.parametrize("state", ["running", "exited"])
def test_silence_is_said(told, state):
    assert told(state=state).what == told("", " ", state=state).what == "web ended; it printed nothing"


@pytest.mark.parametrize("state", ["running", "restarting", "exited"])
def test_a_database_that_is_ahead_is_told_whatever_the_container_does_since(told, state):
    error = told("FAILED: Can't locate revision identified by '9728d4a4062e'", state=state)
    assert error.kind == "database-ahead"
    assert error.what.startswith("web ended: the shared database in db has Alembic revision 9728d4a4062e")
    assert "wt.database search --mode clone" in error.hint
