"""The Redis databases of a worktree's queues: one for each of main's, whatever is written how often."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.env.env_file_text import values
from worktree_tasks.configuration.record_traces import Trace
from worktree_tasks.orchestration.flows.doctor.record_rebuilding import rebuild
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


def test_all_are_known_again_after_the_state_file_was_lost(auth, shop):
    first = written(auth)
    before = auth.record.broker_database, auth.queues
    shop.store.delete(auth.record)
    again = rebuild(shop, auth.entry, Trace(key=auth.record.key, name="auth", compose_project="shop-auth"))
    assert (again.record.broker_database, again.queues) == before
    assert written(again) == first


def test_what_another_worktree_has_by_then_stays_with_it(auth, shop, tree):
    written(auth)
    shop.store.delete(auth.record)
    other = tree("other")
    other.update(compose_project="shop-other", broker_database=3)
    lease_again(other, {("redis", 1): 4})
    again = rebuild(shop, auth.entry, Trace(key=auth.record.key, name="auth", compose_project="shop-auth"))
    assert (again.record.broker_database, again.queues) == (None, {})
    assert [*written(again).values()][:2] == ["redis://redis:6379/5", "redis://redis:6379/6"]


def test_edited_values_follow_when_all_is_leased_anew(auth, shop, tree):
    written(auth)
    file = auth.record.path / ".env"
    file.write_text(f"{file.read_text()}MORE=1\n")
    renew_broker(auth)
    other = tree("other")
    other.update(compose_project="shop-other", broker_database=3)
    assert [*written(auth).values()][:2] == ["redis://redis:6379/4", "redis://redis:6379/5"]


def test_a_number_of_mains_or_one_that_is_written_twice_is_nobodys_own(auth, shop):
    written(auth)
    key, entry = auth.record.key, auth.entry
    shop.store.delete(auth.record)
    (auth.record.path / ".env").write_text(
        "BROKER_URL=redis://redis:6379/6\nCELERY_RESULT_BACKEND=redis://redis:6379/6\n"
        "CACHE_URL=redis://redis:6379/1\n"
    )
    again = rebuild(shop, entry, Trace(key=key, name="auth", compose_project="shop-auth"))
    assert (again.record.broker_database, again.queues) == (6, {})


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
