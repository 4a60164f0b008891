"""The shapes that projects have: main and two worktrees of each at once, from `plan` to `remove`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.shapes import Shape, Site

pytestmark = pytest.mark.engine

SHAPES = (
    Shape(
        "django",
        own=frozenset({"django", "celeryworker", "flower"}),
        queue="django",
        workers=frozenset({"celeryworker"}),
        schedulers=frozenset({"celerybeat"}),
        images=("mailpit",),
        notes=("celerybeat is not started: ", "REDIS_URL points to the worktree's own database"),
    ),
    Shape(
        "rails",
        own=frozenset({"web", "worker", "cable"}),
        queue="web",
        workers=frozenset({"worker"}),
        schedulers=frozenset({"clock"}),
        notes=("clock is not started: ", "REDIS_URL points to the worktree's own database"),
        # Its health check has its first turn after a minute.
        state="starting",
    ),
    Shape(
        "laravel",
        own=frozenset({"laravel.test", "queue"}),
        queue="laravel.test",
        workers=frozenset({"queue"}),
        schedulers=frozenset({"scheduler"}),
        images=("mailpit",),
        notes=("scheduler is not started: ",),
    ),
    Shape(
        "fastapi",
        own=frozenset({"api", "worker"}),
        queue="api",
        workers=frozenset({"worker"}),
        ended=frozenset({"migrate"}),
        code="app/CHECKOUT",
    ),
    Shape("static", own=frozenset({"nginx", "api"}), extra="/static/site.json"),
    Shape(
        "rabbitmq",
        own=frozenset({"web", "worker"}),
        queue="web",
        workers=frozenset({"worker"}),
        schedulers=frozenset({"worker"}),
        images=("rabbitmq",),
        broker=("rabbitmq", "rabbitmqctl", "--quiet", "list_vhosts", "name", "--formatter", "json"),
        notes=("worker schedules no jobs here, because main's does",),
    ),
    Shape(
        "devcontainer",
        own=frozenset({"app"}),
        up=("--file", ".devcontainer/docker-compose.yml"),
        inside=".devcontainer",
        suffix="_devcontainer",
    ),
)


# Much of a walk is waiting.
AT_ONCE = 3


@pytest.fixture(scope="module")
def walks(request, tmp_path_factory, make_toy):
    """Walk through the shapes that are asked for, some at once; return what came of each, by its name."""
    items = [one for one in request.session.items if one.path == request.path]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            shape.name: pool.submit(walk, Site(shape, tmp_path_factory.mktemp("shape"), make_toy))
            for shape in (one.callspec.params["shape"] for one in items)
        }


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_main_and_two_worktrees_run_at_once_and_each_has_its_own(shape, walks):
    walks[shape.name].result()


def walk(site: Site) -> None:
    toy, shape = site.toy, site.shape
    site.up()
    before, spaces = site.objects(), site.spaces()
    plans = site.plan()
    opened = site.open()
    trees = site.agree(plans, opened)
    assert site.findings() == []
    checkouts = [site.main, *trees]
    for one in checkouts:
        site.serves(one)
        site.reaches(one)
    if shape.queue:
        site.keeps_jobs_apart(checkouts)

    left, right = trees
    others = site.running(right)
    # Plain Compose means the stack that is there.
    site.plain(right, "up", "--detach")
    assert site.running(right) == others
    assert toy.wt("stop", left.branch, "--json").json["state"] == "stopped"
    started = toy.wt("start", left.branch, "--json").json
    assert site.agree(plans, [started, opened[1]]) == trees
    site.serves(left)
    if shape.queue:
        site.keeps_jobs_apart(checkouts)
    assert site.running(right) == others

    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: toy.wt("remove", one.branch), trees))
    assert site.objects() == before
    assert site.spaces() <= spaces
    assert toy.listed() == {}
    assert site.findings() == []
    assert toy.identities(site.name) == site.of_main
    site.serves(site.main)
    assert toy.git("status", "--porcelain") == ""
    toy.destroy()
