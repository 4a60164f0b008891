"""A stack with nginx in front, two networks, fixed container names, an included file and a pinned name.

Main and two worktrees of it run at once, without a change to a tracked file.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine

BRANCHES = ("feature/left", "right")
WAYS = ("by-service", "by-alias", "by-container")


@pytest.fixture(scope="module")
def fronted(make_toy):
    project = make_toy(PROJECTS / "front")
    project.compose("up", "--detach", "--quiet-pull")
    project.wait_for(lambda: serves(project))
    yield project
    project.destroy()


def serves(project) -> bool:
    with suppress(OSError):
        return bool(project.get(project.web, "/by-service/"))
    return False


@pytest.fixture(scope="module")
def trees(fronted):
    """Open two worktrees whose branches have pages of their own."""
    return [
        fronted.new(fronted.branch(branch, {"app/page.txt": f"{branch}\n"}))["name"] for branch in BRANCHES
    ]


def stacks(fronted) -> dict[str, tuple[int, Path]]:
    """Return the port and the directory of each stack, by the page that it must serve."""
    listed = fronted.listed()
    found = {
        branch: (
            listed[branch]["services"]["nginx"]["ports"][0]["published"],
            Path(listed[branch]["path"]),
        )
        for branch in BRANCHES
    }
    return {"main": (fronted.web, fronted.main), **found}


def test_every_nginx_reaches_its_own_back_end_by_every_name_that_main_knows(fronted, trees):
    for page, (port, _) in stacks(fronted).items():
        for way in WAYS:
            answers = [fronted.get(port, f"/{way}/")["page"] for _ in range(20)]
            assert answers == [page] * len(answers), way


def test_all_back_ends_have_the_one_redis_of_main(fronted, trees):
    containers = fronted.containers()
    networks = containers["redis"]["NetworkSettings"]["Networks"]
    addresses = {one["IPAddress"] for one in networks.values()}
    assert len(networks) == len(BRANCHES) + 1
    for port, _ in stacks(fronted).values():
        assert fronted.get(port, "/by-service/")["redis"] in addresses
    for name in trees:
        assert set(fronted.containers(f"{fronted.name}-{name}")) == {"nginx", "app"}


def test_what_is_edited_in_one_checkout_is_served_there_alone(fronted, trees):
    _, path = stacks(fronted)[BRANCHES[0]]
    page = path / "app" / "page.txt"
    before = page.read_text()
    page.write_text("edited\n")
    served = {name: fronted.get(port, "/by-alias/")["page"] for name, (port, _) in stacks(fronted).items()}
    page.write_text(before)
    assert served == {"main": "main", BRANCHES[0]: "edited", BRANCHES[1]: BRANCHES[1]}


def test_fixed_names_stay_mains_and_no_tracked_file_changes(fronted, trees):
    names = {one["Name"] for one in fronted.containers().values()}
    assert names == {f"/{fronted.name}_front", f"/{fronted.name}_app", f"/{fronted.name}_redis"}
    for name in trees:
        for service, one in fronted.containers(f"{fronted.name}-{name}").items():
            assert one["Name"] == f"/{fronted.name}-{name}-{service}-1"
    for _, path in stacks(fronted).values():
        assert fronted.git("status", "--porcelain", "--untracked-files=all", cwd=path) == ""


def test_removing_one_leaves_main_and_the_other_serving_the_same_containers(fronted, trees):
    before = fronted.identities()
    other = fronted.identities(f"{fronted.name}-{trees[1]}")
    kept = stacks(fronted)
    fronted.wt("remove", trees[0])
    assert fronted.identities() == before
    assert fronted.identities(f"{fronted.name}-{trees[1]}") == other
    for page in ("main", BRANCHES[1]):
        assert fronted.get(kept[page][0], "/by-container/")["page"] == page
    assert fronted.ours(trees[0]) == []
