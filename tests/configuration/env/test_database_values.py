"""Which databases of shared servers values name, and how those of a worktree's own take their place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.configuration.env.address_targets import SharedAddress, Surroundings
from worktree_tasks.configuration.env.database_values import Named, named_databases
from worktree_tasks.configuration.env.rewriting import rewrite

SHOP = Surroundings(
    shared=(
        SharedAddress("db", "postgres", ((5432, 54320),)),
        SharedAddress("redis", "redis", ((6379, 6379),)),
    ),
)
OWN = replace(SHOP, databases={("db", "shop"): "shop_pay", ("db", "jobs"): "jobs_pay"})
SEVERAL = Surroundings(
    shared=(
        SharedAddress("db", "postgres", ((5432, None),)),
        SharedAddress("mysql", "mysql", ((3306, None),)),
        SharedAddress("sql", "mssql", ((1433, None),)),
    ),
    databases={("db", "shop"): "shop_pay", ("mysql", "blog"): "blog_pay"},
)


def named(values: dict[str, str], around: Surroundings = SHOP) -> list[tuple[str, str]]:
    return [(one.service, one.name) for one in named_databases([values], around)]


def rewritten(values: dict[str, str], around: Surroundings = OWN) -> dict[str, str]:
    changes = rewrite(values, around, inside=frozenset(values))
    return {**values, **{one.key: one.new for one in changes}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("postgres://u:p@db:5432/shop", "postgres://u:p@db:5432/shop_pay"),
        ("postgresql+asyncpg://u:p@db/shop?ssl=on#x", "postgresql+asyncpg://u:p@db/shop_pay?ssl=on#x"),
        ("postgis://u@db/shop", "postgis://u@db/shop_pay"),
        ("jdbc:postgresql://db:5432/shop?user=u", "jdbc:postgresql://db:5432/shop_pay?user=u"),
        ("ecto://u:p@db/shop", "ecto://u:p@db/shop_pay"),
        ("postgresql://u:p@a%2Fb@db/shop", "postgresql://u:p@a%2Fb@db/shop_pay"),
        ("postgresql://db/%73hop", "postgresql://db/shop_pay"),
        ("postgresql:///shop?host=/var/run/postgresql", "postgresql:///shop_pay?host=/var/run/postgresql"),
        ("postgresql://u@%2Fvar%2Frun/shop", "postgresql://u@%2Fvar%2Frun/shop_pay"),
        ("postgresql://u@db/?dbname=shop", "postgresql://u@db/?dbname=shop_pay"),
        ("postgres://shop:p@db", "postgres://shop:p@db/shop_pay"),
        ("postgres://shop:p@db/?sslmode=off", "postgres://shop:p@db/shop_pay?sslmode=off"),
        ("host=db port=5432 dbname=shop user=u", "host=db port=5432 dbname=shop_pay user=u"),
        ("Server=db,5432;Database=shop;User Id=u", "Server=db,5432;Database=shop_pay;User Id=u"),
        ("pgsql:host=db;dbname=shop", "pgsql:host=db;dbname=shop_pay"),
        ("postgres://db/shop,postgres://db/jobs", "postgres://db/shop_pay,postgres://db/jobs_pay"),
    ],
)
def test_the_name_in_an_address_is_this_worktrees_and_all_else_stays(value: str, expected: str):
    assert rewritten({"ADDRESS": value}) == {"ADDRESS": expected}


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:shop@elsewhere/shop",
        "https://db/shop",
        "postgres://db/shopping",
        "redis://redis/0",
        "host=elsewhere dbname=shop",
        "shop",
        "sqlite:///shop",
    ],
)
def test_what_names_no_database_of_ours_stays(value: str):
    assert rewritten({"ADDRESS": value}) == {"ADDRESS": value}


def test_a_server_is_known_by_mains_published_port_too():
    value = {"DATABASE_URL": "postgres://localhost:54320/shop"}
    changed = rewrite(value, OWN, inside=frozenset(), on_host=True)
    assert [one.new for one in changed] == ["postgres://localhost:54320/shop_pay"]


@pytest.mark.parametrize(
    "values",
    [
        {"POSTGRES_DB": "shop"},
        {"PGDATABASE": "shop", "PGHOST": "db"},
        {"DB_NAME": "shop", "DB_HOST": "db", "DB_PORT": "5432"},
        {"DB_DATABASE": "shop", "DB_HOST": "db"},
        {"DATABASE_NAME": "shop", "DATABASE_HOST": "db"},
        {"WORDPRESS_DB_NAME": "shop", "WORDPRESS_DB_HOST": "db:5432"},
        {"SQL_NAME": "shop", "SQL_HOST": "db"},
    ],
)
def test_a_variable_of_its_own_names_a_database(values: dict[str, str]):
    key = next(iter(values))
    assert named(values) == [("db", "shop")]
    assert rewritten(values) == {**values, key: "shop_pay"}


@pytest.mark.parametrize(
    "values",
    [
        {"DB_NAME": "shop", "DB_HOST": "elsewhere"},
        {"REDIS_DB": "3", "REDIS_HOST": "redis"},
        {"DB_DATABASE": "/data/shop", "DB_HOST": "db"},
        {"APP_NAME": "shop"},
        {"UPGRADE_NAME": "shop"},
        {"DB": "shop"},
    ],
)
def test_other_variables_name_none(values: dict[str, str]):
    assert named(values) == []
    assert rewritten(values) == values


def test_references_stay_where_the_variable_moves_itself():
    values = {
        "DATABASE_URL": "postgres://${POSTGRES_USER}@db/${POSTGRES_DB}",
        "POSTGRES_USER": "u",
        "POSTGRES_DB": "shop",
    }
    assert rewritten(values) == {**values, "POSTGRES_DB": "shop_pay"}


def test_a_reference_to_a_variable_that_stays_is_resolved():
    values = {"SITE": "shop", "HOST": "db", "DATABASE_URL": "postgres://${HOST}/${SITE}"}
    assert rewritten(values)["DATABASE_URL"] == "postgres://db/shop_pay"
    assert rewritten({"DATABASE_URL": "postgres://db/shop", "SITE": "shop"})["SITE"] == "shop"


def test_several_databases_on_several_servers_are_named_and_moved():
    values = {
        "DATABASE_URL": "postgres://db/shop",
        "CACHE_URL": "postgres://db/shop_cache",
        "BLOG_URL": "u:p@tcp(mysql:3306)/blog?parseTime=true",
        "MYSQL_DATABASE": "blog",
        "LEGACY_URL": "sqlserver://sql:1433?database=old",
    }
    assert named_databases([values], SEVERAL) == (
        Named("db", "postgres", "shop"),
        Named("db", "postgres", "shop_cache"),
        Named("mysql", "mysql", "blog"),
        Named("sql", "mssql", "old"),
    )
    assert not Named("sql", "mssql", "old").copied
    moved = rewritten(values, SEVERAL)
    assert moved["DATABASE_URL"] == "postgres://db/shop_pay"
    assert moved["BLOG_URL"] == "u:p@tcp(mysql:3306)/blog_pay?parseTime=true"
    assert moved["MYSQL_DATABASE"] == "blog_pay"
    assert (moved["CACHE_URL"], moved["LEGACY_URL"]) == (values["CACHE_URL"], values["LEGACY_URL"])


def test_the_setting_names_more_and_upkeep_counts_only_alone():
    values = {"A": "postgres://db/shop", "B": "postgres://db/postgres"}
    found = named_databases([values], SHOP, ("extra", "db/other", "gone/x"))
    assert [one.name for one in found] == ["shop", "extra", "other"]
    assert named({"B": "postgres://db/postgres"}) == [("db", "postgres")]


def test_each_of_two_services_may_name_another_database():
    web, queue = {"DATABASE_URL": "postgres://db/shop"}, {"DATABASE_URL": "postgres://db/jobs"}
    assert [one.name for one in named_databases([web, queue], SHOP)] == ["shop", "jobs"]


def test_what_is_this_worktrees_already_stays():
    done = rewritten({"DATABASE_URL": "postgres://db/shop"})
    assert rewritten(done) == done
