"""What only one worktree has, git's lists tell nothing of, and no restore point can hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from harness.faults.stage import SMALL

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("last copies")]

LIBRARY = ("-c", "protocol.file.allow=always")


@pytest.fixture
def small(make_toy):
    return make_toy(SMALL)


@pytest.fixture
def library(small) -> Path:
    """Give main a submodule whose `.gitignore` leaves its data out."""
    path = small.folder / "library"
    small.git("init", "--quiet", str(path))
    for key, value in (("user.name", "Toy"), ("user.email", "toy@example.invalid")):
        small.git("config", key, value, cwd=path)
    (path / ".gitignore").write_text("*.db\n")
    small.commit("Library", cwd=path)
    small.git(*LIBRARY, "submodule", "--quiet", "add", str(path), "vendor/library")
    small.commit("Submodule")
    return path


def clone_in(toy, place: Path) -> str:
    """Make a repository with one commit, which no other has, and return the commit."""
    toy.git("clone", "--quiet", str(toy.main), str(place))
    toy.git(
        "-c",
        "user.name=T",
        "-c",
        "user.email=t@t",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "Own",
        cwd=place,
    )
    return toy.git("rev-parse", "HEAD", cwd=place)


def test_force_saves_the_last_copies_of_everything_and_without_it_they_are_refused(small, library):
    branch = small.fresh("last")
    small.new(branch, "--no-start")
    path = small.root / branch
    (path / "work.txt").write_text("a day of work\n")
    small.commit("Reset away", cwd=path)
    dropped = small.git("rev-parse", "HEAD", cwd=path)
    small.git("reset", "--quiet", "--hard", "main", cwd=path)
    (path / "vendor" / "library" / "rows.db").write_text("rows\n")
    own = clone_in(small, path / "clone")
    small.git("add", "clone", cwd=path)
    edited = path / "tasks.py"
    small.git("update-index", "--assume-unchanged", "tasks.py", cwd=path)
    edited.write_text(edited.read_text().swapcase())
    swapped = edited.read_text()

    refused = small.wt("remove", branch, code=3).err
    assert "1 commit only in its reflog" in refused
    assert "1 nested repository with unsaved work" in refused
    small.wt("remove", branch, "--force")
    assert not path.exists()
    small.wt("restore", branch)
    assert small.git("rev-parse", "HEAD@{1}", cwd=path) == dropped
    assert small.git("log", "-1", "--format=%s", dropped) == "Reset away"
    assert (path / "vendor" / "library" / "rows.db").read_text() == "rows\n"
    assert small.git("status", "--porcelain", cwd=path / "vendor" / "library") == ""
    assert small.git("rev-parse", "HEAD", cwd=path / "clone") == own
    assert small.git("status", "--porcelain", cwd=path / "clone") == ""
    assert edited.read_text() == swapped


def test_what_cannot_be_saved_is_lost_only_by_name(small, unprivileged):
    branch = small.fresh("locked")
    small.exclude("/data/", "node_modules/")
    small.new(branch, "--no-start")
    path = small.root / branch
    for name in ("data/pg/table", "data/notes", "node_modules/m/index.js"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("1\n")
    (path / "data" / "pg").chmod(0)

    def remove(*flags: str, code: int):
        done = small.run(*unprivileged, *small.inv_argv("wt.remove", branch, "--json", *flags))
        assert done.code == code, done.err
        return done.json

    for flags in ([], ["--force"], ["--force", "--discard", "data/notes"]):
        error = remove(*flags, code=3)["error"]
        assert "1 file or directory too large or unreadable" in error["what"]
        assert "--discard data/pg" in error["hint"]
    assert (path / "data" / "notes").exists()
    gone = remove("--discard", "data/pg", code=0)
    named = [
        {"path": "data/pg", "size": -1, "why": "unreadable"},
        {"path": "node_modules", "size": -1, "why": "cache"},
    ]
    assert gone["left_out"] == named
    (point,) = small.wt("trash", "--json").json["restore_points"]
    assert point["left_out"] == named
    assert "without data/pg (unreadable), node_modules (cache)" in small.wt("trash").out
    small.wt("restore", branch)
    assert (path / "data" / "notes").read_text() == "1\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file to somebody else")
def test_what_a_container_wrote_as_another_user_goes_also_when_no_container_is_left(small, unprivileged):
    branch = small.fresh("foreign")
    small.exclude("/data/")
    small.new(branch, "--no-start")
    assert not small.containers()
    folder = small.root / branch / "data"
    folder.mkdir()
    (folder / "table").write_text("1\n")
    for place in (folder / "table", folder):
        os.chown(place, 4321, 4321)
    done = small.run(*unprivileged, *small.inv_argv("wt.remove", branch))
    assert done.code == 0, done.err
    assert not (small.root / branch).exists()
    small.wt("restore", branch)
    assert (folder / "table").read_text() == "1\n"
