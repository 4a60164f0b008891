"""A gateway and a page of images in front of an own API, with static files and a socket on common volumes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine

OWN = {"api", "assets", "gateway", "ui"}


@pytest.fixture(scope="module")
def pages(make_toy):
    project = make_toy(PROJECTS / "pages")
    yield project
    project.destroy()


def answer(project, port: int, path: str):
    def asked():
        with suppress(OSError):
            return [project.get(port, path)]
        return []

    return project.wait_for(asked)[0]


def test_what_is_in_front_of_an_own_api_shows_its_worktree_and_has_its_files(pages):
    planned = pages.wt("plan", "left", "--json").json
    reasons = {one["name"]: one["reason"] for one in planned["services"] if one["role"] == "own"}
    assert set(reasons) == OWN
    assert reasons["ui"] == "it calls api, which mounts app of the project"
    assert planned["notes"][0].startswith("3 more services are own because of api (")
    assert "api shares the volume socket with main's cache" in planned["notes"]
    # Main never ran: what is main's is made for it.
    done = pages.wt("new", pages.branch("left", {"app/page.txt": "left\n"}), "--json")
    assert "3 more services are own because of api (" in done.err
    tree = done.json
    port = tree["services"]["gateway"]["ports"][0]["published"]
    assert set(tree["services"]) == OWN
    visits = []
    for path in ("/", "/api/"):
        found = answer(pages, port, path)
        assert found["page"] == "left"
        visits.append(found["visits"])
    assert answer(pages, port, "/static/site.json") == "style"
    pages.compose("up", "--detach")
    for path in ("/", "/api/"):
        found = answer(pages, pages.web, path)
        assert found["page"] == "main"
        visits.append(found["visits"])
    # One Redis has counted them all.
    assert visits == sorted(set(visits))
    rows = pages.docker("volume", "inspect", f"{pages.name}_rows", f"{pages.name}_socket")
    before = pages.identities()
    pages.wt("remove", "left")
    assert pages.identities() == before
    assert pages.docker("volume", "inspect", f"{pages.name}_rows", f"{pages.name}_socket") == rows
    assert pages.ours("left") == []


def test_one_worktree_may_have_it_otherwise_and_its_server_is_empty(pages):
    pages.compose("up", "--detach")
    redis = "redis-cli -s /run/cache/redis.sock"
    answer(pages, pages.web, "/api/")
    pages.compose("exec", "-T", "cache", *redis.split(), "set", "mark", "main")
    branch = pages.branch("right", {"app/page.txt": "right\n"})
    tree = pages.new(branch, "--own", "cache", "--shared", "assets")
    assert set(tree["services"]) == OWN - {"assets"} | {"cache"}
    port = tree["services"]["gateway"]["ports"][0]["published"]
    assert answer(pages, port, "/api/")["page"] == "right"
    assert answer(pages, port, "/static/site.json") == "style"
    assert pages.wt("run", "right", "cache", f"{redis} exists mark").out.strip() == "0"
    pages.wt("run", "right", "cache", f"{redis} set mark right")
    renewed = pages.wt("start", "right", "--renew", "--json").json
    assert (set(renewed["services"]), renewed["pending"]) == (set(tree["services"]), [])
    assert answer(pages, port, "/api/")["page"] == "right"
    assert pages.wt("run", "right", "cache", f"{redis} get mark").out.strip() == "right"
    assert pages.compose("exec", "-T", "cache", *redis.split(), "get", "mark").strip() == "main"
    pages.wt("remove", "right", "--force")


def test_a_role_is_asked_for_once_and_of_services_that_are_there(pages):
    done = pages.wt("new", "none", "--own", "nosuch", "--no-start", code=2)
    assert "--own 'nosuch': there is no such service" in done.err
    assert "✓" not in done.err
    assert not (pages.root / "none").exists()
    pages.new("kept", "--no-start", "--shared", "ui")
    assert pages.new("kept", "--no-start")["services"].keys() == pages.listed()["kept"]["services"].keys()
    done = pages.wt("new", "kept", "--own", "ui", "--no-start", code=2)
    assert "ui was requested as own, but is shared in kept" in done.err
    assert "--own names ui already" in pages.wt("new", "x", "--own", "ui", "--shared", "ui", code=2).err
    pages.wt("remove", "kept", "--force")
