"""Databases of worktrees' own on a real MariaDB that main writes to meanwhile, and main's SQLite files."""
# ruff: noqa: S608 - names of our own

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest
from harness.programs import docker, needed, wait_for
from harness.toys import PROJECTS

from worktree_tasks.command import run
from worktree_tasks.configuration.databases.database_marks import FILLING, READY, TRASHED, DatabaseMark
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.databases.database_engine import Server
from worktree_tasks.orchestration.databases.mysql import MySQL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from worktree_tasks.command import Result

pytestmark = pytest.mark.engine

ROOT = "it's a $ecret"
# Names are as long as they get.
LONG = "a`b 'c\\d ünï-".ljust(60, "x") + "ends"
OBJECTS = rf"""
CREATE TABLE item (
    id INT AUTO_INCREMENT PRIMARY KEY, price DECIMAL(10, 2),
    name VARCHAR(50) CHARACTER SET latin1, text TEXT CHARACTER SET utf8mb4,
    at TIMESTAMP NULL, kind ENUM('a', 'b'), tags SET('x', 'y'), more JSON, raw BLOB, bits BIT(10),
    twice DECIMAL(12, 2) AS (price * 2) STORED, half DECIMAL(12, 2) AS (price / 2) VIRTUAL,
    CONSTRAINT positive CHECK (price >= 0), FULLTEXT KEY words (text)
) COMMENT 'it''s "quoted" \\ ünï 😀' AUTO_INCREMENT = 1000;
INSERT INTO item (name, text, price, at, kind, tags, more, raw, bits) VALUES
    ('é', '😀\t\n\\ "quoted" ''it''', 1.5, '2026-01-01 00:00:01', 'a', 'x,y', '{{"a": 1}}',
     UNHEX('000102030D0A1A22275CFFFE80E4E9'), b'1010101010');
INSERT INTO item (price) SELECT seq FROM seq_1_to_5000;
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
INSERT INTO item (id, at) VALUES (0, 0);
SET SESSION sql_mode = DEFAULT;
CREATE TABLE old (id INT, w VARCHAR(20)) ENGINE = MyISAM;
INSERT INTO old VALUES (1, 'one');
CREATE TABLE child (id INT PRIMARY KEY, parent INT,
    CONSTRAINT to_item FOREIGN KEY (parent) REFERENCES item (id) ON DELETE CASCADE);
INSERT INTO child VALUES (1, 1000);
CREATE TABLE `{LONG.replace("`", "``")}` (`col``1` INT, `ünï` INT);
INSERT INTO `{LONG.replace("`", "``")}` VALUES (1, 2);
CREATE TABLE parts (id INT, y INT) PARTITION BY RANGE (y)
    (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE);
INSERT INTO parts VALUES (1, 1999), (2, 2026);
CREATE TABLE place (id INT, p POINT NOT NULL, SPATIAL KEY (p));
INSERT INTO place VALUES (1, ST_GeomFromText('POINT(1 2)'));
CREATE TABLE wide (id INT, b LONGBLOB);
INSERT INTO wide VALUES (1, REPEAT(UNHEX('00FF5C270AE041'), 500000));
CREATE SEQUENCE numbers START WITH 10 INCREMENT BY 5;
DO NEXTVAL(numbers);
CREATE TABLE versioned (id INT, v INT) WITH SYSTEM VERSIONING;
INSERT INTO versioned VALUES (1, 1);
UPDATE versioned SET v = 2;
CREATE VIEW cheap AS SELECT id, price FROM item WHERE price < 10;
CREATE DEFINER = toy VIEW above AS SELECT c.id, p.price FROM cheap AS p JOIN child AS c ON c.parent = p.id;
CREATE FUNCTION half_of(x INT) RETURNS INT DETERMINISTIC RETURN x / 2;
DELIMITER //
CREATE PROCEDURE count_them(OUT n INT) COMMENT 'counts; them' BEGIN SELECT COUNT(*) INTO n FROM item; END//
CREATE TRIGGER child_made AFTER INSERT ON child FOR EACH ROW
    BEGIN INSERT INTO old VALUES (NEW.id, 'made; by trigger'); END//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' COMMENT 'n'
    DO BEGIN DELETE FROM old WHERE id > 100; END//
DELIMITER ;
CREATE ROLE reader;
GRANT SELECT (name) ON item TO toy;
GRANT INSERT ON old TO reader;
GRANT EXECUTE ON PROCEDURE count_them TO reader;
GRANT ALL ON `test\_to\_y`.* TO toy WITH GRANT OPTION;
"""
TABLES = ("item", "old", "child", "parts", "place", "wide", "versioned", LONG)


