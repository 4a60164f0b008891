"""The engines of databases, and the tables that have to agree with them."""

from __future__ import annotations

from harness.protocols import missing

from worktree_tasks.configuration.env.database_references import COPIED, UNCOPIED
from worktree_tasks.orchestration.databases.database_engine import DataEngine
from worktree_tasks.orchestration.databases.database_engine_table import KINDS, load


def test_values_name_databases_of_each_kind_that_has_an_engine_and_of_no_other():
    assert KINDS == COPIED
    assert not COPIED & UNCOPIED


def test_an_engine_is_of_the_kind_that_it_is_found_by():
    found = [(kind, load(kind)) for kind in KINDS]
    assert all(engine and engine.kind == kind for kind, engine in found)
    assert load("mssql") is None


def test_an_engine_has_all_that_the_protocol_says():
    assert not [(kind, missing(load(kind), DataEngine)) for kind in KINDS if missing(load(kind), DataEngine)]
