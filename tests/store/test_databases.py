"""Databases of worktrees' own in the store: leased before they are made, kept after their worktree."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.store import Database, open_store

if TYPE_CHECKING:
    from worktree_tasks.store import Store

WANTED = Database("", "k1", "pay", "db", "postgres", "shop", "clone", "creating", 0)


@pytest.fixture
def store(tmp_path):
    with closing(open_store(tmp_path)) as opened:
        yield opened


def project_in(store: Store) -> int:
    return store.remember(Path("/w/.git"), name="shop", main=Path("/w")).id


def numbered(taken) -> str:
    return next(name for name in (f"shop_{n}" for n in range(100)) if name not in taken)


def test_a_database_is_leased_once_for_each_place_that_it_has(store):
    project = project_in(store)
    first = store.lease_database(project, WANTED, numbered)
    assert (first.name, first.state, first.mode) == ("shop_0", "creating", "clone")
    assert store.lease_database(project, replace(WANTED, mode="empty"), numbered) == first
    other = store.lease_database(project, replace(WANTED, main="jobs"), numbered)
    elsewhere = store.lease_database(project, replace(WANTED, service="db2"), numbered)
    assert (other.name, elsewhere.name) == ("shop_1", "shop_0")
    assert [one.main for one in store.databases(project, "k1")] == ["jobs", "shop", "shop"]


def test_many_commands_at_once_get_a_name_each(tmp_path, store):
    project = project_in(store)

    def lease(number: int) -> str:
        with closing(open_store(tmp_path)) as mine:
            return mine.lease_database(project, replace(WANTED, owner=f"k{number}"), numbered).name

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lease, range(16)))) == 16


def test_a_database_outlives_its_worktree_and_comes_back_with_it(store):
    project = store.remember(Path("/w/.git"), name="shop", main=Path("/w"))

    def made(name: str):
        return store.create(
            project, branch=name, name=lambda _: name, path=lambda slug: Path("/w") / slug,
            start_commit=None, made_branch=True, host="localhost",
        )  # fmt: skip

    before = made("pay")
    leased = store.lease_database(project.id, replace(WANTED, owner=before.key), numbered)
    store.note_database(project.id, leased, state="trashed")
    store.delete(before)
    (kept,) = store.databases(project.id)
    assert (kept.name, kept.state, kept.mode) == ("shop_0", "trashed", "clone")
    after = made("pay-2")
    store.inherit_databases(after, before.key)
    (again,) = store.databases(project.id, after.key)
    assert (again.name, again.worktree) == ("shop_0", "pay-2")
    store.forget_database(project.id, again)
    assert store.databases(project.id) == ()


def test_a_file_of_the_version_before_opens_without_loss(tmp_path, store):
    project = project_in(store)
    store._db.execute("DROP TABLE database")
    store._db.execute("PRAGMA user_version = 5")
    with closing(open_store(tmp_path)) as again:
        assert [one.id for one in again.projects()] == [project]
        assert again.lease_database(project, WANTED, numbered).name == "shop_0"
