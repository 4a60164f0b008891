"""What makes, refreshes, gives up and trashes a worktree's database is killed before anything it does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from harness.faults.stage import WALKED
from harness.faults.walk import Flow, walking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.faults.stage import Stage
    from harness.faults.walk import Walk

pytestmark = pytest.mark.engine

PLAIN = "remove-plain"
TEMPLATE = "toy_wt_template"
# Nothing is merged for so long; what is in the trash has expired at once.
EMPTY_TRASH = {"INVOKE_WT_TRASH_DAYS": "0", "INVOKE_WT_CLEAN_MIN_AGE": "999999"}
COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{}'"
MADE = "CREATE TABLE item AS SELECT n AS id, n % 7 + 1 AS price FROM generate_series(1, 500) AS n"
OURS = "SELECT datname FROM pg_database WHERE datname LIKE 'toy\\_%' AND datname <> 'toy_wt_template'"


def sql(stage: Stage, statement: str, database: str = "toy") -> str:
    words = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "toy", "-d", database, "-c", statement)
    return str(stage.toy.compose("exec", "--no-TTY", "db", "psql", *words).strip())


def absent(stage: Stage) -> None:
    """No worktree, and no database of one."""
    stage.witness.forget(WALKED)
    if stage.there():
        stage.stable.done("remove", WALKED, "--force")
    stage.drop_points()
    for _ in range(2):
        stage.stable.done("clean", "--yes", env=EMPTY_TRASH)
        stage.toy.let_a_day_pass()
    assert sql(stage, OURS) == ""


def shared(stage: Stage) -> None:
    absent(stage)
    stage.stable.done("new", WALKED, "--no-start")


def edited(stage: Stage) -> None:
    """A worktree whose removal makes a restore point."""
    shared(stage)
    (stage.tree / "edited").write_text("work\n")


def changed(stage: Stage) -> None:
    """A worktree with a copy of main's database, in which rows are changed."""
    if not stage.there() or len(sql(stage, OURS).split()) > 1:
        shared(stage)
    stage.witness.forget(WALKED)
    stage.stable.done("database", WALKED, "--mode", "clone")
    sql(stage, "UPDATE item SET price = 0", sql(stage, OURS))


def has_a_copy(stage: Stage) -> None:
    """One database is there, whole, recorded and marked; its worktree alone is pointed at it."""
    name = sql(stage, OURS)
    assert sql(stage, "SELECT count(*), sum(price) FROM item", name) == sql(
        stage, "SELECT count(*), sum(price) FROM item"
    )
    assert seen(stage) == (name, "ready")
    assert stage.toy.env_of(stage.tree)["DATABASE_URL"].endswith(f"/{name}")
    assert sql(stage, "SELECT datallowconn FROM pg_database WHERE datname = 'toy_wt_template'") == "f"


def is_shared(stage: Stage) -> None:
    """The worktree is pointed at main's database; its own waits in the trash."""
    assert stage.toy.env_of(stage.tree)["DATABASE_URL"].endswith("/toy")
    is_trashed(stage)


def is_empty(stage: Stage) -> None:
    """The worktree is pointed at a new database without tables; the former one waits in the trash."""
    rows = {row["state"]: row["name"] for row in stage.toy.rows("database") if row["name"] != TEMPLATE}
    assert rows.keys() == {"ready", "trashed"}
    assert set(sql(stage, OURS).split()) == set(rows.values())
    assert stage.toy.env_of(stage.tree)["DATABASE_URL"].endswith(f"/{rows['ready']}")
    assert sql(stage, "SELECT to_regclass('item') IS NULL", rows["ready"]) == "t"
    assert sql(stage, "SELECT sum(price) FROM item", rows["trashed"]) == "0"
    assert {state: f'"{state}"' in sql(stage, COMMENT.format(name)) for state, name in rows.items()} == {
        "ready": True,
        "trashed": True,
    }


def is_trashed(stage: Stage) -> None:
    name = sql(stage, OURS)
    assert sql(stage, "SELECT sum(price) FROM item", name) == "0"
    assert seen(stage) == (name, "trashed")
    assert '"trashed"' in sql(stage, COMMENT.format(name))


def seen(stage: Stage) -> tuple[str, str]:
    (row,) = (one for one in stage.toy.rows("database") if one["name"] != TEMPLATE)
    return row["name"], row["state"]


FLOWS = {
    "clone": Flow(("database", WALKED, "--mode", "clone"), shared, {WALKED: "none"}, has_a_copy),
    "refresh": Flow(
        ("database", WALKED, "--refresh", "--reset"), changed, {WALKED: "none"}, has_a_copy, like="clone"
    ),
    "shared": Flow(
        ("database", WALKED, "--mode", "shared"), changed, {WALKED: "none"}, is_shared, like="refresh"
    ),
    "empty": Flow(
        ("database", WALKED, "--mode", "empty"), changed, {WALKED: "none"}, is_empty, like="refresh"
    ),
    "remove": Flow(("remove", WALKED, "--force"), changed, {}, is_trashed, points=1, like=PLAIN),
    # What it does without a database is walked elsewhere.
    PLAIN: Flow(("remove", WALKED, "--force"), edited, {}, points=1),
}


@pytest.fixture(scope="module")
def walk(make_toy) -> Iterator[Walk]:
    with walking(make_toy, FLOWS) as walk:
        sql(walk.stage, MADE)
        walk.events(PLAIN)
        yield walk


@pytest.mark.parametrize("name", [name for name in FLOWS if name != PLAIN])
def test_killed_anywhere_the_same_command_again_ends_well(walk, name, record_property):
    walk.along(name, record_property)


def test_sixteen_at_once_get_one_each(walk):
    stage = walk.stage
    absent(stage)
    # The first of them fills it.
    sql(stage, f"DROP DATABASE IF EXISTS {TEMPLATE}")
    names = [f"many-{number}" for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        trees = list(pool.map(lambda name: stage.toy.new(name, "--database", "clone"), names))
        made = {tree["databases"][0]["name"] for tree in trees}
        assert made == set(sql(stage, OURS).split())
        assert len(made) == 16
        assert {sql(stage, "SELECT count(*) FROM item", name) for name in made} == {"500"}
        list(pool.map(lambda name: stage.toy.wt("remove", name, "--force"), names))
