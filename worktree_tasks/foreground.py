"""Programs that run on our own stdin, stdout and stderr, for the user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from . import interruption
from .child_processes import exit_code, started
from .errors import OutputFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

__all__ = ["attach", "follow", "show"]

_STDOUT, _STDERR = 1, 2


def attach(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program on our own stdin, stdout and stderr and return its exit code, as a shell reports it.

    Its output is not escaped: `wt.run` passes it through, as `docker exec` does.

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
    """Run a program that may never end, on our own stdout and stderr, until it ends or Ctrl-C.

    Its output is not escaped: `wt.logs` passes it through, as `docker logs` does.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it.
        env: Its whole environment; `environment()` by default.
        without: Text to remove from every line; then all lines go to our stdout.

    Returns:
        Its exit code; None after Ctrl-C, or when nobody reads our stdout any more.

    Raises:
        Failure: The program could not be found or started, or its output cannot be written.
        KeyboardInterrupt: The command was told to end by SIGTERM, or its terminal was closed.
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
        if interruption.happened() in (signal.SIGTERM, signal.SIGHUP):
            raise
        return None


def show(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program without input and with all output on our stderr; return its exit code.

    Raises:
        Failure: The program could not be found or started.
    """
    with started(argv, cwd, env, stdin=subprocess.DEVNULL, stdout=_STDERR) as program:
        return exit_code(program)


def _pass_on(data: bytes) -> None:
    # Bypass Python's own buffer, which would raise at exit if the reader is gone.
    try:
        while data and _ours(sys.stdout) is None:
            data = data[os.write(_STDOUT, data) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(error.strerror or str(error)) from error


def _ours(stream: IO[str] | None) -> int | None:
    """Return what a program gets for one of our streams, which our caller may have closed."""
    return None if stream is not None and not stream.closed else subprocess.DEVNULL
