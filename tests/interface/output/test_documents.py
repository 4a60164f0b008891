"""Every JSON document: its keys, which whoever reads it counts on. They are only added to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from worktree_tasks.configuration.compose.git_access import GitAccess
from worktree_tasks.configuration.compose.machine_access import Exposure
from worktree_tasks.configuration.compose.role_changes import RoleChange
from worktree_tasks.configuration.compose.service_roles import Service
from worktree_tasks.configuration.doctor_findings import Checked, Diagnosis, EngineFacts, Finding
from worktree_tasks.configuration.drift.drift_lines import Apart
from worktree_tasks.configuration.ports import Port
from worktree_tasks.configuration.unsavable_files import LeftOut
from worktree_tasks.configuration.worktree_result import (
    Listing,
    MainCheckout,
    OwnDatabase,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from worktree_tasks.errors import Failure
from worktree_tasks.git import RestorePoint
from worktree_tasks.interface.output import documents, trash_documents
from worktree_tasks.orchestration.flows.clean import Cleaning, CleaningRow
from worktree_tasks.orchestration.flows.database import Databases, DatabaseView
from worktree_tasks.orchestration.flows.open import Opened
from worktree_tasks.orchestration.flows.plan import EnvChange, Plan
from worktree_tasks.orchestration.flows.projects import KnownProject, Projects
from worktree_tasks.orchestration.flows.remove import Removed
from worktree_tasks.orchestration.flows.restore import Restored
from worktree_tasks.orchestration.flows.smoke import Smoked
from worktree_tasks.orchestration.flows.start_all import Started
from worktree_tasks.orchestration.flows.stop_all import Stopped
from worktree_tasks.orchestration.runtimes.runtime_values import LogLine, Logs, Origin, Ran
from worktree_tasks.store import Database, Record

URL = "http://localhost:8001"
WEB = ServiceState("running", "healthy", (PublishedPort(8000, 8001, URL),))
TREE = Worktree(
    name="auth",
    branch="feature/auth",
    path=Path("/w/auth"),
    slot=1,
    url=URL,
    compose_project="shop-auth",
    state="partial",
    phase="degraded",
    lacking=("db",),
    databases=(OwnDatabase("db", "shop_auth_1", "postgres", "clone"),),
    services={"web": WEB, "worker": ServiceState("exited", exit_code=1)},
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
    "state": "partial",
    "phase": "degraded",
    "services": {
        "web": {
            "state": "running",
            "health": "healthy",
            "ports": [{"target": 8000, "published": 8001, "url": URL, "protocol": "tcp"}],
            "exit_code": None,
            "done": False,
        },
        "worker": {"state": "exited", "health": None, "ports": [], "exit_code": 1, "done": False},
    },
    "database": "shared",
    "databases": [{"service": "db", "name": "shop_auth_1", "engine": "postgres", "mode": "clone"}],
    "on": None,
    "changes": {"modified": 1, "untracked": 2, "ahead": 3, "behind": 4, "unpushed": 5},
    "merged": "squash",
    "locked": None,
}

NOW = 1_000_000.0
LEFT_OUT = LeftOut("big", 5, "too large")
POINT = RestorePoint(
    "auth-1", "1a2b3c", "auth", NOW - 60, "1a2b3c", "auth", None, 3, 99,
    left_out=(LEFT_OUT,), notes={"branch": "auth", "path": "/w/auth", "key": "k"},
)  # fmt: skip
POINT_KEYS = "name worktree branch path created age files size operation left_out"
LEFT_OUT_KEYS = "path size why"
RAN_KEYS = "name argv output code stdout stderr omitted"
RECORD = Record(
    id=1, key="k", project_id=1, name="auth", branch="auth", path=Path("/w/auth"), state="ready", slot=1,
    start_commit=None, made_branch=True, runtime="compose", compose_project="shop-auth", network="n",
    subnet=None, broker_database=None, host="localhost", database="shared", created=0.0,
)  # fmt: skip
PLAN = Plan(
    "fix", "new branch", "fix", "/w/fix", "shop-fix", "n", 1,
    services=(Service("web", "own", "built here"),), ports=(Port("web", 8000),), files=(".env",),
    images=(Origin("web", "t", built=True, reason="r"),), env=(EnvChange(".env", "A", "1", "2", "r"),),
    notes=("note",), exposures=(Exposure("mount", "/"),), hooks=(("after_new", "true"),),
    git=(GitAccess("web", "ro", "r"),),
)  # fmt: skip
GONE = Database("shop_auth_1", "k", "auth", "db", "postgres", "shop", "clone", "trashed", 0.0)
VIEW = DatabaseView("db", "shop_auth_1", "postgres", "clone", "shop", "ready", 5, 60.0)
ROW = CleaningRow("auth", "auth", Path("/w/auth"), remove=True, reason="merged", key="k")
FACTS = EngineFacts("unix:///run/docker.sock", "context default")
CHECKED = Checked("links", "whole", (Finding("link", "auth", "gone", "wt.doctor --fix"),))
SHOP = KnownProject("shop", Path("/w/shop"), 2)
DOCUMENTS = {
    "plan": (
        documents.plan(PLAN),
        {
            "": "branch source name path compose_project network slot services ports files images env notes "
            "exposures hooks database databases git",
            "git": "service mode reason",
            "services": "name role reason kind started idle",
            "ports": "service target protocol main base published host_ip",
            "images": "service tag built reason",
            "env": "file key old new reason",
            "exposures": "kind what service",
        },
    ),
    "trash": (
        trash_documents.trash([POINT], NOW, {"k": ((GONE, 5),)}),
        {
            "": "restore_points",
            "restore_points": f"{POINT_KEYS} databases",
            "restore_points.databases": "service name mode size",
            "restore_points.left_out": LEFT_OUT_KEYS,
        },
    ),
    "restore": (
        documents.document(Restored("auth", "auth", Path("/w/auth"), "auth-1")),
        {"": "name branch path restore_point changed"},
    ),
    "remove": (
        documents.document(Removed("auth", "auth", Path("/w/auth"), True, "auth-1", (LEFT_OUT,))),  # noqa: FBT003
        {"": "name branch path branch_deleted restore_point left_out", "left_out": LEFT_OUT_KEYS},
    ),
    "clean": (
        trash_documents.cleaning(Cleaning((ROW,), (POINT,), (GONE,)), NOW),
        {
            "": "worktrees expired databases",
            "databases": "service name worktree",
            "worktrees": "name branch path remove reason removed restore_point",
            "expired": POINT_KEYS,
            "expired.left_out": LEFT_OUT_KEYS,
        },
    ),
    "database": (
        documents.document(Databases("auth", "clone", (VIEW,), (Apart("db", "shop", True, "Django"),))),  # noqa: FBT003
        {
            "": "name mode databases drift",
            "databases": "service name engine mode main state size age",
            "drift": "service database shared tool unknown pending changed owners branch",
        },
    ),
    "doctor": (
        documents.diagnosis(Diagnosis(FACTS, (CHECKED,))),
        {
            "": "engine findings",
            "engine": "endpoint source version api compose git",
            "findings": "kind subject what fix fixed",
        },
    ),
    "compose": (documents.ran(Ran("auth", None, ("ps",))), {"": RAN_KEYS, "omitted": "stdout stderr"}),
    "run": (
        documents.ran(Ran("auth", "web", ("true",))),
        {"": f"{RAN_KEYS} service", "omitted": "stdout stderr"},
    ),
    "logs": (
        documents.document(Logs((LogLine("web", "hello"),))),
        {"": "lines omitted", "lines": "service line"},
    ),
    "open": (documents.document(Opened("auth", URL, opened=True)), {"": "name url opened"}),
    "path": (documents.path(Path("/w/auth")), {"": "path on"}),
    "smoke": (documents.document(Smoked("auth", URL, 2)), {"": "name url services"}),
    "projects": (
        documents.projects(Projects((SHOP,), (SHOP,))),
        {
            "": "projects forgotten",
            "projects": "name main worktrees gone left",
            "forgotten": "name main",
        },
    ),
    "start-all": (
        documents.started([Started("shop", "auth", 2)]),
        {"": "started", "started": "project name containers"},
    ),
    "stop-all": (
        documents.stopped([Stopped("shop", "auth", 2)]),
        {"": "stopped", "stopped": "project name containers"},
    ),
    "shell-init": (documents.functions("bash", "wt() { :; }"), {"": "shell text"}),
    "ensure-main": (documents.services({"db": "healthy"}), {"": "services", "services": "db"}),
    "another step": (documents.step(RECORD), {"": "name branch path slot compose_project network"}),
    "an error": (
        documents.error(Failure("what", "hint", ["detail"])),
        {"": "error", "error": "kind what details hint code"},
    ),
}


def keys(value, place=""):
    """Yield the keys of every object in a document, with the place that it has there."""
    if isinstance(value, dict):
        yield place, set(value)
        for key, one in value.items():
            yield from keys(one, f"{place}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for one in value:
            yield from keys(one, place)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_has_these_keys_and_no_others_and_is_plain_json(name):
    document, expected = DOCUMENTS[name]
    assert document["schema"] == 1
    assert json.loads(json.dumps(document)) == document
    expected = {place: set(words.split()) for place, words in expected.items()}
    expected[""] |= {"schema"}
    assert dict(keys(document)) == expected


def test_an_error_beside_a_result_has_the_keys_of_both():
    error = Failure("Docker does not answer")
    error.besides = documents.listing(Listing("shop", MainCheckout(Path("/w/shop"), None, "unknown")))
    assert set(documents.error(error)) == {"schema", "project", "main", "worktrees", "absent", "error"}


def test_a_worktrees_document_has_these_keys_and_no_others():
    tree = replace(TREE, pending=(RoleChange("redis", "shared", "own", "wt.services.own names it"),))
    pending = [
        {"subject": "redis", "now": "shared", "renewed": "own", "reason": "wt.services.own names it"},
    ]
    assert documents.worktree(tree) == {"schema": 1, **TREE_DOCUMENT, "pending": pending}
    assert documents.worktree(replace(TREE, pending=())) == {"schema": 1, **TREE_DOCUMENT, "pending": []}
    assert documents.worktree(TREE) == {"schema": 1, **TREE_DOCUMENT}


def test_a_listings_document_has_these_keys_and_no_others():
    main = MainCheckout(Path("/w/shop"), "main", "partial", {"db": ServiceState("exited", exit_code=0)})
    assert documents.listing(Listing("shop", main, (TREE,))) == {
        "schema": 1,
        "project": "shop",
        "main": {
            "path": "/w/shop",
            "branch": "main",
            "state": "partial",
            "services": {
                "db": {"state": "exited", "health": None, "ports": [], "exit_code": 0, "done": False}
            },
        },
        "worktrees": [TREE_DOCUMENT],
        "absent": [],
    }


def test_many_projects_are_one_document_with_an_object_for_each_and_what_was_measured():
    main = MainCheckout(Path("/w/shop"), "main", "running", last_commit=5, memory=512)
    one = Listing("shop", main, (replace(TREE, last_commit=7, memory=1024),))
    each = documents.listing(one)
    del each["schema"]
    each["main"] |= {"last_commit": 5, "memory": 512}
    each["worktrees"][0] |= {"last_commit": 7, "memory": 1024}
    assert documents.listings((one, one)) == {"schema": 1, "projects": [each, each]}
    assert documents.listings(()) == {"schema": 1, "projects": []}


def test_a_worktree_that_is_not_ours_has_every_key_too():
    foreign = documents.worktree(Worktree("old", None, Path("/w/old")))
    assert set(foreign) == {"schema", *TREE_DOCUMENT}
    assert (foreign["state"], foreign["slot"], foreign["branch"]) == ("unmanaged", None, None)
    assert (foreign["services"], foreign["changes"]) == ({}, None)


def test_documents_are_plain_json_whatever_the_path():
    odd = documents.worktree(Worktree("odd", "größe", Path("/w/a b/\udcff")))
    assert json.loads(json.dumps(odd)) == odd
    assert json.loads(json.dumps(documents.worktree(TREE))) == documents.worktree(TREE)
