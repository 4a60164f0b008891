"""What is remembered of other machines."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from worktree_tasks.machine import known_projects
from worktree_tasks.store import FarWorktree, KnownHost, open_store


@pytest.fixture
def store(nobodys_home):
    with closing(open_store()) as opened:
        yield opened


@pytest.fixture
def shop(store, project):
    return store.remember(project.path / ".git", name="shop", main=project.path)


def test_worktrees_there_are_remembered_with_their_ports_until_they_are_forgotten(store, shop):
    store.remember_host(shop, KnownHost("box", "/far/shop"))
    auth = FarWorktree("box", "auth", "auth", "/far/auth", {8001: 9001}, forwarded=True)
    pay = FarWorktree("box", "pay", None, "/far/pay", {})
    store.remember_far(shop, [auth, pay])
    store.remember_far(shop, [replace(pay, branch="pay")])
    assert store.far_worktrees(shop) == (auth, replace(pay, branch="pay")) == store.far_worktrees()
    store.forget_far(shop, "box", ["pay"])
    assert store.far_worktrees(shop) == (auth,)


def test_a_machine_that_is_forgotten_takes_its_worktrees_along(store, shop):
    for name in ("box", "den"):
        store.remember_host(shop, KnownHost(name, "/far/shop"))
        store.remember_far(shop, [FarWorktree(name, "auth", "auth", "/far/auth", {})])
    store.forget_host(shop, "box")
    assert [one.host for one in store.far_worktrees()] == ["den"]


def test_what_is_there_is_known_to_names_without_the_store(store, shop, project):
    store.remember_host(shop, KnownHost("box", "/far/shop"))
    store.remember_far(shop, [FarWorktree("box", "auth", "feature/auth", "/far/auth", {})])
    (tree,) = known_projects.known(str(project.path)).here.trees
    assert (tree.name, tree.checked_out, tree.path, tree.on) == (
        "auth",
        "feature/auth",
        "box:/far/auth",
        "box",
    )
    assert known_projects.known(str(Path("/far/auth"))).here is None
