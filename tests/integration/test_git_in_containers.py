"""Git works in the containers of worktrees, and can do no harm there to what only this machine has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from harness.toys import PROJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.toys import Toy

pytestmark = pytest.mark.engine
READ = {"INVOKE_WT_GIT_IN_CONTAINERS": "ro"}


@pytest.fixture(scope="module")
def versioned(make_toy) -> Iterator[Toy]:
    """A project one of whose images has git, built and nothing of it running; a worktree is made by hand."""
    toy = make_toy(PROJECTS / "versioned")
    toy.compose("build", "--quiet")
    toy.git("tag", "--annotate", "--message", "One", "v1.0")
    toy.git("worktree", "add", "--quiet", "-b", "beside", str(toy.folder / "beside"))
    (toy.main / ".git" / "worktree-tasks" / "vault").mkdir(parents=True)
    yield toy
    toy.destroy()


@pytest.fixture(scope="module")
def opened(versioned) -> dict[str, Any]:
    """A worktree of it that was opened as the first."""
    return versioned.new("opened")


def inside(toy: Toy, tree: dict[str, Any], command: str, *options: str, service: str = "web") -> str:
    """Run a shell command in a container; return what it said, on whichever of both ways."""
    container = toy.containers(tree["compose_project"])[service]["Id"]
    words = ("exec", *options, container, "sh", "-c", f"exec 2>&1; {command}")
    return toy.docker(*words, check=False).strip()


def mounts(toy: Toy, tree: dict[str, Any], service: str = "web") -> dict[str, bool]:
    """Return what of main's git directory a container has, from there, and whether it may write."""
    told = toy.containers(tree["compose_project"])[service]["Mounts"]
    common = str(toy.main / ".git")
    return {
        one["Destination"].removeprefix(common): one["RW"] for one in told if common in one["Destination"]
    }


def locked(toy: Toy, tree: dict[str, Any]) -> str | None:
    """Return why git says that a worktree is locked."""
    for entry in toy.git("worktree", "list", "--porcelain").split("\n\n"):
        lines = entry.splitlines()
        if lines[0] == f"worktree {tree['path']}":
            return next(
                (line.removeprefix("locked").strip() for line in lines if line.startswith("locked")), None
            )
    raise AssertionError(tree["path"])


def accesses(toy: Toy) -> dict[str, tuple[str | None, str]]:
    """Return what `plan` says of git in containers, by service."""
    return {
        one["service"]: (one["mode"], one["reason"]) for one in toy.wt("plan", "new", "--json").json["git"]
    }


def test_before_a_container_has_an_image_the_plan_does_not_guess(versioned):
    later = (None, "read-only if git is in its image, which its first container tells")
    assert accesses(versioned)["web"] == accesses(versioned)["plain"] == later
    assert "part   no     it does not mount the root" in versioned.wt("plan", "new").out


def test_git_reads_in_the_containers_that_have_it_and_nothing_is_written(versioned, opened):
    assert mounts(versioned, opened) == {"": False, "/worktree-tasks": True}
    assert mounts(versioned, opened, "plain") == mounts(versioned, opened, "part") == {}
    (versioned.root / "opened" / "src" / "code.py").write_text("answer = 43\n")
    assert inside(versioned, opened, "git log --format=%s") == "The toy"
    assert inside(versioned, opened, "git status --short --branch") == "## opened\n M src/code.py"
    assert "+answer = 43" in inside(versioned, opened, "git diff")
    assert inside(versioned, opened, "cd src && git describe --tags --dirty") == "v1.0-dirty"
    assert inside(versioned, opened, "git config user.name") == "Image"
    assert "Read-only file system" in inside(versioned, opened, "git commit --all --message x", "--user=0")
    versioned.git("checkout", "--quiet", "src", cwd=opened["path"])


def test_git_in_a_container_prunes_no_worktree_and_sees_no_restore_points(versioned, opened):
    before = versioned.git("worktree", "list", "--porcelain")
    inside(versioned, opened, "git worktree prune --expire=now; git gc --prune=now", "--user=0")
    assert versioned.git("worktree", "list", "--porcelain") == before
    assert "prunable" not in before
    assert inside(versioned, opened, f"ls '{versioned.main}/.git/worktree-tasks'", "--user=0") == ""


def test_our_lock_holds_the_worktree_against_git_and_is_no_persons_in_the_list(versioned, opened):
    assert "worktree-tasks remove opened" in locked(versioned, opened)
    assert versioned.listed()["opened"]["locked"] is None
    assert "worktree-tasks remove opened" in versioned.run("git", "worktree", "remove", opened["path"]).err
    (row,) = [
        row
        for row in versioned.wt("clean", "--dry-run", "--json").json["worktrees"]
        if row["name"] == "opened"
    ]
    assert "locked" not in row["reason"]


def test_the_plan_says_where_git_works_and_why_once_main_has_containers(versioned, opened):
    versioned.compose("up", "--no-start")
    assert accesses(versioned) == {
        "web": ("ro", "git is in its image"),
        "plain": ("no", "git is not in its image"),
        "part": ("no", "it does not mount the root of the worktree"),
    }
    asked = {row["id"]: row["git"] for row in versioned.rows("image")}
    images = {name: one["Image"] for name, one in versioned.containers(opened["compose_project"]).items()}
    assert (asked[images["web"]], asked[images["plain"]]) == (1, 0)


