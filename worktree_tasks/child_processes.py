"""Child processes: how programs are started, in which environment, and that none outlives its command."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from . import interruption
from .configuration import inherited_environment
from .errors import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["SIGNALLED", "environment", "exit_code", "hook_environment", "keeping", "started"]

# Shells add this to the number of the signal that ended a program.
SIGNALLED = 128
# Most programs end soon; Python's own wait with a limit looks as often. A wait without one would not be ended
# by a signal just before it, or by one that another thread gets.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.05

_kept: set[int] = set()
# A file that another thread closes while a program is being started could not be inherited by it.
_kept_lock = threading.Lock()


def environment(
    *, without: frozenset[str] = frozenset(), extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return this process's environment without what would redirect git or compose.

    Args:
        without: Further names to leave out, such as the keys of an `.env` that the shell would shadow.
        extra: Values to add.
    """
    kept = {
        key: value
        for key, value in inherited_environment.for_programs(os.environ).items()
        if key not in without
    }
    return {**kept, **(extra or {})}


def hook_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without what would point a hook at another repository or project.

    Args:
        extra: Values to add.
    """
    return {**inherited_environment.for_hooks(os.environ), **extra}


@contextmanager
def keeping(descriptor: int) -> Iterator[None]:
    """Let programs that are started with `keep` meanwhile inherit an open file, such as a lock."""
    _kept.add(descriptor)
    try:
        yield
    finally:
        with interruption.deferred(), _kept_lock:
            _kept.discard(descriptor)


@contextmanager
def started(
    argv: Sequence[str],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    *,
    keep: bool = False,
    **options: Any,  # noqa: ANN401 - those of Popen
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that never outlives the block.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it; this process's directory by default.
        env: Its whole environment; `environment()` by default.
        keep: Whether it inherits the files of `keeping`.
        options: Further options of `subprocess.Popen`.

    Raises:
        Failure: It could not be found or started.
    """
    whole = dict(env) if env is not None else environment()
    program: subprocess.Popen[bytes] | None = None
    try:
        # A signal between its start and the assignment would leave it running.
        with interruption.deferred(), _kept_lock if keep else nullcontext():
            program = _open(argv, cwd, whole, {**options, "pass_fds": tuple(_kept) if keep else ()})
        yield program
    except BaseException:
        if program is not None:
            _end(program)
            if isinstance(program, _Leader):
                program.end_rest()
        raise
    finally:
        if program is not None:
            with program:  # closes its pipes, and waits
                pass


class _Child(subprocess.Popen[bytes]):
    """A program for whose end no signal makes us wait for ever.

    Python takes a lock before it asks for a program's end. A signal that is raised between that and the `try`
    which frees it would keep it, and every later wait would wait for the lock.
    """

    def poll(self) -> int | None:
        with interruption.deferred():
            return super().poll()

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while (code := self.poll()) is None:
            left = _LONGEST_PAUSE if deadline is None else deadline - time.monotonic()
            if timeout is not None and left <= 0:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)
        return code


class _Leader(_Child):
    """A program that leads its own process group: a signal to it reaches all that it started."""

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, sig)

    def end_rest(self) -> None:
        """End the processes that it left running, after its own end."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _open(
    argv: Sequence[str], cwd: Path | None, env: dict[str, str], options: dict[str, Any]
) -> subprocess.Popen[bytes]:
    kind = _Leader if options.get("process_group") == 0 else _Child
    try:
        return kind(argv, cwd=cwd, env=env, **options)
    except OSError as error:
        raise _not_started(argv, cwd, error) from error


def exit_code(program: subprocess.Popen[bytes]) -> int:
    """Wait for a program's end; return its exit code as a shell reports it."""
    code = program.wait()
    return code if code >= 0 else SIGNALLED - code


def _not_started(argv: Sequence[str], cwd: Path | None, error: OSError) -> Failure:
    if isinstance(error, FileNotFoundError):
        if str(error.filename) == str(cwd):
            hint = "it was moved or deleted: bring it back, or see what wt.doctor finds"
            return Failure(f"{cwd}: not found", hint, kind="program-missing")
        return Failure(f"{argv[0]}: not found", "install it, or check the path", kind="program-missing")
    long = error.errno == errno.E2BIG
    hint = "put what is long into a file" if long else "check its permissions"
    return Failure(f"{argv[0]}: {error.strerror}", hint, kind="file-error")


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program whose result is no longer needed: it may clean up, then it is killed."""
    soon, late = interruption.PATIENCE
    for number, seconds in ((0, soon), (signal.SIGINT, late), (signal.SIGKILL, None)):
        if number:
            program.send_signal(number)
        try:
            program.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return
