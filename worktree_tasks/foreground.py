"""Programs that run on our own stdin, stdout and stderr, for the person who called."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from . import interruption
from .program_start import exit_code, started

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

__all__ = ["attach", "follow", "show"]

_STDOUT, _STDERR = 1, 2


def attach(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program on our own stdin, stdout and stderr and return its exit code, as a shell would tell it.

    What it says is not made printable: `wt.run` is asked for just that, as `docker exec` is.

    Raises:
        Failure: The program could not be found or started.
    """
    with started(argv, cwd, env, stdin=_ours(sys.stdin), stdout=_ours(sys.stdout)) as program:
        return exit_code(program)


def follow(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    without: bytes = b"",
) -> int | None:
    """Run a program that may go on for ever, on our own stdout and stderr, until it ends or Ctrl-C.

    What it says is not made printable: `wt.logs` is asked for just that, as `docker logs` is.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it.
        env: Its whole environment; `environment()` by default.
        without: What is taken out of every line, all of which go to our stdout then.

    Returns:
        Its exit code; None after Ctrl-C, or when nobody reads our stdout any more.

    Raises:
        Failure: The program could not be found or started.
        KeyboardInterrupt: The command was told to end by SIGTERM.
    """
    try:
        with started(
            argv,
            cwd,
            env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if without else _ours(sys.stdout),
            stderr=subprocess.STDOUT if without else None,
        ) as child:
            for line in child.stdout or ():
                _pass_on(line.replace(without, b""))
            return exit_code(child)
    except BrokenPipeError:
        return None
    except KeyboardInterrupt:
        if interruption.happened() == signal.SIGTERM:
            raise
        return None


def show(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program that reads nothing and says everything on our stderr; return its exit code.

    Raises:
        Failure: The program could not be found or started.
    """
    with started(argv, cwd, env, stdin=subprocess.DEVNULL, stdout=_STDERR) as program:
        return exit_code(program)


def _pass_on(data: bytes) -> None:
    # Past Python's own buffer, which would complain at the end when nobody reads any more.
    while data and _ours(sys.stdout) is None:
        data = data[os.write(_STDOUT, data) :]


def _ours(stream: IO[str] | None) -> int | None:
    """Return what a program gets for one of our streams, which whoever started us may have closed."""
    return None if stream is not None and not stream.closed else subprocess.DEVNULL
