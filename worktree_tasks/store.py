"""The state store: one SQLite file per user that leases slots, ports and names and records worktrees.

Identity is the record, not the branch or the path: branches are switched, directories moved.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import MutableMapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import interruption
from .configuration.ports import Port
from .errors import Failure, StateDamaged
from .register import state_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

__all__ = [
    "Project",
    "Record",
    "Store",
    "Verdicts",
    "open_copy",
    "open_store",
    "set_aside",
    "state_directory",
]

_SCHEMA_VERSION = 1
_BUSY_SECONDS = 30.0
_FILE = "state.sqlite3"
# What SQLite says of a file that it cannot make sense of: SQLITE_ERROR for a table or column that should be
# there, SQLITE_CORRUPT, SQLITE_NOTADB: https://www.sqlite.org/rescode.html
_DAMAGED = frozenset({1, 11, 26})
_SCHEMA = """
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


@dataclass(frozen=True, slots=True)
class Project:
    """A project known on this machine.

    Attributes:
        id: Its number in the store.
        name: Main's compose project.
        main: The main checkout.
        common_dir: The repository's common git directory, by which a project is known.
        used: When a command last ran in it, in seconds since the epoch.
    """

    id: int
    name: str
    main: Path
    common_dir: Path
    used: float


@dataclass(frozen=True, slots=True)
class Record:
    """What is recorded of one worktree.

    Attributes:
        id: Its number in the store.
        key: What the labels of its containers, network and volumes carry.
        project_id: Its project.
        name: Its slug.
        branch: The branch it was made for.
        path: Its directory.
        state: `creating`, `ready` or `removing`.
        slot: Its N; None until ports are allocated.
        start_commit: The commit that its branch was new at; None for one that existed, here or on a remote.
        made_branch: Whether the branch was made with it.
        runtime: What runs its stack.
        compose_project: Its stack's compose project; None until ports are allocated.
        network: Its network's name; None until there is one.
        subnet: Its network's range.
        broker_database: The Redis database of its message broker; None without one.
        broker_service: The shared service in which that database was empty at first; None when it was not
            seen so.
        host: The host name that its URLs carry.
        database: `shared`.
        created: When it was made, in seconds since the epoch.
        trash: The restore point that a removal made, which was begun.
        restoring: The restore point that it is being made from.
        restored: The restore point that it was made from.
        opened: Whether it was opened to the end: its stack started, and the hook `after_new` done.
    """

    id: int
    key: str
    project_id: int
    name: str
    branch: str
    path: Path
    state: str
    slot: int | None
    start_commit: str | None
    made_branch: bool
    runtime: str
    compose_project: str | None
    network: str | None
    subnet: str | None
    broker_database: int | None
    host: str
    database: str
    created: float
    trash: str | None = None
    restoring: str | None = None
    restored: str | None = None
    opened: bool = False
    broker_service: str | None = None


_COLUMNS = tuple(field.name for field in fields(Record))


def open_store(directory: Path | None = None) -> Store:
    """Open the user's store, made when it is not there.

    Raises:
        StateDamaged: The file is no store, or not all of one.
        Failure: The file cannot be read or written, or was written by a later version.
    """
    directory = directory or state_directory()
    with _speaking(directory / _FILE):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Store(directory / _FILE)


def open_copy(directory: Path | None = None, *, blank: bool = False) -> Store:
    """Open a copy of the user's store in memory: what is written to it is forgotten.

    Args:
        directory: Where our state is kept.
        blank: Whether the copy is of a store with nothing in it.

    Raises:
        StateDamaged: The file is no store, or not all of one.
        Failure: The file cannot be read, or was written by a later version.
    """
    path = (directory or state_directory()) / _FILE
    with _speaking(path):
        memory = _connect(":memory:")
        try:
            if not blank and path.is_file():
                with closing(_connect_untouched(path)) as original:
                    original.backup(memory)
            return Store(path, memory)
        except BaseException:
            memory.close()
            raise


def set_aside(directory: Path | None = None) -> Path | None:
    """Give a damaged state file another name, and what SQLite keeps beside it too.

    Returns:
        Where it is now; None when there was none.
    """
    path = (directory or state_directory()) / _FILE
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}")
    with _speaking(path):
        for end in ("-wal", "-shm", ""):
            file = path.with_name(path.name + end)
            if file.exists():
                file.rename(aside.with_name(aside.name + end))
    return aside if aside.exists() else None


