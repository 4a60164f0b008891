"""Databases of worktrees' own where the disk of main's server is full, and for a role that may make none."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from harness.programs import docker, wait_for
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine

DISK = 900  # MB
ROLE = """
CREATE ROLE app LOGIN PASSWORD 'app' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE "shop-1" OWNER app;
"""
FILL = "CREATE TABLE item AS SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, {}) AS n"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop-1' AND pid <> pg_backend_pid()"
OWNER = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{}'"


@pytest.fixture(scope="module")
def cramped(make_toy, tmp_path_factory):
    """A toy whose server has a small disk, and whose apps come with a role that may do little."""
    source = tmp_path_factory.mktemp("source") / "toy"
    shutil.copytree(PROJECTS / "toy", source)
    compose, env = source / "compose.yaml", source / "example.env"
    text = compose.read_text()
    assert "volumes:\n  data:\n" in text
    disk = f"    driver_opts: {{type: tmpfs, device: tmpfs, o: size={DISK}m}}\n"
    compose.write_text(text.replace("volumes:\n  data:\n", f"volumes:\n  data:\n{disk}"))
    text = env.read_text()
    assert "toy:t%24oy@db:5432/toy" in text
    env.write_text(text.replace("toy:t%24oy@db:5432/toy", "app:app@db:5432/shop-1"))
    toy = make_toy(source)
    toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    for statement in ROLE.strip().splitlines():
        sql(toy, statement, "toy", "toy")
    # What is in memory stays as long as some container has it, also when the server ends.
    volume = f"{toy.name}_data:/data"
    words = ("--detach", "--init", "--name", holder(toy), "--volume", volume)
    docker("run", *words, "python:3.11-slim", "sleep", "infinity")
    yield toy
    docker("rm", "--force", holder(toy))
    toy.destroy()


def holder(toy) -> str:
    """Return the name of the container that has the server's disk at `/data` even while that is stopped."""
    return f"{toy.name}-holder"


def sql(toy, statement: str, database: str = "shop-1", role: str = "app") -> str:
    words = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-U", role, "-d", database, "-c", statement)
    return toy.compose("exec", "--no-TTY", "db", "psql", *words).strip()


def names(toy) -> set[str]:
    return set(sql(toy, "SELECT datname FROM pg_database", "toy", "toy").split())


def occupy(toy, *, leaving: int) -> None:
    """Fill the server's disk, but for so many MB."""
    free = f"$(($(df -Pk . | tail -1 | awk '{{print $4}}') - {leaving * 1024}))"
    docker("exec", holder(toy), "sh", "-c", f"cd /data && head -c {free}K /dev/zero >large")


def free_again(toy) -> None:
    # The server ends when it has no room for its log, and what runs in its container ends with it.
    docker("exec", holder(toy), "rm", "-f", "/data/large")


def test_a_role_that_may_make_no_database_owns_the_copy_and_the_empty_one(cramped):
    sql(cramped, FILL.format(1000))
    for mode in ("clone", "empty"):
        (one,) = cramped.new(mode, "--database", mode)["databases"]
        assert sql(cramped, "CREATE TABLE mine (id int); SELECT current_user", one["name"]) == "app"
        assert sql(cramped, OWNER.format(one["name"])) == "app"
        cramped.wt("remove", mode)
    sql(cramped, "DROP TABLE item")


def test_a_copy_for_which_there_is_no_room_is_refused_and_nothing_is_half_made(cramped):
    sql(cramped, FILL.format(120_000))
    occupy(cramped, leaving=60)
    before = names(cramped)
    done = cramped.wt("new", "full", "--database", "clone", code=3)
    assert "db has " in done.err
    assert "a copy of shop-1 takes" in done.err
    assert "--database shared or empty" in done.err
    assert names(cramped) == before
    assert "full" not in cramped.listed()
    assert sql(cramped, "SELECT count(*) FROM item") == "120000"
    free_again(cramped)


def test_a_disk_that_fills_up_meanwhile_ends_the_copy_and_the_same_command_again_finishes(cramped):
    sql(cramped, 'DROP DATABASE "shop-1_wt_template"', "toy", "toy")
    server = cramped.containers()["db"]["Id"]
    # While somebody is in main's database, it is dumped and restored.
    argv = ["docker", "exec", "--interactive", server, "psql", "-XqU", "app", "shop-1"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as session:
        wait_for(lambda: sql(cramped, SESSIONS) == "1")
        making = cramped.start("new", "late", "--database", "clone", "--json")
        wait_for(lambda: "shop-1_wt_template" in names(cramped))
        # What others write meanwhile, nobody can know of.
        docker("exec", holder(cramped), "sh", "-c", "cat /dev/zero >/data/large", check=False)
        _, said = making.communicate()
        session.stdin.close()
    # Whether the copy fails, or is not begun any more.
    assert making.returncode in (1, 3), said
    assert "Traceback" not in said
    free_again(cramped)
    cramped.compose("up", "--detach", "--wait", "db")
    (one,) = cramped.new("late", "--database", "clone")["databases"]
    assert sql(cramped, "SELECT count(*) FROM item", one["name"]) == "120000"
    assert sql(cramped, "SELECT count(*) FROM item") == "120000"