class Market:
    """A toy with MariaDB, whose server is asked as root here and as the engine does it."""

    def __init__(self, toy) -> None:
        self.toy = toy
        self.container = toy.containers()["db"]["Id"]
        self.engine = MySQL()
        # A toy's names for its superuser are the container's own.
        self.server = Server("db", {}, self.execute)

    def execute(self, argv: Sequence[str], env: Mapping[str, str]) -> Result:
        more = [word for key, value in env.items() for word in ("--env", f"{key}={value}")]
        return run(["docker", "exec", *more, self.container, *argv], check=False)

    def sql(self, statement: str, database: str = "to_y") -> str:
        words = (
            "mariadb",
            "--user=root",
            "--default-character-set=utf8mb4",
            "--batch",
            "--skip-column-names",
        )
        return docker("exec", "--env", f"MYSQL_PWD={ROOT}", self.container, *words, "-e", statement, database)

    def load(self, text: str) -> None:
        words = [
            "docker",
            "exec",
            "-i",
            "--env",
            f"MYSQL_PWD={ROOT}",
            self.container,
            "mariadb",
            "--user=root",
        ]
        done = run([*words, "--default-character-set=utf8mb4", "to_y"], stdin=text, check=False)
        assert done.code == 0, done.err

    def schema(self, database: str) -> str:
        words = ("mariadb-dump", "--user=root", "--no-data", "--routines", "--events", "--skip-comments")
        return docker("exec", "--env", f"MYSQL_PWD={ROOT}", self.container, *words, database)

    def rows(self, database: str) -> str:
        tables = ", ".join(f"`{one.replace('`', '``')}`" for one in TABLES)
        found = self.sql(f"CHECKSUM TABLE {tables} EXTENDED", database)
        history = self.sql("SELECT * FROM versioned FOR SYSTEM_TIME ALL ORDER BY v", database)
        return found.replace(f"{database}.", "") + history + self.sql("SELECT * FROM above", database)

    def grants(self) -> list[str]:
        told = [
            *self.sql("SHOW GRANTS FOR toy").splitlines(),
            *self.sql("SHOW GRANTS FOR reader").splitlines(),
        ]
        return [line.replace("\\\\", "\\") for line in told]

    def names(self) -> set[str]:
        return set(self.sql("SHOW DATABASES").split())

    def database(self, name: str, statements: str) -> str:
        """Make a database of main's."""
        self.sql(f"CREATE DATABASE `{name}`; USE `{name}`; {statements}")
        return name

    def drop(self, *names: str) -> None:
        self.sql("; ".join(f"DROP DATABASE IF EXISTS `{name}`" for name in names))

    def fill(self, main: str, name: str, report=lambda _, __: None) -> None:
        self.engine.fill(self.server, main, name, DatabaseMark("k1", main, READY, 5.0), report)

    def mark(self, name: str) -> DatabaseMark | None:
        return self.engine.stored(self.server)[name].mark


def own(tree) -> str:
    (one,) = tree["databases"]
    assert (one["service"], one["engine"]) == ("db", "mysql")
    return one["name"]


@pytest.fixture(scope="module")
def market(make_toy):
    """The market with every kind of object in its database, with another one beside it, and a SQLite file."""
    needed("image mariadb:10.11: run ci/images", "docker", "image", "inspect", "mariadb:10.11")
    toy = make_toy(PROJECTS / "market")
    toy.compose("up", "--detach", "--wait", "--quiet-pull")
    made = Market(toy)
    made.load(OBJECTS)
    yield made
    toy.destroy()


@pytest.fixture(scope="module")
def pay(market):
    return market.toy.new("pay", "--database", "clone")


def test_a_worktree_gets_a_copy_of_mains_database_object_by_object(market, pay):
    name = own(pay)
    assert pay["database"] == "clone"
    assert market.schema(name) == market.schema("to_y")
    assert market.rows(name) == market.rows("to_y")
    (port,) = pay["services"]["web"]["ports"]
    url = market.toy.get(port["published"])["DATABASE_URL"]
    assert url == f"mysql2://toy:toy@db:3306/{name}?encoding=utf8mb4"
    assert market.toy.get(market.toy.web)["DATABASE_URL"].endswith("/to_y?encoding=utf8mb4")


def test_it_is_granted_to_whom_mains_is(market, pay):
    name = own(pay)
    pattern = name.replace("_", "\\_")
    granted = market.grants()
    for line in (
        f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO `toy`@`%`",
        f"GRANT ALL PRIVILEGES ON `test\\_{pattern}`.* TO `toy`@`%` WITH GRANT OPTION",
        f"GRANT SELECT (`name`) ON `{name}`.`item` TO `toy`@`%`",
        f"GRANT INSERT ON `{name}`.`old` TO `reader`",
        f"GRANT EXECUTE ON PROCEDURE `{name}`.`count_them` TO `reader`",
    ):
        assert line in granted


