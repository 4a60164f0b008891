"""An engine that does not answer: git's side is listed all the same, soon, and it is said once."""

from __future__ import annotations

import shutil
import time

import pytest
from harness.engines import silent_engine

from worktree_tasks.orchestration.steps import worktree_state

pytestmark = pytest.mark.usefixtures("compose_program")

# What the engine gets; the rest is Python and git on a busy machine. Without a limit it would never end.
SOON = 6 * worktree_state._DOCKER_SECONDS


@pytest.fixture
def shop(project):
    project.git("worktree", "add", "--quiet", "-b", "auth", str(project.root / "auth"))
    (project.root / "auth" / "notes.txt").write_text("mine\n")
    return project


def test_what_git_knows_is_listed_soon_and_the_engine_is_told_of_once(shop):
    with silent_engine() as address:
        began = time.monotonic()
        done = shop.inv("list", env={"DOCKER_HOST": address})
        took = time.monotonic() - began
    assert done.code == 4
    assert "auth" in done.out
    assert "1 untracked" in done.out
    assert [line for line in done.err.splitlines() if line.startswith(("✗", "!"))] == [
        f"✗ no Docker Engine answers: waited 5 s for {address}"
    ]
    assert took < SOON


def test_without_the_docker_program_git_s_side_is_listed_and_the_hint_is_to_install_it(shop, tmp_path):
    assert shop.inv("list", env={"DOCKER_HOST": "unix:///nowhere/docker.sock"}).code == 4
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git"))
    done = shop.inv("list", env={"PATH": str(programs), "DOCKER_HOST": "tcp://127.0.0.1:1"})
    assert done.code == 4
    assert "1 untracked" in done.out
    assert "the docker program is missing" in done.err
    assert "install Docker" in done.err


@pytest.mark.parametrize("words", [("list",), ("list", "--all")], ids=["project", "all"])
def test_the_document_has_both_the_worktrees_and_the_error(shop, words):
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    assert shop.inv("list", env=nowhere).code == 4  # the project is known from now on
    done = shop.inv(*words, "--json", env=nowhere)
    document = done.json
    assert (done.code, document["error"]["code"], document["schema"]) == (4, 4, 1)
    assert "no Docker Engine answers" in document["error"]["what"]
    (found,) = document.get("projects", [document])
    assert found["main"]["state"] == "unknown"
    assert [(one["name"], one["state"], one["changes"]["untracked"]) for one in found["worktrees"]] == [
        ("auth", "unmanaged", 1)
    ]
