"""What runs on a database that was just made: nothing, what the files tell, or what the project says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.errors import CommandFailed, Failure
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.runtimes.runtime_values import Ran
from worktree_tasks.orchestration.steps import migration_choice
from worktree_tasks.orchestration.steps.database_migration import migrate
from worktree_tasks.store import Database

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  worker: {build: ., environment: {DATABASE_URL: "postgres://db/shop"}}
  web: {build: ., environment: {DATABASE_URL: "postgres://db/shop"}, ports: ["8000:8000"]}
  vite: {build: ., ports: ["5173:5173"]}
  db: {image: "postgres:15"}
"""
EMPTY = Database("shop_pay_1", "k", "pay", "db", "postgres", "shop", "empty", "ready", 0)
CLONE = replace(EMPTY, mode="clone")


@pytest.fixture
def ran(monkeypatch) -> list[tuple[str, ...]]:
    """The commands that ran, each behind its service."""
    found: list[tuple[str, ...]] = []

    def run(_self, tree, service, argv, *, capture):
        assert capture
        found.append((service, *argv))
        return Ran(tree.record.name, service, tuple(argv), "done\n")

    monkeypatch.setattr(ComposeRuntime, "run", run)
    monkeypatch.setattr(ComposeRuntime, "services", lambda *_, **__: frozenset({"web", "worker", "vite"}))
    monkeypatch.setattr(migration_choice, "drift_of", lambda *_, **__: ())
    return found


@pytest.fixture
def pay(project, tree):
    project.commit_file("manage.py", "")
    project.commit_file("compose.yaml", COMPOSE)
    made = tree("pay")
    made.update(compose_project="shop-pay", database="clone")
    return made


def test_an_empty_one_is_migrated_where_the_page_is_served(pay, ran):
    migrate(pay, [EMPTY])
    assert ran == [("web", "python", "manage.py", "migrate", "--noinput")]


def test_nothing_runs_where_nothing_was_made_or_a_copy_lacks_nothing(pay, ran):
    migrate(pay, [])
    migrate(pay, [CLONE])
    assert ran == []


def test_the_setting_says_what_and_where(pay, ran, shop):
    shop.settings = replace(shop.settings, migrate={"service": "worker", "command": "./migrate 'it all'"})
    migrate(pay, [CLONE])
    assert ran == [("worker", "./migrate", "it all")]


def test_an_empty_one_that_nothing_is_known_to_migrate_is_told(project, tree, ran, told):
    project.commit_file("compose.yaml", COMPOSE)
    made = tree("pay")
    made.update(compose_project="shop-pay", database="empty")
    migrate(made, [EMPTY])
    assert ran == []
    assert any("set the command that migrates it in wt.migrate" in line for line in told.lines)


def test_one_that_no_running_service_names_is_told(pay, ran, told, monkeypatch):
    monkeypatch.setattr(ComposeRuntime, "services", lambda *_, **__: frozenset())
    migrate(pay, [EMPTY])
    assert ran == []
    assert any("no running service of its own names it" in line for line in told.lines)


def test_a_failure_is_named_with_what_the_command_said(pay, ran, monkeypatch):
    def fails(*_, **__):
        raise CommandFailed("web: python exited with code 1", 1, ["no such column"])

    monkeypatch.setattr(ComposeRuntime, "run", fails)
    with pytest.raises(Failure, match="pay is not migrated: web: python exited with code 1") as told:
        migrate(pay, [EMPTY])
    assert told.value.details == ("no such column",)
    assert told.value.kind == "migration-failed"
    assert "wt.run pay web" in told.value.hint
