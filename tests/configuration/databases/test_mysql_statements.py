"""The statements for MySQL and MariaDB: quoted, whatever is in names and values."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.databases import mysql_grants as grants
from worktree_tasks.configuration.databases import mysql_statements as sql
from worktree_tasks.configuration.databases.database_marks import DatabaseMark, mark_in

MARK = DatabaseMark("k1", "it's\\ü")


def test_a_new_database_is_like_mains_and_marked_at_once():
    shown = (
        "CREATE DATABASE `a``b` /*!40100 DEFAULT CHARACTER SET latin1 */ /*!80016 DEFAULT ENCRYPTION='N' */"
    )
    first, *_, last = sql.create("a`b", shown, "own", MARK)
    assert first == (
        "CREATE DATABASE `own` /*!40100 DEFAULT CHARACTER SET latin1 */ /*!80016 DEFAULT ENCRYPTION='N' */"
    )
    assert last.startswith("REPLACE INTO `worktree_tasks`.mark VALUES ('own', 'worktree-tasks {")


def test_a_mark_comes_back_as_it_was_written():
    written = sql.literal(MARK.text())[1:-1].replace("''", "'")
    assert mark_in(written.replace("\\\\", "\\")) == MARK
    printed = MARK.text().replace("\\", "\\\\")
    assert mark_in(sql.rows(f"mark\town\t{printed}\n")[0][2]) == MARK


def test_rows_are_read_whatever_is_in_them():
    assert sql.rows("shop\t12\ta\\tb\\nc\\\\n\\0\nblog\tNULL\t\n") == (
        ("shop", "12", "a\tb\nc\\n\0"),
        ("blog", "", ""),
    )
    assert sql.rows("") == ()


@pytest.mark.parametrize("name", ["a`b", "it's", "a\\", "ünï"])
def test_names_and_values_are_quoted(name: str):
    assert sql.identifier(name) == "`" + name.replace("`", "``") + "`"
    assert sql.literal(name) == "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN INSERT INTO shop.log VALUES (1); END",
        "INSERT INTO `shop`.`log` VALUES (1)",
        "DELETE FROM shop . log",
        "BEGIN UPDATE log SET n=(SELECT 1 FROM\nshop.item); END",
    ],
)
def test_a_program_that_names_its_own_database_would_change_mains_from_a_copy(body: str):
    assert sql.bound("shop", [("event", "calm", "DO 1"), ("trigger", "audit", body)]) == "trigger audit"


@pytest.mark.parametrize(
    "body",
    [
        "INSERT INTO log VALUES ('x')",
        "SELECT workshop.id FROM workshop",
        "SELECT a.shop.b",
        "SET @shop.x = 1",
    ],
)
def test_a_program_that_names_none_is_copied(body: str):
    assert sql.bound("shop", [("trigger", "audit", body)]) is None


def test_a_table_with_the_databases_name_is_what_such_a_word_means():
    found = [("table", "shop", ""), ("trigger", "audit", "UPDATE shop SET n = 1 WHERE shop.id = 2")]
    assert sql.bound("shop", found) is None


def test_sessions_are_ended_one_by_one():
    assert sql.kill([("12",), ("13",)]) == ("KILL 12", "KILL 13")


GIVEN = [
    ("all", "'app'@'%'", "SELECT", "", "", "NO"),
    ("all", "'app'@'%'", "CREATE TEMPORARY TABLES", "test_", "", "YES"),
    ("table", "'reader'@''", "INSERT", "ta`ble", "", "NO"),
    ("column", "'app'@'10.0.0.%'", "SELECT", "orders", "na`me", "YES"),
    ("routine", "'app'@'%'", "Execute,Alter Routine,Grant", "count_them", "PROCEDURE", ""),
]


def test_what_is_granted_in_main_is_granted_in_a_copy():
    assert grants.granted("shop_pay", GIVEN) == (
        "GRANT SELECT ON `shop\\_pay`.* TO 'app'@'%'",
        "GRANT CREATE TEMPORARY TABLES ON `test\\_shop\\_pay`.* TO 'app'@'%' WITH GRANT OPTION",
        "GRANT INSERT ON `shop_pay`.`ta``ble` TO 'reader'",
        "GRANT SELECT (`na``me`) ON `shop_pay`.`orders` TO 'app'@'10.0.0.%' WITH GRANT OPTION",
        "GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE `shop_pay`.`count_them` TO 'app'@'%' WITH GRANT OPTION",
    )


def test_what_was_granted_in_a_copy_goes_with_it():
    assert grants.revoked("shop_pay", GIVEN[:2]) == (
        "REVOKE SELECT ON `shop\\_pay`.* FROM 'app'@'%'",
        "REVOKE CREATE TEMPORARY TABLES ON `test\\_shop\\_pay`.* FROM 'app'@'%'",
        "REVOKE GRANT OPTION ON `test\\_shop\\_pay`.* FROM 'app'@'%'",
    )


def test_only_grants_by_the_very_name_are_revoked():
    assert "= CAST('shop\\\\_pay' AS BINARY)" in grants.on_all("shop_pay")[0]