def _connect(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _connect_untouched(path: Path) -> sqlite3.Connection:
    """Connect so that not a byte of the file is another when the connection is closed again."""
    if path.with_name(path.name + "-wal").exists():
        # What stands in the log would be moved into the file by who writes, and not by who reads.
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    # Who reads only would leave a log behind where there is none.
    return _connect(path)


@contextmanager
def _speaking(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into errors for users."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (OSError, sqlite3.Error) as error:
        # The base class itself stands for a damaged file that was not given a code.
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(error, sqlite3.DatabaseError) and code is not None and code & 0xFF in _DAMAGED:
            raise StateDamaged(path, str(error)) from error
        raise Failure(
            f"cannot use the state file in {path.parent}: {error}",
            "check the directory's permissions and free space, or set XDG_STATE_HOME",
        ) from error


class Store:
    """Leases and records; each method is one short transaction."""

    def __init__(self, path: Path, db: sqlite3.Connection | None = None) -> None:
        self.path = path
        # The lanes of a flow use one connection in turn.
        self._turn = threading.RLock()
        self._db = db or _connect(path)
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
            self._refuse_other_tables()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA_VERSION:
            raise Failure(
                f"{self.path} was written by a later version (schema {version})", "upgrade worktree-tasks"
            )
        if version == _SCHEMA_VERSION:
            return
        self._db.execute("PRAGMA journal_mode = WAL")
        with self._transaction():
            # Another process may have been faster.
            if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    def _refuse_other_tables(self) -> None:
        """Refuse a file of another program, or of a version between releases."""
        rows = self._db.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
        found = {" ".join(str(row[0]).split()) for row in rows}
        for statement in _SCHEMA.split(";"):
            wanted = " ".join(statement.split())
            if wanted and wanted not in found:
                name = wanted.split()[2]
                raise StateDamaged(self.path, f"its table {name} is not there, or another one")

    def faults(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong in the file, such as a page that is gone; nothing in a sound one."""
        rows = self._ask("PRAGMA quick_check(3)")
        return tuple(str(row[0]) for row in rows if row[0] != "ok")

    def orphans(self) -> int:
        """Return how many leases and notes belong to no worktree."""
        return len(self._ask("PRAGMA foreign_key_check"))

    def drop_orphans(self) -> None:
        """Delete leases and notes that belong to no worktree."""
        with self._transaction():
            for table in ("lease", "port", "written", "env_file"):
                self._db.execute(
                    f"DELETE FROM {table} WHERE worktree_id NOT IN (SELECT id FROM worktree)"  # noqa: S608 - constants
                )
            self._db.execute("DELETE FROM worktree WHERE project_id NOT IN (SELECT id FROM project)")

    def _ask(self, query: str, arguments: Iterable[Any] = ()) -> list[sqlite3.Row]:
        with _speaking(self.path):
            return self._db.execute(query, tuple(arguments)).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # Cut through by Ctrl-C, it would stay open in the way of what takes the command back.
        with self._turn, interruption.deferred(), _speaking(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk or a broken file has ended the transaction already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def remember(self, common_dir: Path, *, name: str, main: Path) -> Project:
        """Record that a command runs in a project, and return what is known of it."""
        now = time.time()
        with self._transaction():
            self._db.execute(
                "INSERT INTO project (name, main, common_dir, used) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (common_dir) DO UPDATE SET name = excluded.name, main = excluded.main,"
                " used = excluded.used",
                (name, str(main), str(common_dir), now),
            )
        found = self.project(common_dir)
        assert found is not None  # noqa: S101 - it was written a moment ago
        return found

    def project(self, common_dir: Path) -> Project | None:
        """Return the project of a repository, or None when no command made a worktree in it yet."""
        return next((one for one in self.projects() if one.common_dir == common_dir), None)

    def projects(self) -> tuple[Project, ...]:
        """Return the projects of this machine, last used first."""
        rows = self._ask("SELECT id, name, main, common_dir, used FROM project ORDER BY used DESC")
        return tuple(
            Project(row["id"], row["name"], Path(row["main"]), Path(row["common_dir"]), row["used"])
            for row in rows
        )

    def forget(self, project: Project) -> None:
        """Forget a project and all its worktrees."""
        with self._transaction():
            self._db.execute("DELETE FROM project WHERE id = ?", (project.id,))

    def records(self, project: Project | None = None) -> tuple[Record, ...]:
        """Return the worktrees of a project, or of all, in the order of their slots."""
        where, arguments = ("WHERE project_id = ?", (project.id,)) if project else ("", ())
        rows = self._ask(
            f"SELECT {', '.join(_COLUMNS)} FROM worktree {where} ORDER BY project_id, slot, id",  # noqa: S608 - constants
            arguments,
        )
        return tuple(_record(row) for row in rows)

    def record(self, key: str) -> Record:
        """Return the record with a key.

        Raises:
            Failure: It is gone; another command removed it.
        """
        rows = self._ask(
            f"SELECT {', '.join(_COLUMNS)} FROM worktree WHERE key = ?",  # noqa: S608 - constants
            (key,),
        )
        if not rows:
            raise Failure("the worktree was removed by another command", "wt.list shows what is there")
        return _record(rows[0])

    def create(
        self,
        project: Project,
        *,
        branch: str,
        name: Callable[[Collection[str]], str],
        path: Callable[[str], Path],
        start_commit: str | None,
        made_branch: bool,
        host: str,
        restoring: str | None = None,
        opened: bool = False,
    ) -> Record:
        """Record a worktree that is about to be made, in state `creating`.

        Args:
            project: Its project.
            branch: Its branch.
            name: Chooses the slug, given those that are taken in the project.
            path: Tells the directory of a slug.
            start_commit: The commit that a new branch starts from; None for one that exists.
            made_branch: Whether the branch is made with it.
            host: The host name that its URLs carry.
            restoring: The restore point that it is made from.
            opened: Whether it is none of those that the hook `after_new` is for.

        Raises:
            Failure: Another record has the directory.
        """
        key = uuid.uuid4().hex
        with self._transaction():
            taken = {
                row[0]
                for row in self._db.execute("SELECT name FROM worktree WHERE project_id = ?", (project.id,))
            }
            chosen = name(taken)
            try:
                self._db.execute(
                    "INSERT INTO worktree (key, project_id, name, branch, path, state, start_commit,"
                    " made_branch, runtime, host, database, created, restoring, opened)"
                    " VALUES (?, ?, ?, ?, ?, 'creating', ?, ?, 'compose', ?, 'shared', ?, ?, ?)",
                    (
                        key,
                        project.id,
                        chosen,
                        branch,
                        str(path(chosen)),
                        start_commit,
                        made_branch,
                        host,
                        time.time(),
                        restoring,
                        opened,
                    ),
                )
            except sqlite3.IntegrityError as error:
                raise Failure(
                    f"{path(chosen)} belongs to another worktree already", "set wt.root to another directory"
                ) from error
        return self.record(key)

    def update(self, record: Record, **values: Any) -> Record:  # noqa: ANN401 - the columns' own types
        """Change columns of a record and return it as it is then."""
        assignments = ", ".join(f"{column} = ?" for column in values if column in _COLUMNS)
        with self._transaction():
            self._db.execute(
                f"UPDATE worktree SET {assignments} WHERE id = ?",  # noqa: S608 - names of columns
                (*map(_plain, values.values()), record.id),
            )
        return self.record(record.key)

    def delete(self, record: Record) -> None:
        """Delete a record with all its leases."""
        with self._transaction():
            self._db.execute("DELETE FROM worktree WHERE id = ?", (record.id,))

    def lease(
        self, record: Record, column: str, choose: Callable[[Collection[Any]], str | int | None]
    ) -> Record:
        """Lease one value for a record, such as a subnet, and return the record with it.

        Args:
            record: Whose lease it is.
            column: `compose_project`, `network`, `subnet` or `broker_database`.
            choose: Chooses a value, given those that others hold; runs inside the transaction.
        """
        with self._transaction():
            held = self.held(record, column)
            self._db.execute(
                f"UPDATE worktree SET {column} = ? WHERE id = ?",  # noqa: S608 - a column's name
                (choose(held), record.id),
            )
        return self.record(record.key)

    def held(self, record: Record, column: str) -> frozenset[str | int]:
        """Return the values of a column that others hold: of the project for Redis databases, else of all."""
        scope = "project_id = ?" if column == "broker_database" else "? IS NOT NULL"
        query = f"SELECT {column} FROM worktree WHERE {scope} AND id != ? AND {column} IS NOT NULL"  # noqa: S608 - a column's name
        return frozenset(row[0] for row in self._db.execute(query, (record.project_id, record.id)))

    def lease_slot(
        self,
        record: Record,
        choose: Callable[[Collection[int], dict[tuple[int, str], str]], tuple[int, Iterable[Port]]],
    ) -> Record:
        """Lease a slot with its ports and return the record with it.

        Args:
            record: Whose lease it is.
            choose: Chooses, given the slots that the project's others have, and the ports that any worktree
                of this machine has with their holders; runs inside the transaction.
        """
        with self._transaction():
            slots = {
                row[0]
                for row in self._db.execute(
                    "SELECT slot FROM worktree WHERE project_id = ? AND id != ? AND slot IS NOT NULL",
                    (record.project_id, record.id),
                )
            }
            holders = {
                (row["published"], row["protocol"]): f"leased by {row['project']}/{row['name']}"
                for row in self._db.execute(
                    "SELECT published, protocol, worktree.name AS name, project.name AS project FROM port"
                    " JOIN worktree ON worktree.id = port.worktree_id JOIN project ON project.id = project_id"
                    " WHERE worktree_id != ? AND published IS NOT NULL",
                    (record.id,),
                )
            }
            slot, ports = choose(slots, holders)
            self._db.execute("UPDATE worktree SET slot = ? WHERE id = ?", (slot, record.id))
            self._replace_ports(record.id, ports)
        return self.record(record.key)

    def _replace_ports(self, worktree: int, ports: Iterable[Port]) -> None:
        self._db.execute("DELETE FROM port WHERE worktree_id = ?", (worktree,))
        self._db.executemany(
            "INSERT INTO port VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    worktree,
                    port.service,
                    port.target,
                    port.protocol,
                    port.main,
                    port.base,
                    port.published,
                    port.host_ip,
                )
                for port in ports
            ],
        )
        # Within one worktree a number may stand twice: on two addresses, or for services of two profiles.
        self._db.execute("DELETE FROM lease WHERE worktree_id = ?", (worktree,))
        self._db.execute(
            "INSERT INTO lease SELECT DISTINCT published, protocol, worktree_id FROM port"
            " WHERE worktree_id = ? AND published IS NOT NULL",
            (worktree,),
        )

    def readmit(self, record: Record, ports: Iterable[Port]) -> Record:
        """Write a record as it was found in what a worktree left, or fill the one that has its key.

        What another worktree holds by now is left out, so that the next start leases it anew.

        Args:
            record: What was found; its number counts for nothing.
            ports: The ports that were found.

        Raises:
            Failure: Another record has its directory or its name.
        """
        ports = tuple(ports)
        with self._transaction():
            others = [one for one in self.records() if one.key != record.key]
            siblings = [one for one in others if one.project_id == record.project_id]
            leased = {
                (row[0], row[1])
                for row in self._ask(
                    "SELECT published, protocol FROM lease JOIN worktree ON worktree.id = worktree_id"
                    " WHERE key != ?",
                    (record.key,),
                )
            }
            if any((port.published, port.protocol) in leased for port in ports) or record.slot in {
                one.slot for one in siblings
            }:
                record, ports = replace(record, slot=None), ()
            if record.compose_project in {one.compose_project for one in others}:
                record = replace(record, compose_project=None)
            if record.subnet in {one.subnet for one in others}:
                record = replace(record, subnet=None)
            if record.broker_database in {one.broker_database for one in siblings}:
                record = replace(record, broker_database=None)
            columns = _COLUMNS[1:]
            changes = ", ".join(f"{one} = excluded.{one}" for one in columns)
            try:
                self._db.execute(
                    f"INSERT INTO worktree ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - constants
                    f" ON CONFLICT (key) DO UPDATE SET {changes}",
                    [_plain(getattr(record, column)) for column in columns],
                )
            except sqlite3.IntegrityError as error:
                raise Failure(
                    f"{record.path} or the name {record.name} belongs to another worktree already",
                    "wt.list --all shows which",
                ) from error
            row = self._db.execute("SELECT id FROM worktree WHERE key = ?", (record.key,)).fetchone()
            self._replace_ports(row[0], ports)
        return self.record(record.key)

    def unleased(self, project: Project) -> frozenset[str]:
        """Return the keys of the worktrees whose ports stand in no lease, or in another's."""
        rows = self._ask(
            "SELECT DISTINCT key FROM port JOIN worktree ON worktree.id = port.worktree_id"
            " LEFT JOIN lease USING (published, protocol, worktree_id)"
            " WHERE project_id = ? AND port.published IS NOT NULL AND lease.published IS NULL",
            (project.id,),
        )
        return frozenset(str(row["key"]) for row in rows)

    def ports(self, project: Project | None = None) -> dict[str, tuple[Port, ...]]:
        """Return the leased ports of a project's worktrees, or of all, by the records' keys."""
        where, arguments = ("WHERE project_id = ?", (project.id,)) if project else ("", ())
        found: dict[str, tuple[Port, ...]] = {}
        for row in self._ask(
            "SELECT key, service, target, protocol, main, base, published, host_ip FROM port"  # noqa: S608 - constants
            f" JOIN worktree ON worktree.id = worktree_id {where} ORDER BY port.rowid",
            arguments,
        ):
            found[row["key"]] = (*found.get(row["key"], ()), Port(*tuple(row)[1:]))
        return found

    def remember_build(self, image: str, inputs: str) -> None:
        """Remember that an image, by its id, is what a build of some inputs, by their digest, gives."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO build VALUES (?, ?)", (image, inputs))

    def knows_build(self, image: str, inputs: str) -> bool:
        """Return whether an image is known to be what a build of some inputs gives."""
        query = "SELECT 1 FROM build WHERE image = ? AND inputs = ?"
        return bool(self._ask(query, (image, inputs)))

    def builds(self, image: str) -> frozenset[str]:
        """Return the digests of the inputs that an image is known to be built from."""
        rows = self._ask("SELECT inputs FROM build WHERE image = ?", (image,))
        return frozenset(str(row["inputs"]) for row in rows)

    def note_written(self, record: Record, digests: Mapping[str, str]) -> None:
        """Note the SHA-256 of files that were written into a worktree, by path."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
                [(record.id, path, digest) for path, digest in digests.items()],
            )

    def written(self, record: Record) -> dict[str, str]:
        """Return what was noted of the files that were written into a worktree."""
        rows = self._ask("SELECT path, digest FROM written WHERE worktree_id = ?", (record.id,))
        return {row["path"]: row["digest"] for row in rows}

    def note_env_file(self, record: Record, path: str, *, main: str, mine: str) -> None:
        """Note main's env file and the worktree's, by their SHA-256, when they are in step."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO env_file VALUES (?, ?, ?, ?)", (record.id, path, main, mine)
            )

    def env_files(self, record: Record) -> dict[str, tuple[str, str]]:
        """Return main's and the worktree's digest of each env file when they last were in step, by path."""
        rows = self._ask("SELECT path, main, mine FROM env_file WHERE worktree_id = ?", (record.id,))
        return {row["path"]: (row["main"], row["mine"]) for row in rows}

    def verdicts(self) -> Verdicts:
        """Return the memory of which commits got into which, and how."""
        return Verdicts(self._db, self.path)


class Verdicts(MutableMapping[tuple[str, str], "str | None"]):
    """What is known of how commits got into others, kept between commands; commits never change."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path
        with _speaking(path):
            rows = db.execute("SELECT tip, base, merged FROM verdict").fetchall()
        self._known: dict[tuple[str, str], str | None] = {(tip, base): merged for tip, base, merged in rows}

    def __getitem__(self, key: tuple[str, str]) -> str | None:
        return self._known[key]

    def __setitem__(self, key: tuple[str, str], merged: str | None) -> None:
        with _speaking(self._path):
            self._db.execute("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?)", (*key, merged))
        self._known[key] = merged

    def __delitem__(self, key: tuple[str, str]) -> None:
        with _speaking(self._path):
            self._db.execute("DELETE FROM verdict WHERE tip = ? AND base = ?", key)
        del self._known[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _plain(value: object) -> Any:  # noqa: ANN401 - what SQLite takes
    return str(value) if isinstance(value, Path) else value


def _record(row: sqlite3.Row) -> Record:
    values = dict(row)
    flags = {name: bool(values[name]) for name in ("made_branch", "opened")}
    return Record(**{**values, **flags, "path": Path(values["path"])})