def test_by_setting_a_container_commits_and_what_other_worktrees_have_stays(versioned):
    env = {"INVOKE_WT_GIT_IN_CONTAINERS": "rw"}
    tree = versioned.new("written", env=env)
    assert mounts(versioned, tree) == {
        "": True,
        "/worktrees": False,
        "/worktrees/written": True,
        "/worktree-tasks": True,
    }
    identity = "-c user.email=a@example.org"
    inside(
        versioned,
        tree,
        f"echo more >>src/code.py; git {identity} commit --quiet --all --message Inside",
        "--user=0",
    )
    assert versioned.git("log", "-1", "--format=%an: %s", "written") == "Image: Inside"
    before = versioned.git("worktree", "list", "--porcelain")
    said = inside(versioned, tree, "git worktree prune --verbose --expire=now", "--user=0")
    assert "worktrees/beside" in said
    assert versioned.git("worktree", "list", "--porcelain") == before
    assert versioned.git("status", "--porcelain", cwd=versioned.folder / "beside") == ""
    assert versioned.git("status", "--porcelain", cwd=tree["path"]) == ""

    versioned.wt("start", "written", env={"INVOKE_WT_GIT_IN_CONTAINERS": "no"})
    assert (mounts(versioned, tree), locked(versioned, tree)) == ({}, None)
    assert "not a git repository" in inside(versioned, tree, "git status")


def test_a_persons_own_lock_stays_theirs_through_it_all(versioned):
    tree = versioned.new("theirs", "--no-start", env=READ)
    assert "worktree-tasks" in locked(versioned, tree)
    versioned.git("worktree", "unlock", tree["path"])
    versioned.git("worktree", "lock", "--reason", "on a stick", tree["path"])
    versioned.wt("start", "theirs", env=READ)
    assert "The toy" in inside(versioned, tree, "git log")
    assert versioned.listed()["theirs"]["locked"] == locked(versioned, tree) == "on a stick"
    assert "on a stick" in versioned.wt("remove", "theirs", code=3).err
    versioned.git("worktree", "unlock", tree["path"])
    versioned.wt("remove", "theirs")
    assert "theirs" not in versioned.git("worktree", "list")


def test_what_is_adopted_moved_or_restored_is_locked_and_read_again_and_the_lock_goes_with_it(versioned):
    place = versioned.folder / "by-hand"
    versioned.git("worktree", "add", "--quiet", "-b", "by-hand", str(place))
    tree = versioned.wt("adopt", str(place), "--json").json
    assert inside(versioned, tree, "git rev-parse --abbrev-ref HEAD") == "by-hand"
    place.rename(versioned.folder / "moved")
    moved = versioned.wt("start", "by-hand", "--json").json
    assert (inside(versioned, moved, "git status --short"), locked(versioned, moved) is None) == ("", False)
    (versioned.folder / "moved" / "notes.txt").write_text("mine\n")
    versioned.wt("remove", "by-hand", "--force")
    assert "by-hand" not in versioned.git("worktree", "list", "--porcelain").replace("refs/heads/by-hand", "")
    back = versioned.wt("restore", "by-hand", "--json").json
    assert locked(versioned, back) is None
    again = versioned.wt("start", "by-hand", "--json").json
    assert inside(versioned, again, "git status --short") == "?? notes.txt"
    assert json.loads(versioned.wt("doctor", "--json").out)["findings"] == []
    versioned.wt("remove", "by-hand", "--force")


def test_a_worktree_that_was_deleted_by_hand_is_made_again_all_the_same(versioned):
    tree = versioned.new("gone", "--no-start", env=READ)
    versioned.run("rm", "-r", tree["path"], code=0)
    assert versioned.listed()["gone"]["state"] == "missing"
    assert versioned.new("gone", "--no-start", env=READ)["path"] == tree["path"]
    assert "worktree-tasks" in locked(versioned, tree)
    versioned.run("rm", "-r", tree["path"], code=0)
    versioned.wt("clean", "--yes")
    assert tree["path"] not in versioned.git("worktree", "list")


def test_git_finds_its_way_in_submodules_too(versioned):
    library = versioned.folder / "library"
    versioned.run("git", "init", "--quiet", "--initial-branch=main", str(library), code=0)
    for words in (("config", "user.name", "A"), ("config", "user.email", "a@example.org")):
        versioned.git(*words, cwd=library)
    versioned.git("commit", "--quiet", "--allow-empty", "--message", "The library", cwd=library)
    versioned.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "library")
    versioned.commit("With a library")
    tree = versioned.new("nested")
    assert inside(versioned, tree, "git -C library log --format=%s") == "The library"
    new = versioned.root / "nested" / "library" / "new.txt"
    new.write_text("new\n")
    assert inside(versioned, tree, "git status --short") == "? library"
    assert inside(versioned, tree, "git -C library status --short") == "?? new.txt"
    new.unlink()
    versioned.wt("remove", "nested")
