"""Decisions: an open worktree keeps what was decided for it until somebody renews it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine

OWN_REDIS = "wt:\n  services:\n    own: [redis]\n"


@pytest.fixture(scope="module")
def small(make_toy):
    toy = make_toy(PROJECTS / "small")
    toy.compose("build", "--quiet", "web")
    toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    yield toy
    toy.destroy()


@pytest.fixture
def asked(small):
    """Return what changes main's settings and env file for a test."""
    env, settings = small.main / ".env", small.main / "invoke.yaml"
    before = env.read_text()

    def ask(*, text: str = "", **values: str) -> None:
        settings.write_text(text)
        lines = [line for line in before.splitlines() if line.partition("=")[0] not in values]
        env.write_text("\n".join((*lines, *(f"{key}={value}" for key, value in values.items()))) + "\n")

    yield ask
    small.remove_all()
    env.write_text(before)
    settings.unlink(missing_ok=True)


def started(toy, branch, *words):
    done = toy.wt("start", branch, "--json", *words)
    return done.json, done.err


def roles_planned(toy, branch):
    return {one["name"]: one["role"] for one in toy.wt("plan", branch, "--json").json["services"]}


def attached(toy):
    """Return the services of main that are in a worktree's network."""
    network = toy.rows("worktree")[0]["network"]
    return {name for name, one in toy.containers().items() if network in one["NetworkSettings"]["Networks"]}


def test_a_shared_service_stays_shared_until_it_is_renewed_and_back(small, asked):
    tree = small.new("pay")
    stack = tree["compose_project"]
    assert ("pending" in tree, set(small.containers(stack))) == (False, {"web"})
    web = small.identities(stack)["web"]
    asked(text=OWN_REDIS)
    kept, said = started(small, "pay")
    assert kept["pending"] == [
        {
            "subject": "redis",
            "now": "shared",
            "renewed": "own",
            "reason": "wt.services.own names it",
        }
    ]
    assert "redis is shared here, but would now be own: wt.services.own names it" in said
    assert "wt.start pay --renew" in said
    assert small.identities(stack) == {"web": web}
    assert (roles_planned(small, "pay")["redis"], attached(small)) == ("shared", {"db", "redis"})
    assert roles_planned(small, "another")["redis"] == "own"
    renewed, said = started(small, "pay", "--renew")
    assert (renewed["pending"], "--renew" in said) == ([], False)
    assert (set(small.containers(stack)), attached(small)) == ({"web", "redis"}, {"db"})
    asked()
    _, said = started(small, "pay")
    assert "redis is own here, but would now be shared" in said
    assert (set(small.containers(stack)), attached(small)) == ({"web", "redis"}, {"db"})
    small.wt("stop", "pay")
    small.wt("start", "pay")
    assert set(small.containers(stack)) == {"web", "redis"}
    _, said = started(small, "pay", "--renew")
    assert "redis removed from this worktree" in said
    assert (set(small.containers(stack)), attached(small)) == ({"web"}, {"db", "redis"})
    assert not started(small, "pay")[0]["pending"]
    small.wt("remove", "pay")
    assert small.ours("pay") == []


def test_a_queue_of_its_own_leaves_no_database_of_mains_behind(small, asked):
    small.new("broker")
    number = small.rows("worktree")[0]["broker_database"]
    small.docker("exec", small.containers()["redis"]["Id"], "redis-cli", "-n", str(number), "set", "job", "1")
    asked(text="wt: {queues: own}\n")
    _, said = started(small, "broker", "--renew")
    assert f"Redis database {number} of redis emptied" in said
    assert small.rows("worktree")[0]["broker_database"] is None
    assert started(small, "broker")[0]["pending"] == []
    asked()
    assert started(small, "broker", "--renew")[0]["pending"] == []
    assert small.rows("worktree")[0]["broker_database"] == number
    assert small.env_of(small.root / "broker")["CELERY_BROKER_URL"] == f"redis://redis:6379/{number}"


TOGETHER = 'wt:\n  network: project\n  host: "{slug}.{project}.localhost"\n'


def joined(toy, tree):
    """Return the networks of a worktree's `web`, each with the names that it has there."""
    networks = toy.containers(tree["compose_project"])["web"]["NetworkSettings"]["Networks"]
    return {name: {*one["Aliases"]} for name, one in networks.items()}


def ours(toy):
    """Return the networks of a project's worktrees."""
    label = f"label=worktree-tasks.project={toy.name}"
    return {*toy.docker("network", "ls", "--filter", label, "--format", "{{.Name}}").split()}


