"""Wherever main is, and from wherever a command is run, worktrees are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.projects import Project
from harness.three_worktrees import BRANCHES, check, laid_out, stack, wt

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]


def test_main_on_another_branch_is_left_on_it(tmp_path):
    main = laid_out("nginx-front", tmp_path / "shop")
    main.git("switch", "--quiet", "--create", "feature/mine")
    check(main)
    assert main.git("branch", "--show-current") == "feature/mine"


def test_a_detached_main_is_left_detached(tmp_path):
    main = laid_out("nginx-front", tmp_path / "shop")
    main.git("switch", "--quiet", "--detach")
    check(main)
    assert main.git("branch", "--show-current") == ""


@pytest.mark.parametrize("place", ["my shöp/the shop", "it's (1)/a#b,c=d", "-dash/-shop"])
def test_a_path_of_any_letters_is_a_path(tmp_path, place):
    (tmp_path / place).parent.mkdir(parents=True)
    check(laid_out("secrets", tmp_path / place))


def test_a_bare_repository_with_worktrees_only(tmp_path):
    seed = laid_out("nginx-front", tmp_path / "seed")
    seed.git("clone", "--quiet", "--bare", ".", str(tmp_path / "shop.git"))
    bare, main = Project(tmp_path / "shop.git"), Project(tmp_path / "trees" / "main")
    bare.git("worktree", "add", "--quiet", str(main.path), "main")
    main.git("config", "user.name", "A")
    tree = wt(main, "new", "auth", "--no-start")
    assert Path(tree["path"]).parent == tmp_path / "trees" / "main.worktrees"
    mains, mine = stack(main.path), stack(Path(tree["path"]))
    assert not mains.ports() & mine.ports()
    assert all(Path(path).is_relative_to(mine.path) for path in mine.paths())
    assert wt(main, "list", cwd=mine.path) == wt(main, "list") == wt(bare, "list")


def test_a_symbolic_link_to_main_is_main(tmp_path):
    main = laid_out("nginx-front", tmp_path / "real" / "shop")
    link = tmp_path / "link"
    link.symlink_to(main.path)
    tree = wt(Project(link), "new", "auth", "--no-start")
    assert tree["path"] == str(tmp_path / "real" / "shop.worktrees" / "auth")
    assert wt(main, "new", "auth", "--no-start") == tree
    assert all(Path(path).is_relative_to(tree["path"]) for path in stack(Path(tree["path"])).paths())


def test_a_symbolic_link_to_where_worktrees_are_is_followed(tmp_path):
    main = laid_out("nginx-front", tmp_path / "shop")
    (tmp_path / "large disk").mkdir()
    (tmp_path / "shop.worktrees").symlink_to(tmp_path / "large disk")
    tree = wt(main, "new", "auth", "--no-start")
    assert tree["path"] == str(tmp_path / "large disk" / "auth")
    assert [one["path"] for one in wt(main, "list")["worktrees"]] == [tree["path"]]
    wt(main, "remove", str(tmp_path / "shop.worktrees" / "auth"))
    assert not Path(tree["path"]).exists()


def test_a_repository_cloned_twice_is_two_projects(tmp_path):
    first = laid_out("nginx-front", tmp_path / "one" / "shop")
    second = Project(tmp_path / "two" / "shop")
    first.git("clone", "--quiet", ".", str(second.path))
    stacks = [*check(first)[1:], *check(second)[1:]]
    assert len({one.started["name"] for one in stacks}) == len(stacks) == 2 * len(BRANCHES)
    ports = [port for one in stacks for port in one.ports()]
    assert len(set(ports)) == len(ports)
    networks = [network["name"] for one in stacks for network in one.whole["networks"].values()]
    assert len(set(networks)) == len(networks)
    for main in (first, second):
        assert {one["branch"] for one in wt(main, "list")["worktrees"]} == set(BRANCHES)


def test_a_command_is_the_same_from_a_subdirectory_and_from_another_worktree(tmp_path):
    main = laid_out("secrets", tmp_path / "shop")
    first = Path(wt(main, "new", "first", "--no-start", cwd=main.path / "web")["path"])
    second = wt(main, "new", "second", "--no-start", cwd=first / "web")
    assert second["path"] == str(first.with_name("second"))
    assert second["slot"] == 2
    listed = wt(main, "list")
    assert {one["branch"] for one in listed["worktrees"]} == {"first", "second"}
    assert wt(main, "list", cwd=first / "web") == listed
    assert wt(main, "new", "second", "--no-start", cwd=first) == second
