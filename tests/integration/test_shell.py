"""Our functions in real shells with real stacks: into a running one by one word, and out again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SHELLS = ("bash", "zsh", "fish")
CTRL_C = "\x03"
PROGRAM = (sys.executable, "-m", "worktree_tasks")
INTERRUPTED = 130

pytestmark = pytest.mark.engine


@pytest.fixture(params=SHELLS)
def shell(request, quiet_toy, open_shell):
    return open_shell(request.param, quiet_toy.main, env=quiet_toy.env)


def test_wt_makes_a_running_worktree_and_goes_there_and_wr_takes_it_away_from_inside(quiet_toy, shell):
    branch = quiet_toy.fresh()
    assert shell.run("wl; cd /").code == 0  # a project is known once it was used
    seen = shell.run(f"wt {quiet_toy.name} {branch}")
    assert (seen.code, seen.at) == (0, quiet_toy.root / branch), seen.said
    assert quiet_toy.state_of(branch) == "running"
    assert "http://" in seen.said
    assert shell.run(f"cd {quiet_toy.main}; wt -").at == quiet_toy.root / branch

    started = quiet_toy.identities(f"{quiet_toy.name}-{branch}")
    seen = shell.run(f"cd {quiet_toy.main}; wt {branch}")
    assert (seen.code, seen.at) == (0, quiet_toy.root / branch)
    assert quiet_toy.identities(f"{quiet_toy.name}-{branch}") == started

    assert shell.run("wstop").code == 0
    assert quiet_toy.state_of(branch) == "stopped"
    assert branch in shell.run("wstart --all").said
    assert quiet_toy.state_of(branch) == "running"
    assert shell.run("worktree-tasks stop").code == 0
    assert quiet_toy.state_of(branch) == "stopped"
    assert branch in shell.run("wl").said
    assert shell.run("wt .").code == 0
    assert quiet_toy.state_of(branch) == "running"

    Path(quiet_toy.root, branch, "work").write_text("not committed")
    seen = shell.run("wr")
    assert (seen.code, seen.at) == (3, quiet_toy.root / branch)
    Path(quiet_toy.root, branch, "work").unlink()
    seen = shell.run("wr")
    assert (seen.code, seen.at) == (0, quiet_toy.main), seen.said
    assert not (quiet_toy.root / branch).exists()
    assert quiet_toy.ours(branch) == []


def test_an_interrupted_new_leaves_the_shell_where_it_is_and_the_same_word_finishes_it(quiet_toy, shell):
    branch = quiet_toy.fresh()
    shell.type(f"wt {branch}; report\r")
    shell.expect("worktree .*new branch")
    shell.type(CTRL_C)
    seen = shell.report()
    assert (seen.code, seen.at) == (INTERRUPTED, quiet_toy.main)
    assert "Traceback" not in seen.said
    assert "same command again" in seen.said
    seen = shell.run(f"wt {branch}")
    assert (seen.code, seen.at) == (0, quiet_toy.root / branch), seen.said
    assert quiet_toy.state_of(branch) == "running"
    assert shell.run(f"wr {branch}").code == 0


def test_a_stack_that_fails_to_start_is_entered_with_its_code(quiet_toy, open_shell):
    branch = quiet_toy.branch(quiet_toy.fresh(), {"server.py": "raise SystemExit('broken here')\n"})
    shell = open_shell("bash", quiet_toy.main, env={**quiet_toy.env, "INVOKE_WT_WAIT": "5"})
    seen = shell.run(f"wt {branch}")
    assert (seen.code, seen.at) == (1, quiet_toy.root / branch)
    assert "broken here" in seen.said
    assert shell.run("wr").at == quiet_toy.main


def test_wclean_cleans_a_project_from_elsewhere_and_spares_where_one_stands(quiet_toy, open_shell):
    branch = quiet_toy.fresh()
    quiet_toy.new(branch, "--no-start")
    shell = open_shell("bash", Path("/"), env=quiet_toy.env)
    seen = shell.run(f"wclean {quiet_toy.name} --dry-run")
    assert (seen.code, seen.at) == (0, Path("/"))
    assert branch in seen.said
    quiet_toy.wt("remove", branch)


def test_a_gone_project_is_kept_while_docker_has_something_of_it_and_forgotten_after(make_toy):
    toy = make_toy()
    toy.new("left")
    left = toy.ours()
    assert left
    toy.main.rename(toy.folder / "elsewhere")
    seen = toy.run(*PROGRAM, "projects", "--json", cwd=toy.folder).json
    assert [one["name"] for one in seen["projects"]] == [toy.name]
    assert seen["projects"][0]["gone"]
    told = toy.run(*PROGRAM, "projects", cwd=toy.folder).out
    assert all(one.partition(" ")[2] in told for one in left)
    toy.destroy()
    seen = toy.run(*PROGRAM, "projects", "--json", cwd=toy.folder).json
    assert seen["projects"] == []
    assert [one["name"] for one in seen["forgotten"]] == [toy.name]
