"""Programs that a test runs, and how they ended."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import worktree_tasks

from . import contract
from .forks import ForkServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["PACKAGE", "PROGRAM", "Done", "docker", "environment", "execute", "needed", "wait_for"]

PACKAGE = Path(worktree_tasks.__file__).parent
PROGRAM = str(Path(sys.executable).with_name("worktree-tasks"))
DEADLINE = 60.0


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


def execute(
    argv: Sequence[str | Path],
    *,
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> Done:
    """Run a program to its end, and hold ours to its contract.

    Bytes that are not UTF-8 arrive as Python has them in file names.
    """
    words = [os.fspath(word) for word in argv]
    around = dict(os.environ if env is None else env)
    data = stdin.encode(errors="surrogateescape")
    if _forks().takes(words, around):
        done = _forks().run(words, cwd=str(cwd or Path.cwd()), env=around, stdin=data)
    else:
        options: dict[str, Any] = {"input": data} if data else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(words, cwd=cwd, env=around, capture_output=True, check=False, **options)
    out, err = (text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    contract.hold(argv, out, err)
    return Done(done.returncode, out, err)


@cache
def _forks() -> ForkServer:
    server = ForkServer(environment())
    atexit.register(server.close)
    return server


def environment() -> dict[str, str]:
    """Return this process's environment, in which the package under test and its program are found."""
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    programs = os.pathsep.join((str(Path(PROGRAM).parent), os.environ["PATH"]))
    return {**os.environ, "PYTHONPATH": path, "PATH": programs}


def needed(what: str, *argv: str) -> None:
    """See that a program works: a laptop without it skips the test, a pipeline without it fails."""
    try:
        works = execute(argv).code == 0
    except FileNotFoundError:
        works = False
    if not works:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {what}")


def docker(*words: str, check: bool = True) -> str:
    """Run docker, and see it succeed where that matters."""
    done = execute(["docker", *words])
    assert not check or done.code == 0, done.err
    return done.out.strip()


def wait_for(what: Callable[[], Any], *, seconds: float = DEADLINE) -> Any:
    """Ask again until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.05)
    return answer
