"""Killed at any moment, the same command run again finishes the job, and nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine


@pytest.fixture
def deadly(toy, tmp_path):
    """Return the environment in which git or docker kills our command once."""

    def deadly(words: str, when: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in ("git", "docker"):
            (folder / name).symlink_to(Path(__file__).parent / "deadly")
        return {
            "PATH": f"{folder}{os.pathsep}{toy.env['PATH']}",
            "DEADLY_WORDS": words,
            "DEADLY_WHEN": when,
            "DEADLY_ONCE": str(tmp_path / "once"),
        }

    return deadly


def finished(toy, branch) -> None:
    """See that `new` finishes what was begun, and that all of it is there once."""
    tree = toy.new(branch)
    assert tree["state"] == "running"
    assert toy.get(tree["services"]["web"]["ports"][0]["published"])["SITE_URL"] == tree["url"]
    assert set(toy.containers(tree["compose_project"])) == {"web", "vite", "worker"}
    worktrees = toy.git("worktree", "list", "--porcelain").count(f"worktree {toy.root / branch}\n")
    assert worktrees == 1
    assert toy.git("status", "--porcelain", cwd=toy.root / branch) == ""
    assert (toy.root / branch / "app" / "deep" / "code.py").is_file()
    assert [row["branch"] for row in toy.rows("worktree")].count(branch) == 1
    labelled = toy.docker(
        "network", "ls", "--quiet", "--filter", f"label=worktree-tasks.worktree={branch}",
        "--filter", f"label=worktree-tasks.project={toy.name}",
    )  # fmt: skip
    assert len(labelled.split()) == 1


def gone(toy, branch) -> None:
    toy.wt("remove", branch)
    assert toy.ours(branch) == []
    assert branch not in [row["branch"] for row in toy.rows("worktree")]
    assert not (toy.root / branch).exists()
    assert toy.git("branch", "--list", branch) == ""


@pytest.mark.parametrize(
    ("words", "when"),
    [
        (" branch --no-track ", "before"),
        (" branch --no-track ", "after"),
        (" worktree add ", "after"),
        (" reset --quiet --hard ", "after"),
        (" up --detach ", "before"),
        (" up --detach ", "after"),
    ],
    ids=lambda text: text.strip().replace(" ", "-"),
)
def test_new_killed_at_a_step_is_finished_by_new(toy, deadly, words, when):
    branch = toy.fresh("step")
    done = toy.run(*toy.inv_argv("wt.new", branch), env=deadly(words, when))
    assert done.code == -signal.SIGKILL
    finished(toy, branch)
    gone(toy, branch)


def test_new_interrupted_once_git_made_the_worktree_leaves_none_without_a_record(toy, deadly):
    branch = toy.fresh("hooked")
    env = {**deadly(" hook run ", "before"), "DEADLY_SIGNAL": "2"}
    done = toy.run(*toy.inv_argv("wt.new", branch, "--no-start"), env=env)
    assert done.code == 128 + signal.SIGINT, done.err
    recorded = branch in [row["branch"] for row in toy.rows("worktree")]
    assert recorded == (str(toy.root / branch) in toy.git("worktree", "list", "--porcelain")), done.err
    finished(toy, branch)
    gone(toy, branch)


@pytest.mark.parametrize(
    ("attempt", "whole_group"), [(0, True), (1, False), (2, True)], ids=["early", "childless", "late"]
)
def test_new_killed_at_any_moment_is_finished_by_new(toy, attempt, whole_group):
    branch = toy.fresh("moment")
    moment = random.SystemRandom().uniform(0.2 + attempt * 0.8, 1.0 + attempt * 0.8)
    running = toy.start("new", branch)
    try:
        running.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        if whole_group:
            os.killpg(running.pid, signal.SIGKILL)
        running.kill()
        running.communicate()
    print(f"killed after {moment:.3f} s")  # noqa: T201 - shown when the test fails
    finished(toy, branch)
    gone(toy, branch)


@pytest.mark.parametrize(
    ("words", "when"),
    [(" worktree remove ", "before"), (" worktree remove ", "after"), (" update-ref -d ", "after")],
    ids=lambda text: text.strip().replace(" ", "-"),
)
def test_remove_killed_at_a_step_is_finished_by_remove(toy, deadly, words, when):
    branch = toy.fresh("away")
    toy.new(branch)
    done = toy.run(*toy.inv_argv("wt.remove", branch), env=deadly(words, when))
    assert done.code == -signal.SIGKILL
    gone(toy, branch)


def test_new_undoes_the_remove_that_was_killed(toy, deadly):
    branch = toy.fresh("back")
    toy.new(branch)
    done = toy.run(*toy.inv_argv("wt.remove", branch), env=deadly(" worktree remove ", "before"))
    assert done.code == -signal.SIGKILL
    finished(toy, branch)
    gone(toy, branch)


def test_a_container_that_was_half_replaced_when_compose_was_killed_does_not_stop_start(toy):
    branch = toy.fresh("replaced")
    tree = toy.new(branch)
    old = toy.containers(tree["compose_project"])["web"]
    labels = [f"--label={key}={value}" for key, value in old["Config"]["Labels"].items()]
    half = f"{old['Id'][:12]}_{old['Name'].removeprefix('/')}"
    replaces = f"--label=com.docker.compose.replace={old['Name'].removeprefix('/')}"
    toy.docker("create", "--name", half, *labels, replaces, old["Config"]["Image"], "true")
    env = toy.root / branch / ".env"
    env.write_text(env.read_text() + "EDITED=1\n")
    again = toy.wt("start", branch, "--json").json
    assert again["state"] == "running"
    assert toy.containers(tree["compose_project"])["web"]["Name"] == old["Name"]
    assert toy.get(toy.web + tree["slot"])["EDITED"] == "1"
    toy.wt("remove", branch, "--force")
    assert toy.ours(branch) == []
