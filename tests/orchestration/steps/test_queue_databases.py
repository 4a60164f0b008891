"""The Redis databases of a worktree's queues: one for each of main's, whatever is written how often."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.env.env_file_text import values
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps.env_file_writing import write_env
from worktree_tasks.orchestration.steps.queue_databases import lease_again, planned_databases, renew_broker

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  worker: {build: ., command: celery -A app worker, env_file: .env}
  redis: {image: "redis:7"}
"""
ENV = """\
BROKER_URL=redis://redis:6379/0
CELERY_RESULT_BACKEND=redis://redis:6379/1
CACHE_URL=redis://redis:6379/2
"""


@pytest.fixture
def auth(project, tree, monkeypatch):
    monkeypatch.setattr(ComposeRuntime, "exec_shared", lambda *_, **__: None)
    project.write(".env", ENV)
    project.commit_file("compose.yaml", COMPOSE)
    made = tree("auth")
    made.update(compose_project="shop-auth")
    return made


def written(tree) -> dict[str, str]:
    write_env(tree)
    return values((tree.record.path / ".env").read_text())


def test_results_move_with_their_broker_and_apart_from_it_and_the_cache_stays(auth):
    first = written(auth)
    assert first == {
        "BROKER_URL": "redis://redis:6379/3",
        "CELERY_RESULT_BACKEND": "redis://redis:6379/4",
        "CACHE_URL": "redis://redis:6379/2",
    }
    assert written(auth) == first


def test_what_is_planned_is_what_is_leased(auth, shop):
    planned = planned_databases(auth, shop.store.held(auth.record, "broker_database"))
    written(auth)
    assert planned == (auth.record.broker_database, auth.queues) == (3, {("redis", 1): 4})


def test_no_two_worktrees_have_one_database(auth, tree):
    written(auth)
    other = tree("other")
    other.update(compose_project="shop-other")
    assert written(other)["BROKER_URL"] == "redis://redis:6379/5"
    assert (other.record.broker_database, other.queues) == (5, {("redis", 1): 6})


def test_what_a_worktree_had_is_leased_again_where_it_is_free(auth, tree):
    written(auth)
    had = dict(auth.queues)
    renew_broker(auth)
    assert (auth.record.broker_database, auth.queues) == (None, {})
    lease_again(auth, had)
    assert auth.queues == had
    other = tree("other")
    lease_again(other, had)
    assert other.queues == {}
