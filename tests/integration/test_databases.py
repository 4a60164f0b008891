"""Databases of worktrees' own on a real PostgreSQL that main uses meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

pytestmark = pytest.mark.engine

OBJECTS = """
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE DOMAIN pence AS int CHECK (value >= 0);
CREATE TABLE item (id serial PRIMARY KEY, name text, mood mood, price pence, more jsonb);
CREATE TABLE parted (id int, k int) PARTITION BY RANGE (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE VIEW cheap AS SELECT * FROM item WHERE price < 10;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM item;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touched();
CREATE SEQUENCE numbers START 5;
SELECT nextval('numbers');
CREATE ROLE reader;
GRANT SELECT ON item TO reader;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON item TO reader USING (price < 5);
INSERT INTO item (name, mood, price, more)
    SELECT md5(n::text), 'fine', n % 100, jsonb_build_object('n', n) FROM generate_series(1, 5000) AS n;
SELECT lo_from_bytea(0, 'large');
REFRESH MATERIALIZED VIEW counted;
ALTER DATABASE toy SET search_path TO "$user", public, side;
REVOKE ALL ON DATABASE toy FROM PUBLIC;
GRANT CONNECT ON DATABASE toy TO reader;
"""
SAME = (
    "SELECT count(*), sum(hashtext(item::text)::bigint) FROM item",
    "SELECT last_value, is_called FROM numbers",
    "SELECT count(*), sum(length(data)) FROM pg_largeobject",
    "SELECT * FROM counted",
)
OWNER = "SELECT pg_get_userbyid(datdba), datacl, datcollate FROM pg_database WHERE datname = '{}'"
COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{}'"
SETTINGS = (
    "SELECT setrole, setconfig FROM pg_db_role_setting JOIN pg_database ON oid = setdatabase"
    " WHERE datname = '{}' ORDER BY 1"
)
MAKING = (
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'"
)


def sql(toy, statement: str, database: str = "toy") -> str:
    words = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "toy", "-d", database, "-c", statement)
    return toy.compose("exec", "--no-TTY", "db", "psql", *words).strip()


def schema(toy, database: str) -> list[str]:
    said = toy.compose("exec", "--no-TTY", "db", "pg_dump", "-U", "toy", "--schema-only", database)
    return [line for line in said.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def names(toy) -> set[str]:
    return set(sql(toy, "SELECT datname FROM pg_database").split())


def own(tree) -> str:
    (one,) = tree["databases"]
    assert (one["service"], one["engine"]) == ("db", "postgres")
    return one["name"]


def in_container(toy, tree) -> str:
    (port,) = tree["services"]["web"]["ports"]
    return toy.get(port["published"])["DATABASE_URL"].rpartition("/")[2]


@pytest.fixture(scope="module")
def filled(toy):
    """The toy with every kind of object in its database, and a session in it that stays."""
    sql(toy, OBJECTS)
    container = toy.containers()["db"]["Id"]
    argv = ["docker", "exec", "-i", container, "psql", "-XqU", "toy", "toy"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as session:
        yield toy
        session.stdin.close()


@pytest.fixture(scope="module")
def pay(filled):
    return filled.new("pay", "--database", "clone")


def test_a_worktree_gets_a_copy_of_mains_database_object_by_object(filled, pay):
    name = own(pay)
    assert pay["database"] == "clone"
    assert in_container(filled, pay) == name
    assert schema(filled, name) == schema(filled, "toy")
    for question in SAME:
        assert sql(filled, question, name) == sql(filled, question)
    for question in (OWNER, SETTINGS):
        assert sql(filled, question.format(name)) == sql(filled, question.format("toy")) != ""
    # Nobody can be in the template, and main's is as it was.
    closed = "SELECT datallowconn, datistemplate FROM pg_database WHERE datname = 'toy_wt_template'"
    assert sql(filled, closed) == "f|f"
    assert in_container(filled, {"services": {"web": {"ports": [{"published": filled.web}]}}}) == "toy"


def test_redis_goes_along(filled, pay):
    env = filled.env_of(filled.root / "pay")
    assert env["REDIS_URL"] not in ("redis://redis:6379/0", "redis://redis:6379/")
    assert filled.env_of(filled.main)["REDIS_URL"] == "redis://redis:6379/0"


@pytest.mark.parametrize("edit", ["", "\nADDED=1\n"], ids=["as written", "edited"])
def test_redis_comes_back_to_mains_with_the_database_and_leaves_the_queue(filled, edit):
    branch = filled.fresh()
    filled.new(branch, "--database", "clone", "--no-start")
    with (filled.root / branch / ".env").open("a", encoding="utf-8") as file:
        file.write(edit)
    before = filled.env_of(filled.root / branch)
    filled.wt("database", branch, "--mode", "shared")
    after, main = filled.env_of(filled.root / branch), filled.env_of(filled.main)
    assert before["REDIS_URL"] != after["REDIS_URL"] == main["REDIS_URL"]
    assert before["CELERY_BROKER_URL"] == after["CELERY_BROKER_URL"] != main["CELERY_BROKER_URL"]
    found = filled.inv("wt.doctor", "--json").json["findings"]
    assert [one for one in found if one["subject"].startswith(branch) and "REDIS_URL" in one["what"]] == []


def test_what_changes_in_one_is_in_no_other(filled, pay):
    sql(filled, "UPDATE item SET price = 77 WHERE id = 1", own(pay))
    assert sql(filled, "SELECT price FROM item WHERE id = 1") == "1"


def test_it_is_shown_with_its_size_and_age(filled, pay):
    shown = filled.wt("database", "pay", "--json").json
    assert (shown["name"], shown["mode"]) == ("pay", "clone")
    (one,) = shown["databases"]
    assert (one["name"], one["main"], one["state"], one["mode"]) == (own(pay), "toy", "ready", "clone")
    assert one["size"] > 1_000_000
    assert 0 <= one["age"] < 600
    assert own(pay) in filled.wt("database", "pay").out
    assert "clone" in filled.wt("list").out


def test_the_plan_shows_what_would_be_made_and_which_values_change(filled):
    before = names(filled)
    planned = filled.wt("plan", "soon", "--database", "clone", "--json").json
    assert planned["database"] == "clone"
    assert planned["databases"] == ["toy_soon_new in db, in place of toy"]
    (change,) = [one for one in planned["env"] if (one["file"], one["key"]) == (".env", "DATABASE_URL")]
    assert change["new"].endswith("@db:5432/toy_soon_new")
    assert change["reason"] == "a database of this worktree's own"
    assert names(filled) == before


def test_one_that_is_made_empty_has_no_tables_and_mains_owner(filled):
    tree = filled.new(filled.fresh(), "--database", "empty")
    assert sql(filled, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", own(tree)) == "0"
    assert sql(filled, OWNER.format(own(tree))) == sql(filled, OWNER.format("toy"))


def test_removed_it_comes_back_with_its_worktree(filled):
    branch = filled.fresh()
    tree = filled.new(branch, "--database", "clone")
    name = own(tree)
    sql(filled, "CREATE TABLE mine (x int)", name)
    gone = filled.wt("remove", branch, "--json").json
    assert name in names(filled)
    assert '"trashed"' in sql(filled, COMMENT.format(name))
    points = filled.wt("trash", "--json").json["restore_points"]
    (point,) = [one for one in points if one["name"] == gone["restore_point"]]
    (kept,) = point["databases"]
    assert (kept["name"], kept["size"] > 1_000_000) == (name, True)
    filled.wt("restore", gone["restore_point"])
    back = filled.wt("start", branch, "--json").json
    assert own(back) == name
    assert in_container(filled, back) == name
    assert sql(filled, "SELECT count(*) FROM mine", name) == "0"


@pytest.mark.usefixtures("pay")
def test_clean_drops_it_once_its_time_was_seen_to_be_over_twice_and_nothing_else(filled):
    branch = filled.fresh()
    name = own(filled.new(branch, "--database", "clone"))
    filled.wt("remove", branch)
    before = names(filled)
    filled.wt("clean", "--yes")
    assert names(filled) == before
    now = {"INVOKE_WT_TRASH_DAYS": "0", "INVOKE_WT_CLEAN_MIN_AGE": "999999"}
    filled.wt("clean", "--yes", env=now)
    assert names(filled) == before
    filled.let_a_day_pass()
    filled.wt("clean", "--yes", env=now)
    assert before - names(filled) == {name}


def test_the_mode_changes_there_and_back(filled):
    branch = filled.fresh()
    tree = filled.new(branch)
    assert (tree["database"], tree["databases"]) == ("shared", [])
    assert in_container(filled, tree) == "toy"
    changed = filled.wt("database", branch, "--mode", "clone", "--json").json
    (one,) = changed["databases"]
    tree = filled.listed()[branch]
    assert in_container(filled, tree) == one["name"]
    sql(filled, "CREATE TABLE mine (x int)", one["name"])
    filled.wt("database", branch, "--mode", "shared")
    assert in_container(filled, filled.listed()[branch]) == "toy"
    filled.wt("database", branch, "--mode", "clone")
    assert in_container(filled, filled.listed()[branch]) == one["name"]
    assert sql(filled, "SELECT count(*) FROM mine", one["name"]) == "0"
    filled.wt("database", branch, "--reset")
    assert sql(filled, "SELECT to_regclass('mine') IS NULL", one["name"]) == "t"


def test_a_refresh_takes_mains_data_of_now(filled):
    branch = filled.fresh()
    tree = filled.new(branch, "--database", "clone")
    sql(filled, "CREATE TABLE later (x int)")
    assert sql(filled, "SELECT to_regclass('later') IS NULL", own(tree)) == "t"
    filled.wt("database", branch, "--refresh", "--reset")
    assert sql(filled, "SELECT to_regclass('later') IS NULL", own(tree)) == "f"
    sql(filled, "DROP TABLE later")


def test_an_adopted_worktree_gets_what_the_settings_say(filled, tmp_path):
    branch = filled.fresh()
    filled.git("worktree", "add", "--quiet", "-b", branch, str(tmp_path / "by-hand"))
    env = {"INVOKE_WT_DATABASE": "clone"}
    tree = filled.wt("adopt", str(tmp_path / "by-hand"), "--json", env=env).json
    assert tree["database"] == "clone"
    assert in_container(filled, tree) == own(tree)
    assert sql(filled, "SELECT count(*) FROM item", own(tree)) == "5000"
    filled.wt("remove", branch)


def test_one_that_was_dropped_by_hand_is_made_anew(filled):
    branch = filled.fresh()
    name = own(filled.new(branch, "--database", "clone"))
    sql(filled, f"DROP DATABASE {name} WITH (FORCE)")
    found = filled.wt("doctor", "--json", code=1).json["findings"]
    assert [one["subject"] for one in found if one["kind"] == "database"] == [branch]
    assert f"database {name} of db was dropped" in filled.wt("start", branch).err
    assert sql(filled, "SELECT count(*) FROM item", name) == "5000"


def test_wrong_modes_are_told(filled, pay):
    done = filled.wt("database", "pay", "--mode", "nonsense", code=2)
    assert "--mode 'nonsense' cannot be used" in done.err
    done = filled.wt("new", "pay", "--database", "empty", code=2)
    assert "the database of pay is clone, not empty" in done.err


def test_with_mains_server_down_a_stopped_worktree_stays_and_a_running_one_starts_it(filled):
    branch = filled.fresh()
    name = own(filled.new(branch, "--database", "clone"))
    filled.wt("stop", branch)
    filled.compose("stop", "db")
    rows = filled.rows("database")
    done = filled.wt("database", branch, "--mode", "empty", code=1)
    assert "db is not running in main" in done.err
    assert name not in done.err
    assert filled.rows("database") == rows
    tree = filled.wt("start", branch, "--json").json
    assert own(tree) == name
    filled.compose("stop", "db")
    changed = filled.wt("database", branch, "--mode", "empty", "--json").json
    assert (changed["mode"], changed["databases"][0]["state"]) == ("empty", "ready")
    assert '"trashed"' in sql(filled, COMMENT.format(name))
    filled.wt("database", branch, "--mode", "clone")
    assert own(filled.listed()[branch]) == name
    filled.wt("remove", branch)


@pytest.mark.parametrize("seconds", [1.0, 2.0, 3.0, 4.0, 5.0])
def test_killed_at_any_moment_the_same_command_finishes(filled, seconds):
    branch = filled.fresh()
    sql(filled, "ALTER DATABASE toy_wt_template ALLOW_CONNECTIONS true")
    sql(filled, "DROP DATABASE toy_wt_template")
    killed = filled.start("new", branch, "--database", "clone", "--json")
    time.sleep(seconds)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    tree = filled.new(branch, "--database", "clone")
    assert sql(filled, "SELECT count(*) FROM item", own(tree)) == "5000"
    filled.wt("remove", branch)
    found = json.loads(filled.run(*filled.inv_argv("wt.doctor", "--json")).out)["findings"]
    assert not [one for one in found if one["kind"] == "database"]


@contextmanager
def held_back(toy):
    """Let the server make no database while the block runs: it cannot write its catalog."""
    argv = ["docker", "exec", "-i", toy.containers()["db"]["Id"], "psql", "-XAtqU", "toy", "postgres"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        session.stdin.write("BEGIN; LOCK pg_database IN SHARE MODE; SELECT 'locked';\n")
        session.stdin.flush()
        assert session.stdout.readline() == "locked\n"
        yield
        session.stdin.close()


def test_a_copy_that_the_server_still_makes_for_a_killed_command_is_used(filled, pay):
    assert own(pay)

    def made_at_once() -> int:
        return int(sql(filled, MAKING, "postgres"))

    words = ("new", "killed", "--database", "clone")
    with held_back(filled):
        killed = filled.start(*words)
        filled.wait_for(lambda: made_at_once() == 1)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        again = filled.start(*words)
        filled.wait_for(lambda: made_at_once() == 2)
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    for question in SAME:
        assert sql(filled, question, own(filled.listed()["killed"])) == sql(filled, question)
    filled.wt("remove", "killed")