def test_the_network_and_the_host_stay_until_they_are_renewed_and_back(small, asked):
    trees = [small.new("left"), small.new("right")]
    private = {f"{small.name}_worktree_left", f"{small.name}_worktree_right"}
    assert ours(small) == private
    asked(text=TOGETHER)
    kept, said = started(small, "left")
    host = f"left.{small.name}.localhost"
    assert [(one["subject"], one["now"], one["renewed"]) for one in kept["pending"]] == [
        ("the network", "private", "the project's"),
        ("the host name", "localhost", host),
    ]
    assert "the network is private here, but would now be the project's: wt.network is project" in said
    assert (ours(small), kept["url"]) == (private, trees[0]["url"])

    for tree in trees:
        renewed, _ = started(small, tree["name"], "--renew")
        assert renewed["pending"] == []
        assert renewed["url"] == tree["url"].replace("localhost", f"{tree['name']}.{small.name}.localhost")
    (flat,) = ours(small)
    assert [f"web-{tree['name']}" in joined(small, tree)[flat] for tree in trees] == [True, True]
    number = trees[0]["services"]["web"]["ports"][0]["published"]
    assert small.get(number)["SITE_URL"] == f"http://{host}:{number}"
    assert attached(small) == {"db", "redis"}

    asked()
    small.wt("stop", "left")
    kept, said = started(small, "left")
    assert [one["subject"] for one in kept["pending"]] == ["the network", "the host name"]
    assert "web-left" in joined(small, trees[0])[flat]
    small.wt("doctor")
    renewed, _ = started(small, "left", "--renew")
    assert (renewed["url"], renewed["pending"]) == (trees[0]["url"], [])
    assert [*joined(small, trees[0])] == [f"{small.name}_worktree_left"]
    assert [*joined(small, trees[1])] == [flat]
    small.wt("stop", "right")
    started(small, "right", "--renew")
    assert ours(small) == private
    assert attached(small) == {"db", "redis"}
    for tree in trees:
        small.wt("remove", tree["name"])
    assert small.ours() == []


def test_ports_stay_when_mains_change_and_values_follow(small, asked):
    tree = small.new("port")
    old, new = small.web, small.web + 20
    assert tree["url"] == f"http://localhost:{old + 1}"
    asked(WEB_PORT=str(new), SITE_URL=f"http://localhost:{new}")
    kept, said = started(small, "port")
    assert kept["url"] == tree["url"]
    assert f"the port of web is {old + 1} here, but would now be {new + 1}: main's is {new}" in said
    assert small.get(old + 1)
    renewed, _ = started(small, "port", "--renew")
    assert (renewed["url"], renewed["pending"]) == (f"http://localhost:{new + 1}", [])
    assert small.env_of(small.root / "port")["SITE_URL"] == f"http://localhost:{new + 1}"
    assert small.get(new + 1)["SITE_URL"] == f"http://localhost:{new + 1}"
    assert started(small, "port")[0]["pending"] == []


def test_an_edited_env_file_keeps_its_edits_and_gets_the_new_port(small, asked):
    small.new("edited")
    env = small.root / "edited" / ".env"
    env.write_text(env.read_text() + "MINE=1\n")
    new = small.web + 20
    asked(WEB_PORT=str(new))
    _, said = started(small, "edited", "--renew")
    values = small.env_of(env.parent)
    assert (values["MINE"], values["SITE_URL"]) == ("1", f"http://localhost:{new + 1}")
    assert ".env was edited in the worktree" in said


def test_a_queue_that_main_took_for_itself_is_told_and_renewed(small, asked):
    small.new("queue")
    number = small.rows("worktree")[0]["broker_database"]
    asked(CELERY_BROKER_URL=f"redis://redis:6379/{number}")
    _, said = started(small, "queue")
    assert f"the Redis database of the job queue is {number} here, but would now be " in said
    assert small.rows("worktree")[0]["broker_database"] == number
    renewed, _ = started(small, "queue", "--renew")
    after = small.rows("worktree")[0]["broker_database"]
    assert after not in (None, number)
    assert renewed["pending"] == []
    assert small.env_of(small.root / "queue")["CELERY_BROKER_URL"].endswith(f"/{after}")


def test_a_worktree_made_before_decisions_were_recorded_keeps_what_its_override_tells(small, asked):
    stack = small.new("older")["compose_project"]
    with closing(sqlite3.connect(small.folder / "state" / "worktree-tasks" / "state.sqlite3")) as db, db:
        db.execute("DROP TABLE decision")
        db.execute("PRAGMA user_version = 2")
    asked(text=OWN_REDIS)
    kept, _ = started(small, "older")
    assert [one["subject"] for one in kept["pending"]] == ["redis"]
    assert set(small.containers(stack)) == {"web"}
    rows = {row["service"]: row["role"] for row in small.rows("decision")}
    assert rows == {"db": "shared", "redis": "shared", "web": "own"}


def test_a_new_service_is_decided_at_the_next_start_and_one_that_is_gone_is_forgotten(small, asked):
    del asked
    stack = small.new("grow")["compose_project"]
    file = small.root / "grow" / "compose.yaml"
    text = file.read_text()
    file.write_text(text.replace("volumes:\n  data", "  job:\n    build: .\nvolumes:\n  data"))
    kept, _ = started(small, "grow")
    assert (kept["pending"], set(small.containers(stack))) == ([], {"web", "job"})
    assert {row["service"] for row in small.rows("decision")} == {"db", "redis", "web", "job"}
    file.write_text(text)
    started(small, "grow")
    assert {row["service"] for row in small.rows("decision")} == {"db", "redis", "web"}
    started(small, "grow", "--renew")
    assert set(small.containers(stack)) == {"web"}
