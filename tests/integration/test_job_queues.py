"""Jobs stay apart: what is queued in one stack is run by that stack's workers, whatever reaches the queue."""

from __future__ import annotations

import pytest
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine

JOBS = 10


@pytest.fixture(scope="module")
def parcels(make_toy):
    toy = make_toy(PROJECTS / "parcels")
    toy.compose("up", "--detach", "--build", "--wait", "--quiet-pull")
    yield toy
    toy.destroy()


def database(toy, branch: str) -> int:
    (row,) = [one for one in toy.rows("worktree") if one["branch"] == branch]
    return row["broker_database"]


def port_of(toy, branch: str) -> int:
    (port,) = toy.listed()[branch]["services"]["web"]["ports"]
    return port["published"]


def ran_all(toy, port: int) -> list[str]:
    """Return who ran which jobs, once as many were run as are queued at once."""

    def done() -> list[str] | None:
        found = toy.get(port)["done"]
        return found if len(found) >= JOBS else None

    return toy.wait_for(done, seconds=30)


def test_no_worker_takes_the_jobs_of_another_stack_and_no_scheduler_runs_twice(parcels):
    notes = parcels.wt("plan", "one", "--json").json["notes"]
    assert any("beat is not started" in line for line in notes)
    assert any("REDIS_URL names a place of the worktree's own" in line for line in notes)
    for branch in ("one", "two"):
        (planned,) = {one["new"] for one in parcels.wt("plan", branch, "--json").json["env"]}
        told = parcels.wt("new", branch).err
        assert planned.endswith(f"/{database(parcels, branch)}")
        assert "beat is not started: start-beat is a scheduler" in told
        assert "cached data and sessions there go along" in told
        (parcels.root / branch / "BRANCH").write_text(branch)
        parcels.wt("restart", branch)
    ports = {"main": parcels.web, **{branch: port_of(parcels, branch) for branch in ("one", "two")}}
    for port in ports.values():
        parcels.get(port, "/queue")
    for branch, port in ports.items():
        assert {line.partition(" by ")[2] for line in ran_all(parcels, port)} == {branch}
        assert {line.partition(" of ")[2].partition(" by ")[0] for line in parcels.get(port)["done"]} == {
            branch
        }
    assert len({parcels.get(port)["database"] for port in ports.values()}) == len(ports)
    assert {*parcels.get(parcels.web)["ticks"]} == {"beat of main"}
    assert not parcels.get(ports["one"])["ticks"]
    for branch in ("one", "two"):
        assert "Redis database" in parcels.wt("remove", branch, "--force").err


def test_where_redis_has_no_database_left_the_worktree_has_a_redis_of_its_own(make_toy):
    toy = make_toy(PROJECTS / "parcels")
    compose = toy.main / "compose.yaml"
    compose.write_text(
        compose.read_text().replace(
            "image: redis:7", "image: redis:7\n    command: redis-server --databases 2"
        )
    )
    toy.commit("Give Redis two databases")
    toy.compose("up", "--detach", "--wait", "redis")
    toy.new("first", "--no-start")
    assert "redis has no database left" in " ".join(toy.wt("plan", "second", "--json").json["notes"])
    assert "redis has no database left" in toy.wt("new", "second", "--no-start").err
    roles = {(row["service"], row["role"]) for row in toy.rows("decision") if row["service"] == "redis"}
    assert roles == {("redis", "shared"), ("redis", "own")}
    toy.wt("start", "second")
    stack = toy.listed()["second"]["compose_project"]
    assert "redis" in toy.containers(stack)
    toy.get(port_of(toy, "second"), "/queue")
    assert len(ran_all(toy, port_of(toy, "second"))) == JOBS
    toy.destroy()
