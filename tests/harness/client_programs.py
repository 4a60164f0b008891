"""Stand-ins for the client programs in a database server's container."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from worktree_tasks.command import Result
from worktree_tasks.orchestration.databases.database_engine import Server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WHO = "pwd=${MYSQL_PWD-${PGPASSWORD-none}}${PGUSER+ user=$PGUSER}"


class Container:
    """A directory of programs in the place of a container; they write down how they were run."""

    def __init__(self, folder: Path, env: Mapping[str, str], *programs: str, script: str = "exit 0") -> None:
        self.folder, self.env = folder, env
        for program in programs:
            file = folder / program
            file.write_text(f'#!/bin/sh\necho "{program} {WHO} $*" >>"{folder}/log"\n{script}\n')
            file.chmod(0o755)
        self.server = Server("db", env, self.run)

    def run(self, argv: Sequence[str], env: Mapping[str, str]) -> Result:
        done = subprocess.run(
            argv,
            env={"PATH": f"{self.folder}:/usr/bin:/bin", **self.env, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(tuple(argv), done.returncode, done.stdout, done.stderr)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()
