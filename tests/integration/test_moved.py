"""Worktrees that git moved are followed; one that somebody made of the same branch since is another one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.engine


def test_a_worktree_that_somebody_made_of_the_branch_of_one_that_is_gone_is_theirs(quiet_toy):
    branch = quiet_toy.fresh()
    gone = quiet_toy.new(branch, "--no-start")
    quiet_toy.git("worktree", "remove", "--force", gone["path"])
    theirs = quiet_toy.folder / "theirs"
    quiet_toy.git("worktree", "add", str(theirs), branch)

    quiet_toy.wt("clean", "--dry-run", "--json")
    assert quiet_toy.rows("worktree")[0]["path"] == gone["path"]
    quiet_toy.wt("clean", "--yes", "--json")
    quiet_toy.wt("doctor", "--fix", "--json")
    assert (theirs / "compose.yaml").is_file()
    assert quiet_toy.git("branch", "--list", branch)
    (row,) = quiet_toy.wt("list", "--json").json["worktrees"]
    assert (row["state"], row["path"]) == ("unmanaged", str(theirs))
    quiet_toy.git("worktree", "remove", "--force", str(theirs))


def test_a_worktree_that_git_moved_is_followed_on_whatever_branch_it_is(quiet_toy):
    branch = quiet_toy.fresh()
    tree = quiet_toy.new(branch, "--no-start")
    place = quiet_toy.folder / "moved"
    quiet_toy.git("worktree", "move", tree["path"], str(place))
    quiet_toy.git("switch", "--quiet", "--create", f"{branch}-more", cwd=place)
    removed = quiet_toy.wt("remove", tree["name"], "--json")
    assert f"{tree['name']} was moved to {place}" in removed.err
    assert not place.exists()
    assert quiet_toy.rows("worktree") == []
