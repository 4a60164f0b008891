"""Tools that the setting `drift` describes."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.drift.custom_tool import Described, framework


@pytest.mark.parametrize(
    ("known", "path"),
    [
        ("20260101_init.js", "migrations/20260101_init.js"),  # Knex, Sequelize
        ("20260101120000", "priv/repo/migrations/20260101120000_create_orders.exs"),  # Ecto, dbmate
        ("1", "migrations/00001_init.sql"),  # Goose
        (r"DoctrineMigrations\Version20260101120000", "migrations/Version20260101120000.php"),
        ("1754000000000", "src/migration/1754000000000-AddPaid.ts"),  # TypeORM
        ("m260101_120000_orders", "console/migrations/m260101_120000_orders.php"),  # Yii
        ("changelog/one.xml", "changelog/one.xml"),
        ("0001_init", "migrations/0001_init.up.sql"),
    ],
)
def test_files_are_known_by_what_tools_write_into_their_tables(known, path):
    compare = framework(Described("any", "name", ("**",))).compare
    found = compare([(known,)], {path: b""})
    assert (found.unknown, found.pending) == ((), ())


def test_what_is_only_here_or_only_there_is_named():
    tool = framework(Described("knex_migrations", "name", ("migrations/*.js",)))
    found = tool.compare(
        [("1_one.js",), ("3_three.js",)], {"migrations/1_one.js": b"", "migrations/2_two.js": b""}
    )
    assert [one.name for one in found.unknown] == ["3_three.js"]
    assert found.pending == ("2_two.js",)
    assert (tool.table, tool.columns, tool.globs) == ("knex_migrations", ("name",), ("migrations/*.js",))


def test_the_zero_that_goose_begins_with_is_no_migration():
    tool = framework(Described("goose_db_version", "version_id", ("migrations/*.sql",)))
    assert tool.compare([("0",), ("1",)], {"migrations/00001_init.sql": b""}).unknown == ()


def test_a_branch_without_any_of_the_files_does_not_use_it():
    assert framework(Described("any", "name", ("**",))).chosen([]) == ()
