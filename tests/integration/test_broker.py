"""The Redis database of a worktree's job queue: an empty one at first, and empty again at the end."""

from __future__ import annotations

import shutil

import pytest
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine


def redis(toy, *words, password=""):
    secret = ["--env", f"REDISCLI_AUTH={password}"] if password else []
    return toy.compose("exec", "--no-TTY", *secret, "redis", "redis-cli", *words).strip()


def database(toy, branch):
    (row,) = [one for one in toy.rows("worktree") if one["branch"] == branch]
    return row["broker_database"]


def test_a_database_that_holds_something_is_never_leased_and_stays_as_it_is(toy):
    redis(toy, "-n", "1", "SET", "precious", "kept")
    branch = toy.fresh()
    toy.new(branch)
    assert database(toy, branch) == 2
    toy.wt("remove", branch)
    assert redis(toy, "-n", "1", "GET", "precious") == "kept"
    redis(toy, "-n", "1", "DEL", "precious")


def test_what_a_worktree_queued_goes_with_it_and_the_rest_stays(toy):
    redis(toy, "-n", "0", "SET", "session", "kept")
    gone, stays = toy.fresh(), toy.fresh()
    toy.new(gone)
    toy.new(stays)
    mine, others = str(database(toy, gone)), str(database(toy, stays))
    redis(toy, "-n", mine, "LPUSH", "celery", "job")
    redis(toy, "-n", others, "LPUSH", "celery", "job")
    told = toy.wt("remove", gone).err
    assert f"Redis database {mine} of redis emptied" in told
    assert redis(toy, "-n", mine, "DBSIZE") == "0"
    assert redis(toy, "-n", others, "DBSIZE") == "1"
    assert redis(toy, "-n", "0", "GET", "session") == "kept"


def test_the_jobs_of_a_worktree_whose_directory_is_gone_are_emptied_too(toy):
    branch = toy.fresh()
    path = toy.new(branch)["path"]
    number = str(database(toy, branch))
    redis(toy, "-n", number, "LPUSH", "celery", "job")
    shutil.rmtree(path)
    assert f"Redis database {number} of redis emptied" in toy.wt("remove", branch).err
    assert redis(toy, "-n", number, "DBSIZE") == "0"


def test_a_database_that_was_filled_before_the_stack_used_it_is_not_emptied(toy):
    branch = toy.fresh()
    toy.new(branch, "--no-start")
    number = str(database(toy, branch))
    redis(toy, "-n", number, "SET", "theirs", "kept")
    toy.wt("start", branch)
    toy.wt("remove", branch)
    assert redis(toy, "-n", number, "GET", "theirs") == "kept"
    redis(toy, "-n", number, "DEL", "theirs")


def test_a_server_with_a_password_is_asked_with_it(make_toy):
    locked = make_toy()
    compose = locked.main / "compose.yaml"
    text = compose.read_text()
    compose.write_text(
        text.replace("image: redis:7", "image: redis:7\n    command: [redis-server, --requirepass, p@ss]")
    )
    env = locked.main / ".env"
    env.write_text(env.read_text().replace("redis://redis:", "redis://:p%40ss@redis:"))
    locked.commit("Lock Redis")
    locked.compose("up", "--detach", "--wait")
    locked.new("with-password")
    number = str(database(locked, "with-password"))
    redis(locked, "-n", number, "LPUSH", "celery", "job", password="p@ss")
    locked.wt("remove", "with-password")
    assert redis(locked, "-n", number, "DBSIZE", password="p@ss") == "0"


def test_where_redis_has_no_database_left_the_worktree_has_a_redis_of_its_own(make_toy):
    parcels = make_toy(PROJECTS / "parcels")
    compose = parcels.main / "compose.yaml"
    text = compose.read_text()
    compose.write_text(
        text.replace("image: redis:7", "image: redis:7\n    command: redis-server --databases 2")
    )
    parcels.commit("Give Redis two databases")
    parcels.compose("up", "--detach", "--wait", "redis")
    parcels.new("first", "--no-start")
    full = "redis has no database left"
    assert full in " ".join(parcels.wt("plan", "second", "--json").json["notes"])
    assert full in parcels.wt("new", "second", "--no-start").err
    roles = {(row["service"], row["role"]) for row in parcels.rows("decision") if row["service"] == "redis"}
    assert roles == {("redis", "shared"), ("redis", "own")}
    parcels.wt("start", "second")
    tree = parcels.listed()["second"]
    assert "redis" in parcels.containers(tree["compose_project"])
    (port,) = tree["services"]["web"]["ports"]
    queued = {f"{number} of main by main" for number in range(10)}
    parcels.get(port["published"], "/queue")
    parcels.wait_for(lambda: queued == {*parcels.get(port["published"])["done"]}, seconds=30)
    parcels.destroy()
