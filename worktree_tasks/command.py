"""The one place that runs other programs: argv lists in, results out, never a shell."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["CommandError", "Result", "attach", "environment", "keeping", "run"]

# Exported by hooks, by `git rebase --exec` and by people; each would aim our git or compose at another
# repository or project: https://git-scm.com/docs/git#_environment_variables,
# https://docs.docker.com/compose/how-tos/environment-variables/envvars/
_LEAKING_PREFIXES = ("GIT_", "COMPOSE_")


_kept: set[int] = set()


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished program left: its argv, exit code and output."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str


class CommandError(Failure):
    """A program ended with a code other than 0.

    Attributes:
        result: Everything that the program left.
    """

    def __init__(self, result: Result, hint: str = "") -> None:
        self.result = result
        said = (result.err.strip() or result.out.strip() or f"exit code {result.code}").splitlines()
        super().__init__(f"{' '.join(result.argv[:2])}: {said[-1].strip()}", hint)
        self.args = (result, hint)


def environment(
    *, without: frozenset[str] = frozenset(), extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return this process's environment less what would redirect git or compose.

    Args:
        without: Further names to leave out, such as the keys of an `.env` that the shell would shadow.
        extra: Values to add.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(_LEAKING_PREFIXES) and key not in without
    }
    return {**kept, **(extra or {})}


@contextmanager
def keeping(descriptor: int) -> Iterator[None]:
    """Let programs that `run` starts with `keep` inherit an open file, such as a lock."""
    _kept.add(descriptor)
    try:
        yield
    finally:
        _kept.discard(descriptor)


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes | None = None,
    check: bool = True,
    keep: bool = False,
) -> Result:
    """Run a program to its end and capture what it says.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it; this process's directory by default.
        env: Its whole environment; `environment()` by default.
        stdin: What it reads; nothing by default, never the terminal.
        check: Whether an exit code other than 0 raises.
        keep: Whether it holds our locks too, until it ends: it would go on by itself if we were killed.

    Raises:
        CommandError: The program ended with another code than 0, and `check` was set.
        Failure: The program could not be found or started.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=dict(env) if env is not None else environment(),
            input=data if data is not None else b"",
            capture_output=True,
            check=False,
            pass_fds=tuple(_kept) if keep else (),
        )
    except FileNotFoundError as error:
        missing = cwd if str(error.filename) == str(cwd) else argv[0]
        raise Failure(f"{missing}: not found", "install it, or check the path") from error
    except OSError as error:
        raise Failure(f"{argv[0]}: {error.strerror}", "check its permissions") from error
    result = Result(tuple(argv), done.returncode, _text(done.stdout), _text(done.stderr))
    if check and result.code != 0:
        raise CommandError(result)
    return result


def attach(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program on our own stdin, stdout and stderr and return its exit code."""
    return subprocess.run(
        argv, cwd=cwd, env=dict(env) if env is not None else environment(), check=False
    ).returncode


def _text(data: bytes) -> str:
    # File names are bytes to git; surrogateescape brings them through unharmed.
    return data.decode(errors="surrogateescape")