def test_its_size_and_mark_are_told(market, pay):
    # The server only estimates sizes until it has analyzed the tables.
    login = ("--env", f"MYSQL_PWD={ROOT}", market.container)
    docker("exec", *login, "mariadb-check", "--user=root", "--analyze", "--databases", "to_y", own(pay))
    stored = market.engine.stored(market.server)
    assert set(stored) >= {"to_y", own(pay)}
    assert "worktree_tasks" not in stored
    assert 0.5 < stored[own(pay)].size / stored["to_y"].size < 2
    mark = stored[own(pay)].mark
    assert (mark.main, mark.state) == ("to_y", READY)
    assert mark.seconds > 0
    assert stored["to_y"].mark is None
    (view,) = market.toy.wt("database", "pay", "--json").json["databases"]
    assert (view["name"], view["state"], view["size"]) == (own(pay), "ready", stored[own(pay)].size)


def test_an_empty_one_is_collated_and_granted_as_mains(market):
    name = own(market.toy.new("empty", "--database", "empty"))
    ask = "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{}'"
    assert market.sql(ask.format(name)) == market.sql(ask.format("to_y"))
    assert market.sql("SHOW TABLES", name) == ""
    words = ("--env", "MYSQL_PWD=toy", market.container, "mariadb", "--user=toy", name)
    docker("exec", *words, "-e", "CREATE TABLE made (id INT)")
    market.toy.wt("remove", "empty")


def test_a_removed_one_comes_back_and_what_is_dropped_takes_its_grants_along(market):
    name = own(market.toy.new("gone", "--database", "clone"))
    market.sql("DELETE FROM old", name)
    market.toy.wt("remove", "gone")
    assert market.mark(name).state == TRASHED
    market.toy.wt("restore", "gone")
    assert own(market.toy.wt("start", "gone", "--json").json) == name
    assert market.mark(name).state == READY
    assert market.sql("SELECT COUNT(*) FROM old", name) == "0"
    market.toy.wt("remove", "gone")
    for _ in range(2):
        market.toy.wt(
            "clean", "--yes", env={"INVOKE_WT_TRASH_DAYS": "0", "INVOKE_WT_CLEAN_MIN_AGE": "999999"}
        )
        market.toy.let_a_day_pass()
    assert name not in market.names()
    pattern = name.replace("_", "\\_")
    assert not [line for line in market.grants() if name in line or pattern in line]
    assert "to_y" in market.names()


def test_a_database_without_our_mark_is_left_as_it_is(market):
    name = own(market.toy.new("foreign", "--database", "clone"))
    market.sql(f"DELETE FROM worktree_tasks.mark WHERE name = '{name}'")
    told = market.toy.wt("database", "foreign", "--reset", code=1).err
    assert f"database {name} of db does not have our mark" in told
    assert market.sql("SELECT COUNT(*) FROM old", name) != "0"
    market.drop(name)
    market.toy.wt("start", "foreign")
    assert market.mark(name).state == READY
    market.toy.wt("remove", "foreign")


def test_a_copy_is_of_one_moment_while_main_writes(market):
    main = market.database("busy", "CREATE TABLE a (n INT); CREATE TABLE b (n INT)")
    market.sql("INSERT INTO a SELECT seq FROM seq_1_to_200000; INSERT INTO b SELECT n FROM a", main)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            market.sql("START TRANSACTION; INSERT INTO a VALUES (0); INSERT INTO b VALUES (0); COMMIT", main)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        market.fill(main, "busy_copy")
    finally:
        stop.set()
        writer.join()
    a, b = (int(market.sql(f"SELECT COUNT(*) FROM {one}", "busy_copy")) for one in "ab")
    assert a == b >= 200000
    assert int(market.sql("SELECT COUNT(*) FROM a", main)) > a
    market.engine.drop(market.server, "busy_copy")
    market.drop(main)


def test_a_command_that_is_killed_while_it_fills_is_finished_by_the_same_command(market):
    market.sql("CREATE TABLE heavy AS SELECT seq AS n, REPEAT('x', 200) AS t FROM seq_1_to_300000")
    killed = market.toy.start("new", "killed", "--database", "clone")

    def filling() -> str | None:
        found = market.engine.stored(market.server).values()
        return next((one.name for one in found if one.mark and one.mark.state == FILLING), None)

    name = wait_for(filling)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert market.toy.new("killed")["database"] == "clone"
    assert market.mark(name).state == READY
    assert market.schema(name) == market.schema("to_y")
    assert market.sql("SELECT COUNT(*) FROM heavy", name) == "300000"
    market.sql("DROP TABLE heavy")
    market.toy.wt("remove", "killed")


