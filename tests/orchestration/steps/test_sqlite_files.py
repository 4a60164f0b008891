"""Main's SQLite databases: copied where the mode is `clone`, else told of in one line."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.command import Result
from worktree_tasks.orchestration.runtimes.compose.compose_runtime import ComposeRuntime
from worktree_tasks.orchestration.steps.database_copies import make_databases
from worktree_tasks.orchestration.steps.own_databases import lease_databases
from worktree_tasks.orchestration.steps.sqlite_files import (
    copy_sqlite_files,
    missing_sqlite_files,
    sqlite_files,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  web: {build: ., volumes: ["./app:/srv/app"]}
  redis: {image: "redis:7"}
"""


def fill(path: Path, rows: int = 3) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE pair (a)")
        database.executemany("INSERT INTO pair VALUES (?)", [(number,) for number in range(rows)])
        database.commit()


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM pair").fetchone()[0]


@pytest.fixture
def main(project, monkeypatch) -> Path:
    project.write(".gitignore", "*.sqlite3\n*.db\n")
    project.write("app/main.py", "")
    project.commit_file("compose.yaml", COMPOSE)
    fill(project.path / "app" / "data" / "db.sqlite3")
    fill(project.path / "app" / ".cache" / "speed.db")
    fill(project.path / "elsewhere.sqlite3")
    (project.path / "app" / "notes.db").write_text("no database\n")
    monkeypatch.setattr(ComposeRuntime, "execute", lambda *_, **__: None)
    return project.path


@pytest.fixture
def pay(main, tree):
    assert main
    made = tree("pay")
    made.update(compose_project="shop-pay", database="clone")
    return made


def test_those_are_copied_that_own_services_have(pay, told):
    assert sqlite_files(pay) == ("app/data/db.sqlite3",)
    lease_databases(pay)
    assert make_databases(pay) == ()
    assert count(pay.record.path / "app/data/db.sqlite3") == 3
    assert "database: app/data/db.sqlite3 from main" in told.lines
    assert missing_sqlite_files(pay) == ()


def test_one_that_is_there_is_kept(pay, told):
    copy_sqlite_files(pay)
    with closing(sqlite3.connect(pay.record.path / "app/data/db.sqlite3")) as database:
        database.execute("DELETE FROM pair")
        database.commit()
    assert copy_sqlite_files(pay) == ()
    make_databases(pay)
    assert count(pay.record.path / "app/data/db.sqlite3") == 0
    assert "database: app/data/db.sqlite3 (already there)" in told.lines


@pytest.mark.parametrize("mode", ["shared", "empty"])
def test_in_other_modes_it_is_told_in_one_line_that_it_is_missing(pay, mode):
    pay.update(database=mode)
    lease_databases(pay)
    make_databases(pay)
    assert not (pay.record.path / "app/data").exists()
    (line,) = missing_sqlite_files(pay)
    assert line == (
        "app/data/db.sqlite3 is a SQLite database of main's that the worktree does not have:"
        " wt.database pay --mode clone copies the current state"
    )
    fill(pay.record.path / "app/data/db.sqlite3", 0)
    assert missing_sqlite_files(pay) == ()


def test_the_container_of_main_that_has_it_makes_the_copy(pay, main, monkeypatch):
    asked: list[tuple[str, str]] = []

    def execute(_runtime, _project, service, argv, env):
        assert env == {}
        words = [str(main / "app" / "data" / "db.sqlite3") if "/srv" in word else word for word in argv]
        asked.extend((service, word) for word in argv if word.startswith("/srv"))
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return Result(tuple(argv), done.returncode, done.stdout, done.stderr)

    monkeypatch.setattr(ComposeRuntime, "execute", execute)
    copy_sqlite_files(pay)
    assert asked == [("web", "/srv/app/data/db.sqlite3")]
    assert count(pay.record.path / "app/data/db.sqlite3") == 3


def test_a_copy_can_be_written_as_mains_can(pay, main):
    (main / "app/data/db.sqlite3").chmod(0o664)
    copy_sqlite_files(pay)
    copy = pay.record.path / "app/data/db.sqlite3"
    assert copy.stat().st_mode & 0o777 == 0o664
    assert [one.name for one in copy.parent.iterdir()] == ["db.sqlite3"]


def test_what_is_copied_is_nobodys_work_where_the_branch_ignores_less(pay, tree):
    (pay.record.path / ".gitignore").write_text("")
    copy_sqlite_files(pay)
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=pay.record.path, capture_output=True, text=True, check=True
    )
    assert status.stdout == " M .gitignore\n"
    written = pay.project.store.written(pay.record)
    assert "app/data/db.sqlite3" in written
    assert tree
