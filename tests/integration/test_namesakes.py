"""Another checkout whose compose project has the name of main's: its database is not taken for main's."""

from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.engine


def test_a_stack_of_another_checkout_with_mains_name_is_refused_and_left_as_it_is(quiet_toy):
    elsewhere = quiet_toy.folder / "elsewhere" / quiet_toy.name
    quiet_toy.git("clone", "--quiet", str(quiet_toy.main), str(elsewhere))
    shutil.copy2(quiet_toy.main / ".env", elsewhere / ".env")
    before, there = quiet_toy.identities(), quiet_toy.ours()

    told = f"the compose project {quiet_toy.name} runs in {quiet_toy.main}, which is not this project's main"
    assert [
        one for one in quiet_toy.wt("plan", "mistaken", "--json", cwd=elsewhere).json["notes"] if told in one
    ]
    done = quiet_toy.wt("new", "mistaken", "--json", cwd=elsewhere, code=1)
    assert str(quiet_toy.main) in done.json["error"]["what"]
    assert "COMPOSE_PROJECT_NAME" in done.json["error"]["hint"]
    assert quiet_toy.identities() == before
    assert quiet_toy.ours() == there
    assert quiet_toy.git("branch", "--list", "mistaken", cwd=elsewhere) == ""
    mains = quiet_toy.wt("list", "--json", cwd=elsewhere).json["main"]
    assert (mains["state"], mains["services"]) == ("created", {})
    assert "runs no service 'web'" in quiet_toy.wt("run", "main", "web", "pwd", cwd=elsewhere, code=2).err

    with (elsewhere / ".env").open("a") as env:
        env.write(f"COMPOSE_PROJECT_NAME={quiet_toy.name}-2\n")
    assert told not in quiet_toy.wt("plan", "meant", cwd=elsewhere).out
    quiet_toy.wt("new", "meant", "--no-start", cwd=elsewhere)
    quiet_toy.wt("remove", "meant", cwd=elsewhere)


@pytest.fixture
def elsewhere(quiet_toy):
    """A clone with main's compose project, whose services run instead of main's."""
    place = quiet_toy.folder / "instead" / quiet_toy.name
    quiet_toy.git("clone", "--quiet", str(quiet_toy.main), str(place))
    shutil.copy2(quiet_toy.main / ".env", place / ".env")
    quiet_toy.new("left")
    quiet_toy.compose("down")
    quiet_toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis", cwd=place)
    yield place
    quiet_toy.compose("down", cwd=place)
    quiet_toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    quiet_toy.wt("remove", "left", "--force")


def test_a_stack_of_another_checkout_is_not_listed_or_linked_as_mains(quiet_toy, elsewhere):
    before, there = quiet_toy.identities(), networks(quiet_toy)
    assert quiet_toy.wt("list", "--json", cwd=elsewhere).json["main"]["services"].keys() == {"db", "redis"}
    listed = quiet_toy.wt("list", "--json").json
    assert listed["main"]["services"] == {}
    assert listed["main"]["state"] != "running"

    rows = {
        one["main"]["path"]: one["main"] for one in quiet_toy.wt("list", "--all", "--json").json["projects"]
    }
    assert rows[str(elsewhere)]["memory"]
    assert rows[str(quiet_toy.main)]["memory"] is None

    found = quiet_toy.wt("doctor", "--fix", "--json", code=1).json["findings"]
    (what,) = [one["what"] for one in found if one["kind"] == "main" and not one["fixed"]]
    assert what.startswith("left is running without main's db, redis")
    assert str(elsewhere) in what
    assert quiet_toy.wt("database", "left", "--mode", "empty", code=1).err
    quiet_toy.wt("stop", "left")
    assert quiet_toy.wt("database", "left", "--mode", "empty", code=1).err
    assert (quiet_toy.identities(), networks(quiet_toy)) == (before, there)


def networks(toy):
    return {name: sorted(one["NetworkSettings"]["Networks"]) for name, one in toy.containers().items()}


def test_containers_that_a_moved_main_left_are_its_own(quiet_toy, request):
    moved = quiet_toy.main.with_name("moved-main")
    shutil.copytree(quiet_toy.main, moved, symlinks=True)
    shutil.rmtree(quiet_toy.main)
    request.addfinalizer(lambda: moved.rename(quiet_toy.main))
    with (moved / ".env").open("a") as env:
        env.write(f"COMPOSE_PROJECT_NAME={quiet_toy.name}\n")
    before = quiet_toy.identities()
    told = quiet_toy.wt("ensure-main", "--json", cwd=moved)
    assert f"{quiet_toy.name}: db healthy, redis running" in told.err
    assert quiet_toy.identities() == before
