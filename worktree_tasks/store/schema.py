"""The tables of the state store."""

from __future__ import annotations

__all__ = ["ADDED", "SCHEMA", "VERSION"]

VERSION = 10
# Tables that were added after the first version; they are made when an older file is opened.
ADDED = {
    2: ("removal",),
    3: ("decision",),
    4: ("scheme",),
    5: ("queue", "virtual_host"),
    6: ("distance", "commit_time", "database"),
    7: ("image",),
    8: ("host", "far_worktree"),
    9: ("idle",),
    10: ("expiring",),
}
SCHEMA = """
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
CREATE TABLE decision (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('own', 'shared')),
    reason TEXT NOT NULL,
    PRIMARY KEY (worktree_id, service)
) STRICT, WITHOUT ROWID;
CREATE TABLE idle (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    PRIMARY KEY (worktree_id, service)
) STRICT, WITHOUT ROWID;
CREATE TABLE queue (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    main INTEGER NOT NULL,
    own INTEGER NOT NULL,
    claimed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (worktree_id, service, main)
) STRICT, WITHOUT ROWID;
CREATE TABLE virtual_host (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (worktree_id, service, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE database (
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    worktree TEXT NOT NULL,
    engine TEXT NOT NULL,
    main TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('clone', 'empty')),
    state TEXT NOT NULL CHECK (state IN ('creating', 'ready', 'trashed')),
    changed REAL NOT NULL,
    PRIMARY KEY (project_id, service, name),
    UNIQUE (project_id, service, owner, main)
) STRICT, WITHOUT ROWID;
CREATE TABLE expiring (
    project_id INTEGER NOT NULL,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    changed REAL NOT NULL,
    seen REAL,
    PRIMARY KEY (project_id, service, name),
    FOREIGN KEY (project_id, service, name) REFERENCES database (project_id, service, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE host (
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE far_worktree (
    project_id INTEGER NOT NULL,
    host TEXT NOT NULL,
    name TEXT NOT NULL,
    branch TEXT,
    path TEXT NOT NULL,
    ports TEXT NOT NULL,
    forwarded INTEGER NOT NULL,
    PRIMARY KEY (project_id, host, name),
    FOREIGN KEY (project_id, host) REFERENCES host (project_id, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE verdict (
    tip TEXT NOT NULL,
    base TEXT NOT NULL,
    merged TEXT,
    PRIMARY KEY (tip, base)
) STRICT, WITHOUT ROWID;
CREATE TABLE distance (
    tip TEXT NOT NULL,
    base TEXT NOT NULL,
    ahead INTEGER NOT NULL,
    behind INTEGER NOT NULL,
    PRIMARY KEY (tip, base)
) STRICT, WITHOUT ROWID;
CREATE TABLE commit_time (
    tip TEXT PRIMARY KEY,
    seconds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE build (
    image TEXT NOT NULL,
    inputs TEXT NOT NULL,
    PRIMARY KEY (image, inputs)
) STRICT, WITHOUT ROWID;
CREATE TABLE image (
    id TEXT PRIMARY KEY,
    git INTEGER NOT NULL
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
CREATE TABLE scheme (
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    published INTEGER NOT NULL,
    scheme TEXT NOT NULL,
    PRIMARY KEY (worktree_id, published)
) STRICT, WITHOUT ROWID;
CREATE TABLE lease (
    published INTEGER NOT NULL,
    protocol TEXT NOT NULL,
    worktree_id INTEGER NOT NULL REFERENCES worktree (id) ON DELETE CASCADE,
    PRIMARY KEY (published, protocol)
) STRICT, WITHOUT ROWID;
"""
