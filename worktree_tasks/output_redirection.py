"""Temporary redirection of our own stdout and stderr, together with those of the programs that we start."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

__all__ = ["stderr_into", "stdout_aside"]

_STDOUT, _STDERR = 1, 2


@contextmanager
def stdout_aside() -> Iterator[None]:
    """Redirect stdout to stderr while the block runs, for this process and those that it starts."""
    with _led(_STDOUT, _STDERR), redirect_stdout(sys.stderr):
        yield


@contextmanager
def stderr_into(file: IO[bytes]) -> Iterator[None]:
    """Redirect stderr into a file while the block runs, for this process and those that it starts."""
    with _led(_STDERR, file.fileno()):
        yield


@contextmanager
def _led(descriptor: int, target: int) -> Iterator[None]:
    """Redirect one of our streams while the block runs."""
    _flush()
    kept = os.dup(descriptor)
    try:
        os.dup2(target, descriptor)
        yield
    finally:
        _flush()
        os.dup2(kept, descriptor)
        os.close(kept)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
