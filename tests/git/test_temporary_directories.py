from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from harness.programs import environment

from worktree_tasks.git import temporary_directories
from worktree_tasks.git.temporary_directories import passing_directory

HOLD = """
from worktree_tasks.git.temporary_directories import passing_directory

with passing_directory() as place:
    (place / "index").touch()
    print(place, flush=True)
    input()
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A directory for temporary files that is nobody else's, in a process that has not swept yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(place := tmp_path / "tmp"))
    place.mkdir()
    temporary_directories._sweep.cache_clear()
    yield place
    temporary_directories._sweep.cache_clear()


@pytest.fixture
def home(temporary):
    return temporary / f"worktree-tasks.{os.getuid()}"


def hold(temporary: Path) -> tuple[subprocess.Popen[str], Path]:
    """Have another command with a directory of its own."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**environment(), "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    return holder, Path(holder.stdout.readline().strip())


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_it_is_the_owner_s_alone_and_gone_afterwards(temporary, home):
    with passing_directory() as place, passing_directory() as other:
        assert place != other
        assert (place.parent, place.stat().st_mode & 0o777) == (home, 0o700)
        assert home.stat().st_mode & 0o777 == 0o700
        (place / "objects").mkdir()
    assert names(temporary) == [home.name]
    assert names(home) == [temporary_directories._MARKER]


def test_the_next_command_deletes_what_a_killed_one_left_and_spares_what_is_in_use(temporary, home):
    killed, left = hold(temporary)
    alive, used = hold(temporary)
    killed.kill()
    killed.communicate()
    with passing_directory():
        assert not left.exists()
        assert (used / "index").exists()
    alive.communicate("\n")
    assert names(home) == [temporary_directories._MARKER]


@pytest.mark.parametrize("name", ["worktree-tasks-fork", "worktree-tasks", "worktree-tasks.backup"])
def test_a_directory_of_somebody_s_stays_whatever_its_name(temporary, name):
    (temporary / name / "deep").mkdir(parents=True)
    (temporary / name / "deep" / "thesis.txt").write_text("a week of work")
    with passing_directory():
        pass
    assert (temporary / name / "deep" / "thesis.txt").read_text() == "a week of work"


def unmarked(home: Path) -> Path:
    (home / "clone").mkdir(parents=True)
    home.chmod(0o700)
    return home / "clone"


def open_to_others(home: Path) -> Path:
    home.mkdir()
    (home / temporary_directories._MARKER).touch()
    (home / "clone").mkdir()
    home.chmod(0o777)
    return home / "clone"


def a_link(home: Path) -> Path:
    elsewhere = home.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    (elsewhere / temporary_directories._MARKER).touch()
    (elsewhere / "clone").mkdir()
    home.symlink_to(elsewhere)
    return elsewhere / "clone"


def linked_marker(home: Path) -> Path:
    place = unmarked(home)
    (home / temporary_directories._MARKER).symlink_to(place)
    return place


def a_file(home: Path) -> Path:
    home.write_text("a file")
    return home


def somebody_else_s(home: Path) -> Path:
    if os.getuid():
        return unmarked(home)
    home.mkdir(mode=0o700)
    (home / temporary_directories._MARKER).touch()
    (home / "clone").mkdir()
    os.chown(home, 12345, -1)
    return home / "clone"


@pytest.mark.parametrize(
    "prepare", [unmarked, open_to_others, a_link, linked_marker, a_file, somebody_else_s]
)
def test_what_bears_the_name_of_our_directory_but_is_not_ours_is_neither_used_nor_emptied(
    temporary, home, prepare
):
    theirs = prepare(home)
    before = names(temporary)
    with passing_directory() as place:
        assert place.stat().st_mode & 0o777 == 0o700
        assert place.parent == temporary
    assert theirs.exists()
    assert names(temporary) == before


def test_an_empty_directory_of_our_name_is_taken_into_use(temporary, home):
    home.mkdir(mode=0o700)
    with passing_directory() as place:
        assert place.parent == home
