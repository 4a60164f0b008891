"""SQLite's databases copied whole: by the programs of a container, and apart where there are none."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.command import Result
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.databases import sqlite
from worktree_tasks.orchestration.databases.sqlite import back_up, copy_apart, query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@pytest.fixture
def main(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database in main's directory whose latest rows are only in its log yet, and which stays open."""
    (tmp_path / "main").mkdir()
    with closing(sqlite3.connect(tmp_path / "main" / "db.sqlite3", check_same_thread=False)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("CREATE TABLE pair (a INTEGER, b INTEGER)")
        database.executemany("INSERT INTO pair VALUES (?, ?)", [(0, number) for number in range(500)])
        database.commit()
        yield database


class Box:
    """This machine in the place of a container, with the programs that a directory has."""

    def __init__(self, path: str = "/usr/local/bin:/usr/bin:/bin") -> None:
        self.path = path
        self.copies: set[str] = set()

    def __call__(self, argv: Sequence[str]) -> Result:
        self.copies |= {word for word in argv if word.startswith("/tmp/worktree-tasks-")}
        done = subprocess.run(argv, env={"PATH": self.path}, capture_output=True, text=True, check=False)
        return Result(tuple(argv), done.returncode, done.stdout, done.stderr)


def programs(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in (*names, "sh", "rm", "wc", "dd", "base64", "stat", "id"):
        # A version manager's own script would look for its other programs.
        found = Path(sys.executable).resolve() if name == "python3" else shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return str(folder)


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("SELECT count(*) FROM pair").fetchone()[0]


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest.mark.usefixtures("main")
@pytest.mark.parametrize("program", ["python3", "sqlite3"])
def test_a_container_copies_it_by_its_own_programs(tmp_path: Path, program: str, monkeypatch):
    monkeypatch.setattr(sqlite, "_PIECE_BYTES", 4096)
    box = Box(programs(tmp_path / "bin", program))
    before = names(tmp_path / "main")
    assert back_up(box, str(tmp_path / "main" / "db.sqlite3"), tmp_path / "copy", "k1")
    assert rows(tmp_path / "copy") == 500
    assert names(tmp_path / "main") == before
    assert box.copies
    assert not any((tmp_path / one).exists() for one in box.copies)


def test_a_container_without_such_programs_or_that_is_down_copies_nothing(tmp_path: Path, main):
    main.execute("SELECT 1")
    place = tmp_path / "copy"
    assert not back_up(Box(programs(tmp_path / "bin")), str(tmp_path / "main" / "db.sqlite3"), place, "k1")
    assert not back_up(lambda _: None, "/app/db.sqlite3", place, "k1")
    assert not back_up(Box(), "/nowhere/db.sqlite3", place, "k1")


def test_what_is_only_in_the_log_is_in_a_copy_that_is_made_apart(tmp_path: Path, main):
    main.execute("SELECT 1")
    before = names(tmp_path / "main")
    copy_apart(tmp_path / "main" / "db.sqlite3", tmp_path / "copy")
    assert rows(tmp_path / "copy") == 500
    assert names(tmp_path / "main") == before
    assert names(tmp_path) == {"main", "copy"}


def test_a_copy_is_whole_while_main_writes(tmp_path: Path, main):
    main.execute("PRAGMA wal_autocheckpoint=1")
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.02):
            main.execute("UPDATE pair SET a = a + 1")
            main.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy_apart(tmp_path / "main" / "db.sqlite3", tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"copy{number}")) as database:
            assert len(database.execute("SELECT DISTINCT a FROM pair").fetchall()) == 1


def test_one_that_is_damaged_is_told(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sqlite, "_PAUSE_SECONDS", 0)
    (tmp_path / "db.sqlite3").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(Failure, match="is damaged, or written too often"):
        copy_apart(tmp_path / "db.sqlite3", tmp_path / "copy")


def test_a_question_sees_what_is_only_in_the_log_and_leaves_nothing_beside_the_database(
    main: sqlite3.Connection, tmp_path: Path
) -> None:
    file, folder = tmp_path / "main" / "db.sqlite3", tmp_path / "folder"
    folder.mkdir()
    before = {one.name: one.stat().st_mtime_ns for one in file.parent.iterdir()}
    assert query(file, folder, "SELECT count(*), NULL FROM pair") == (("500", ""),)
    assert query(file, folder, "SELECT * FROM nowhere") is None
    assert {one.name: one.stat().st_mtime_ns for one in file.parent.iterdir()} == before
    main.close()
    assert [one.name for one in file.parent.iterdir()] == ["db.sqlite3"]
    assert query(file, folder, "SELECT sum(b) FROM pair") == ((str(sum(range(500))),),)
    assert [one.name for one in file.parent.iterdir()] == ["db.sqlite3"]
    assert list(folder.iterdir()) == []
