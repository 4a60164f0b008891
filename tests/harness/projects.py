"""A project in a git repository, used as a person would."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worktree_tasks.configuration.naming import slug
from worktree_tasks.git import find_repository
from worktree_tasks.store import open_store

from .programs import environment, execute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worktree_tasks.git import Repository

    from .programs import Done

__all__ = ["COMPOSE", "Project", "record_worktrees"]

COMPOSE = """\
services:
  web:
    build: .
    ports: ["${WEB_PORT:-8000}:8000"]
    depends_on: [db]
  db:
    image: postgres:16
"""


class Project:
    """A checkout, and the commands that are run in it.

    Attributes:
        path: The checkout: main, or a worktree that a test stands in.
        root: Where our worktrees of it are.
    """

    def __init__(self, path: Path, env: Mapping[str, str] | None = None) -> None:
        """Take what is at a path.

        Args:
            path: The checkout.
            env: The environment of its commands; by default this process's, as it is then.
        """
        self.path = path
        self.root = path.parent / f"{path.name}.worktrees"
        self._env = None if env is None else dict(env)
        self._begun: list[subprocess.Popen[str]] = []

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands."""
        return environment() if self._env is None else self._env

    # Git

    def init(self, *options: str) -> None:
        """Make it a repository with a branch `main`."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)
        self.identify()

    def identify(self) -> None:
        """Say in the repository's own configuration who commits: no test has another one."""
        for key, value in (("user.name", "A"), ("user.email", "a@example.org"), ("commit.gpgSign", "false")):
            self.git("config", key, value)

    def git(self, *words: str, cwd: Path | None = None, fails: bool = False) -> str:
        """Run git and see it succeed, or fail where that is what it has to do."""
        done = self.run("git", *words, cwd=cwd)
        assert (done.code != 0) is fails, done.err
        return done.out.strip()

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def exclude(self, *patterns: str) -> None:
        """Have git ignore what no file of the project names, here and in every worktree."""
        with (self.path / ".git" / "info" / "exclude").open("a", encoding="utf-8") as file:
            file.writelines(f"{pattern}\n" for pattern in patterns)

    def commit(self, message: str = "Change", *, cwd: Path | None = None) -> None:
        """Commit all there is."""
        self.git("add", "--all", cwd=cwd)
        self.git("commit", "--quiet", "--message", message, cwd=cwd)

    def commit_file(self, name: str, text: str, message: str = "") -> str:
        """Write a file and commit it alone; return the commit."""
        self.write(name, text)
        self.git("add", "--", name)
        self.git("commit", "--quiet", "--message", message or f"Change {name}")
        return self.head

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    @property
    def repo(self) -> Repository:
        """The repository, as the package sees it."""
        return find_repository(self.path)

    # Commands

    def run(
        self,
        *argv: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        code: int | None = None,
    ) -> Done:
        """Run a program here, and see it end with a code where one is given."""
        done = execute(argv, cwd=cwd or self.path, env={**self.env, **(env or {})}, stdin=stdin)
        assert code in (None, done.code), f"{argv} ended with {done.code}\n{done.out}\n{done.err}"
        return done

    def begin(
        self, *argv: str | Path, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start a program here in a process group of its own; `end_begun` ends it if its test does not."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        program = subprocess.Popen(
            argv, cwd=self.path, env={**self.env, **(env or {})}, text=True, start_new_session=True,
            **{**pipes, **options},
        )  # fmt: skip
        self._begun.append(program)
        return program

    def end_begun(self) -> None:
        """Kill what was begun and still runs, so that no other test finds it running."""
        for program in self._begun:
            if program.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGKILL)
            with program:  # closes its pipes, and waits
                pass

    def python(self, text: str, **options: Any) -> Done:
        """Run some Python."""
        return self.run(sys.executable, "-c", text, **options)

    def inv(self, *words: str, **options: Any) -> Done:
        """Run `inv`."""
        return self.run(*self.inv_argv(*words), **options)

    def wt(self, task: str, *words: str, code: int = 0, **options: Any) -> Done:
        """Run one of our tasks by `inv`, in a project whose collection has them as `wt`, and see its code."""
        return self.inv(f"wt.{task}", *words, code=code, **options)

    @staticmethod
    def inv_argv(*words: str) -> list[str]:
        """Return the command line of `inv`, as this Python has it."""
        return [sys.executable, "-m", "invoke", *words]

    def program(self, *words: str, **options: Any) -> Done:
        """Run `worktree-tasks`."""
        return self.run(sys.executable, "-m", "worktree_tasks", *words, **options)

    def compose(self, *words: str, **options: Any) -> str:
        """Run `docker compose`, and see it succeed."""
        return self.run("docker", "compose", *words, code=0, **options).out

    # State

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return what the state store holds in a table."""
        file = Path(self.env["XDG_STATE_HOME"], "worktree-tasks", "state.sqlite3")
        with closing(sqlite3.connect(file)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - a table's name

    def let_a_day_pass(self) -> None:
        """Have `wt.clean` find that it saw databases expire a day earlier than it did."""
        file = Path(self.env["XDG_STATE_HOME"], "worktree-tasks", "state.sqlite3")
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("UPDATE expiring SET seen = seen - 86400")

    def remove_all(self) -> None:
        """Remove all worktrees on record."""
        for row in self.rows("worktree"):
            self.wt("remove", row["name"], "--force")


def record_worktrees(project: Project, *branches: str) -> Project:
    """Record worktrees of new branches, and have git make them; they are ready, and never had a stack."""
    with closing(open_store()) as store:
        known = store.remember(project.path / ".git", name=project.path.name, main=project.path)
        for branch in branches:
            record = store.create(
                known,
                branch=branch,
                name=lambda taken, branch=branch: slug(branch, taken),
                path=lambda slug: project.root / slug,
                start_commit=None,
                made_branch=True,
                host="localhost",
            )
            project.git("worktree", "add", "--quiet", "-b", branch, str(record.path))
            store.update(record, state="ready")
    return project
