from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from worktree_tasks.configuration.results import (
    Listing,
    MainCheckout,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
    document,
)

URL = "http://localhost:8001"
WEB = ServiceState("running", "healthy", (PublishedPort(8000, 8001, URL),))
TREE = Worktree(
    name="auth",
    branch="feature/auth",
    path=Path("/w/auth"),
    slot=1,
    url=URL,
    compose_project="shop-auth",
    state="running",
    services={"web": WEB, "worker": ServiceState("running")},
    database="shared",
    changes=WorktreeChanges(1, 2, 3, 4, 5),
    merged="squash",
)
TREE_DOCUMENT = {
    "name": "auth",
    "branch": "feature/auth",
    "path": "/w/auth",
    "slot": 1,
    "url": URL,
    "compose_project": "shop-auth",
    "state": "running",
    "services": {
        "web": {
            "state": "running",
            "health": "healthy",
            "ports": [{"target": 8000, "published": 8001, "url": URL}],
        },
        "worker": {"state": "running", "health": None, "ports": []},
    },
    "database": "shared",
    "changes": {"modified": 1, "untracked": 2, "ahead": 3, "behind": 4, "unpushed": 5},
    "merged": "squash",
    "locked": None,
}


def test_a_worktrees_document_has_these_keys_and_no_others():
    assert document(TREE) == {"schema": 1, **TREE_DOCUMENT}


def test_a_listings_document_has_these_keys_and_no_others():
    main = MainCheckout(Path("/w/shop"), "main", "partial", {"db": ServiceState("exited")})
    assert document(Listing("shop", main, (TREE,))) == {
        "schema": 1,
        "project": "shop",
        "main": {
            "path": "/w/shop",
            "branch": "main",
            "state": "partial",
            "services": {"db": {"state": "exited", "health": None, "ports": []}},
        },
        "worktrees": [TREE_DOCUMENT],
    }


def test_many_projects_are_one_document_with_an_object_for_each_and_what_was_measured():
    main = MainCheckout(Path("/w/shop"), "main", "running", last_commit=5, memory=512)
    one = Listing("shop", main, (replace(TREE, last_commit=7, memory=1024),))
    each = document(one)
    del each["schema"]
    each["main"] |= {"last_commit": 5, "memory": 512}
    each["worktrees"][0] |= {"last_commit": 7, "memory": 1024}
    assert document((one, one)) == {"schema": 1, "projects": [each, each]}
    assert document(()) == {"schema": 1, "projects": []}


def test_a_worktree_that_is_not_ours_has_every_key_too():
    foreign = document(Worktree("old", None, Path("/w/old")))
    assert set(foreign) == {"schema", *TREE_DOCUMENT}
    assert (foreign["state"], foreign["slot"], foreign["branch"]) == ("unmanaged", None, None)
    assert (foreign["services"], foreign["changes"]) == ({}, None)


def test_documents_are_plain_json_whatever_the_path():
    odd = document(Worktree("odd", "größe", Path("/w/a b/\udcff")))
    assert json.loads(json.dumps(odd)) == odd
    assert json.loads(json.dumps(document(TREE))) == document(TREE)
