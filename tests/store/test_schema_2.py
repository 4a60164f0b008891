"""A state file of schema 2, as an earlier version made it, opens without loss."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from worktree_tasks.configuration.compose.recorded_decision import Decision
from worktree_tasks.configuration.ports import Port
from worktree_tasks.store import open_copy, open_store

# Written out, since it must not follow what the package has today.
SCHEMA_2 = """
CREATE TABLE project (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    main TEXT NOT NULL,
    common_dir TEXT NOT NULL UNIQUE,
    used REAL NOT NULL
) STRICT;
CREATE TABLE worktree (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    branch TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('creating', 'ready', 'removing')),
    slot INTEGER,
    start_commit TEXT,
    made_branch INTEGER NOT NULL,
    runtime TEXT NOT NULL,
    compose_project TEXT UNIQUE,
    network TEXT,
    subnet TEXT UNIQUE,
    broker_database INTEGER,
    broker_service TEXT,
    host TEXT NOT NULL,
    database TEXT NOT NULL,
    created REAL NOT NULL,
    trash TEXT,
    restoring TEXT,
    restored TEXT,
    opened INTEGER NOT NULL DEFAULT 0,
    UNIQUE (project_id, name),
    UNIQUE (project_id, slot),
    UNIQUE (project_id, broker_database)
) STRICT;
CREATE TABLE removal (
    worktree_id INTEGER PRIMARY KEY REFERENCES worktree (id) ON DELETE CASCADE,
    terms TEXT NOT NULL
) STRICT;
CREATE TABLE verdict (
    tip TEXT NOT NULL,
    base TEXT NOT NULL,
    merged TEXT,
    PRIMARY KEY (tip, base)
) STRICT, WITHOUT ROWID;
CREATE TABLE build (
    image TEXT NOT NULL,
    inputs TEXT NOT NULL,
    PRIMARY KEY (image, inputs)
) STRICT, WITHOUT ROWID;
CREATE TABLE written (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (worktree_id, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE env_file (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    main TEXT NOT NULL,
    mine TEXT NOT NULL,
    PRIMARY KEY (worktree_id, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE port (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    target INTEGER NOT NULL,
    protocol TEXT NOT NULL,
    main INTEGER,
    base INTEGER,
    published INTEGER,
    host_ip TEXT NOT NULL
) STRICT;
CREATE TABLE lease (
    published INTEGER NOT NULL,
    protocol TEXT NOT NULL,
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    PRIMARY KEY (published, protocol)
) STRICT, WITHOUT ROWID;
"""
ROWS = """
INSERT INTO project VALUES (1, 'shop', '/w/shop', '/w/shop/.git', 5.0);
INSERT INTO worktree VALUES (1, 'k1', 1, 'pay', 'feature/pay', '/w/pay', 'ready', 3, 'abc', 1, 'compose',
    'shop-pay', 'shop_worktree_pay', '10.0.0.0/26', 2, 'redis', 'localhost', 'shared',
    9.0, NULL, NULL, NULL, 1);
INSERT INTO removal VALUES (1, '{"force": true}');
INSERT INTO verdict VALUES ('a', 'b', 'squash');
INSERT INTO build VALUES ('i', 'd');
INSERT INTO written VALUES (1, '.env', 'digest');
INSERT INTO env_file VALUES (1, '.env', 'm', 'w');
INSERT INTO port VALUES (1, 'web', 8000, 'tcp', 8000, 8000, 8003, '');
INSERT INTO lease VALUES (8003, 'tcp', 1);
PRAGMA user_version = 2;
"""


def written(folder: Path) -> Path:
    file = folder / "state.sqlite3"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(SCHEMA_2 + ROWS)
    return file


def test_all_that_was_recorded_is_there_and_decisions_can_be_added(tmp_path):
    written(tmp_path)
    with closing(open_store(tmp_path)) as store:
        (record,) = store.records()
        assert (record.key, record.name, record.path) == ("k1", "pay", Path("/w/pay"))
        assert (record.slot, record.broker_database, record.broker_service) == (3, 2, "redis")
        assert store.ports()["k1"] == (Port("web", 8000, main=8000, base=8000, published=8003),)
        assert store.removal_terms(record) == {"force": True}
        assert dict(store.verdicts()) == {("a", "b"): "squash"}
        assert not {**store.distances(), **store.commit_times()}
        assert store.builds("i") == {"d"}
        assert (store.written(record), store.env_files(record)) == ({".env": "digest"}, {".env": ("m", "w")})
        assert store.decisions(record) == {}
        decisions = {"web": Decision("own", "it is built from the project"), "db": Decision("shared")}
        store.record_decisions(record, decisions)
        assert store.decisions(record) == decisions
        store.record_decisions(record, {"web": Decision("shared", "wt.services.shared names it")})
        assert set(store.decisions(record)) == {"web"}
        store.delete(record)
        assert store._ask("SELECT * FROM decision") == []


def test_a_copy_of_it_is_migrated_and_the_file_is_not(tmp_path):
    file = written(tmp_path)
    before = file.read_bytes()
    with closing(open_copy(tmp_path)) as store:
        assert [one.name for one in store.records()] == ["pay"]
    assert file.read_bytes() == before