def test_an_interrupted_copy_ends_at_once_and_leaves_nothing(market, monkeypatch):
    main = market.database("long", "CREATE TABLE a (n INT, t TEXT)")
    market.sql("INSERT INTO a SELECT seq, REPEAT('x', 200) FROM seq_1_to_300000", main)
    monkeypatch.setattr("worktree_tasks.orchestration.databases.database_errors._LOOK_SECONDS", 0.05)

    def interrupt(_done: int, _size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        market.fill(main, "long_copy", interrupt)
    assert "long_copy" not in market.names()
    assert market.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = 'long_copy'") == "0"
    market.drop(main)


def test_names_may_be_as_long_as_they_get(market):
    main = market.database("m" * 64, "CREATE TABLE a (n INT)")
    name = "o_" * 32
    market.fill(main, name)
    assert market.sql("SHOW TABLES", name) == "a"
    market.engine.end_sessions(market.server, name)
    market.engine.drop(market.server, name)
    market.drop(main)
    assert name not in market.names()


def test_a_program_that_would_change_mains_data_from_a_copy_is_refused(market):
    main = market.database("tied", "CREATE TABLE a (n INT)")
    market.sql("CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW DELETE FROM tied.a WHERE n = 5", main)
    with pytest.raises(Failure, match="trigger t of tied in db names tied itself"):
        market.fill(main, "tied_copy")
    assert "tied_copy" not in market.names()
    market.drop(main)


def test_a_database_that_main_lacks_and_a_server_that_is_down_are_told(market):
    with pytest.raises(Failure, match="db has no database nowhere"):
        market.fill("nowhere", "copy")
    down = Server("db", {}, lambda _argv, _env: None)
    with pytest.raises(Failure, match="db is not running in main"):
        market.engine.stored(down)


def test_questions_change_nothing_and_end_soon(market):
    ask = partial(market.engine.query, market.server, "to_y")
    assert ask('SELECT "id", NULL FROM "child"') == (("1", ""),)
    assert ask("SELECT * FROM nowhere") is None
    assert ask("DELETE FROM child") is None
    assert ask("SELECT SLEEP(30)") is None
    assert market.sql("SELECT COUNT(*) FROM child") == "1"


def test_mains_sqlite_files_are_copied_for_a_worktree_with_databases_of_its_own(market):
    (market.toy.main / "data").mkdir(exist_ok=True)
    make = (
        "import sqlite3, time; d = sqlite3.connect('/app/data/cache.sqlite3');"
        " d.execute('PRAGMA journal_mode=WAL'); d.execute('CREATE TABLE t (n)');"
        " d.execute('INSERT INTO t VALUES (1)'); d.commit(); print('made', flush=True); time.sleep(600)"
    )
    web = market.toy.containers()["web"]["Id"]
    docker("exec", "--detach", web, "python3", "-c", make)
    place = market.toy.main / "data"
    wait_for(lambda: (place / "cache.sqlite3-wal").exists() and (place / "cache.sqlite3-wal").stat().st_size)

    def state() -> dict[str, tuple[int, bytes]]:
        """Return owners and bytes; readers note themselves in the index."""
        return {
            one.name: (one.stat().st_uid, b"" if one.suffix.endswith("shm") else one.read_bytes())
            for one in place.iterdir()
        }

    before = state()
    told = market.toy.wt("new", "without").err
    assert "data/cache.sqlite3 is a SQLite database of main's that the worktree does not have" in told
    files = market.toy.new("with", "--database", "clone")

    def in_the_worktree(statement: str) -> str:
        connect = "import sqlite3; d = sqlite3.connect('/app/data/cache.sqlite3', isolation_level=None)"
        ask = f"{connect}; print(*d.execute('{statement}'))"
        return market.toy.wt("run", "with", "web", f'python3 -c "{ask}"').out.strip()

    assert in_the_worktree("SELECT n FROM t") == "(1,)"
    shown = market.toy.wt("database", "with", "--json").json["databases"]
    (file,) = [one for one in shown if one["engine"] == "sqlite"]
    assert (file["service"], file["name"], file["state"]) == ("web", "data/cache.sqlite3", "ready")
    in_the_worktree("DELETE FROM t")
    market.toy.wt("database", "with", "--reset")
    assert in_the_worktree("SELECT n FROM t") == "(1,)"
    assert files["changes"] == {"modified": 0, "untracked": 0, "ahead": 0, "behind": 0, "unpushed": 0}
    assert state() == before
    assert docker("exec", web, "sh", "-c", "ls /tmp") == ""
    market.toy.wt("remove", "without")
    market.toy.wt("remove", "with")
