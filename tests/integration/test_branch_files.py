"""What a branch has is read on the branch: compose files, services, env files; main's files are main's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

WEB = "  web:\n    image: python:3.11-slim\n    volumes: ['.:/app']\n    ports: ['24600:8000']\n"
DB = "  db:\n    image: postgres:15\n"
TASKS = "from invoke import Collection\nimport worktree_tasks as wt\n\nns = Collection(wt)\n"
BASE = f"services:\n{WEB}"
FEATURE = 'services:\n  web:\n    environment: {FEATURE: "on"}\n'
OVERRIDES = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@pytest.fixture
def shop(make_project):
    """A project whose worktrees are gone afterwards."""
    made = make_project(compose=BASE, tasks=TASKS)
    yield made
    made.remove_all()


def commit_on(project, branch, files):
    """Commit files on a new branch, None deletes one, a path links to it; main is checked out again."""
    project.git("switch", "--quiet", "--create", branch)
    for name, text in files.items():
        (project.path / name).unlink(missing_ok=True)
        if isinstance(text, Path):
            (project.path / name).symlink_to(text)
        elif text is not None:
            project.write(name, text)
    project.commit()
    project.git("switch", "--quiet", "main")


def new(project, branch):
    return json.loads(project.wt("new", branch, "--no-start", "--json").out)


def plain(tree):
    """Return what plain `docker compose` reads in a worktree."""
    return json.loads(tree.compose("config", "--format", "json"))


def in_worktree(project, tree):
    return type(project)(Path(tree["path"]))


@pytest.mark.parametrize("name", [*OVERRIDES, "compose.worktree.yaml"])
def test_a_file_that_the_branch_tracks_is_never_written_and_counts(shop, name):
    commit_on(
        shop, "feat", {name: FEATURE, **({"compose.override.yml": FEATURE} if "worktree" in name else {})}
    )
    tree = new(shop, "feat")
    mine = in_worktree(shop, tree)
    assert mine.git("status", "--porcelain") == ""
    read = plain(mine)
    assert read["name"] == tree["compose_project"]
    assert read["services"]["web"]["environment"] == {"FEATURE": "on"}
    assert [port["published"] for port in read["services"]["web"]["ports"]] != ["24600"]
    shop.wt("remove", "feat")


def test_a_branch_may_call_its_compose_file_otherwise(shop):
    commit_on(shop, "old", {"compose.yaml": None, "docker-compose.yml": BASE})
    assert plain(in_worktree(shop, new(shop, "old")))["name"] == "shop-old"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "the branch has no compose file"),
        ("services: [", "Compose cannot read compose.yaml"),
        (Path("nowhere.yaml"), "compose.yaml is a symbolic link to nowhere.yaml, which is not there"),
        (Path("../beside.yaml"), "compose.yaml is a symbolic link to ../beside.yaml, which is not there"),
    ],
)
def test_a_plan_fails_as_new_does_where_a_branch_has_no_compose_file_to_read(shop, text, what):
    commit_on(shop, "torn", {"compose.yaml": text})
    new(shop, "whole")
    for words in (("plan", "torn"), ("new", "torn", "--no-start")):
        assert json.loads(shop.wt(*words, "--json", code=2).out)["error"]["what"].startswith(what)
    assert "torn" not in shop.git("worktree", "list")


def test_what_new_undid_is_told_with_a_command_that_shows_the_same(shop):
    commit_on(shop, "torn", {"compose.yaml": "services: {web: {image: x, unknown: 1}}"})
    error = json.loads(shop.wt("new", "torn", "--no-start", "--json", code=2).out)["error"]
    assert str(shop.path.parent) not in error["what"] + error["hint"]
    assert error["hint"].endswith("plan torn shows the same")


def test_a_compose_file_that_is_mains_link_to_a_file_beside_main_is_read_there(shop):
    beside = shop.path.parent / "beside.yaml"
    beside.write_text(BASE)
    (shop.path / "compose.yaml").unlink()
    (shop.path / "compose.yaml").symlink_to(beside)
    shop.commit()
    planned = json.loads(shop.wt("plan", "linked", "--json").out)
    assert [one["name"] for one in planned["services"]] == ["web"]
    assert plain(in_worktree(shop, new(shop, "linked")))["name"] == "shop-linked"


def test_a_compose_file_that_was_deleted_in_main_is_told_as_missing(shop):
    new(shop, "open")
    (shop.path / "compose.yaml").unlink()
    error = json.loads(shop.wt("plan", "any", "--json", code=2).out)["error"]
    shop.git("restore", "compose.yaml")
    assert error["what"].startswith("no compose file here")


def test_an_open_worktree_starts_after_main_got_or_renamed_a_compose_file(shop):
    tree = new(shop, "open")
    shop.write("compose.override.yml", FEATURE)
    shop.git("mv", "compose.yaml", "docker-compose.yml")
    shop.commit()
    shop.wt("write-compose", "open")
    assert "environment" not in plain(in_worktree(shop, tree))["services"]["web"]


def test_the_override_moves_when_the_branch_gets_an_override_of_its_own_and_back(shop):
    tree = new(shop, "moves")
    mine = in_worktree(shop, tree)
    mine.write("compose.override.yml", FEATURE)
    mine.commit()
    for word in ("write-env", "write-compose"):
        shop.wt(word, "moves")
    assert not (mine.path / "compose.override.yaml").exists()
    assert plain(mine)["services"]["web"]["environment"] == {"FEATURE": "on"}
    mine.git("rm", "--quiet", "compose.override.yml")
    mine.commit()
    for word in ("write-env", "write-compose"):
        shop.wt(word, "moves")
    assert not (mine.path / "compose.worktree.yaml").exists()
    assert not (mine.path / ".env").exists()
    assert plain(mine)["name"] == tree["compose_project"]


def test_a_named_file_that_the_branch_lacks_is_left_out_with_a_note(shop):
    shop.git("branch", "old")
    shop.write("invoke.yaml", "wt: {compose: [compose.yaml, more.yaml]}\n")
    shop.write("more.yaml", FEATURE)
    shop.commit()
    said = shop.wt("new", "old", "--no-start").err
    assert "more.yaml, named by setting wt.compose, is not on this branch" in said
    assert "more.yaml" in shop.wt("plan", "old").out


def test_a_setting_may_name_a_service_that_only_one_of_the_two_has(shop):
    shop.git("branch", "old")
    shop.write("compose.yaml", f"{BASE}  mailer:\n    image: redis:7\n")
    shop.write("invoke.yaml", "wt: {services: {own: [mailer]}}\n")
    shop.commit()
    line = "wt.services.own names mailer, which does not exist on this branch"
    assert line in shop.wt("new", "old", "--no-start").err
    assert line in shop.wt("plan", "old").out
    shop.write("invoke.yaml", "wt: {services: {own: [nobody]}}\n")
    for words in (["plan", "old"], ["new", "other", "--no-start"]):
        assert "names 'nobody'" in shop.wt(*words, code=2).err


def test_a_database_that_only_the_branch_has_is_its_own_and_that_is_said(shop):
    commit_on(shop, "feat", {"compose.yaml": f"{BASE}{DB}"})
    line = "db is the worktree's own, with data of its own: main does not have it"
    assert line in shop.wt("plan", "feat").out
    assert line in shop.wt("new", "feat", "--no-start").err


SHAPES = {
    "as in main": {},
    "another name": {"compose.yaml": None, "docker-compose.yml": BASE},
    "more services": {
        "compose.yaml": f"{BASE}{DB}  api:\n    build: .\n    ports: ['24650:80', '24680:81']\n"
    },
    "fewer services": {"compose.yaml": "services:\n  cache:\n    image: redis:7\n"},
    "another port": {"compose.yaml": BASE.replace("24600:8000", "24660:9000")},
    "an override": {"compose.override.yml": "services:\n  web:\n    ports: ['24670:9001']\n"},
    "an env file of its own": {".env": "COMPOSE_FILE=a.yml\n", ".gitignore": "", "a.yml": f"{BASE}{DB}"},
    "a folder": {"compose.yaml": None, "docker/compose.yaml": BASE.replace(".:/app", "..:/app")},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_plan_tells_what_new_then_does(shop, shape):
    commit_on(shop, "feat", {**SHAPES[shape], "app.py": "print()\n"})
    planned = json.loads(shop.wt("plan", "feat", "--json").out)
    made = new(shop, "feat")
    read = json.loads(shop.wt("compose", "feat", "config --format json").out)["services"]
    assert {one["name"] for one in planned["services"] if one["role"] == "own"} == set(read)
    published = {
        (name, port["target"], int(port["published"]))
        for name, service in read.items()
        for port in service.get("ports", ())
    }
    told = {(one["service"], one["target"], one["published"]) for one in planned["ports"]}
    assert told == published
    assert (planned["slot"], planned["compose_project"]) == (made["slot"], made["compose_project"])
