"""The one place that runs other programs: argv lists in, results out, never a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import interruption
from .errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

__all__ = [
    "CommandError",
    "Result",
    "attach",
    "environment",
    "follow",
    "keeping",
    "run",
    "show",
    "stdout_aside",
]

# Exported by hooks, by `git rebase --exec` and by people; each would aim our git or compose at another
# repository or project: https://git-scm.com/docs/git#_environment_variables,
# https://docs.docker.com/compose/how-tos/environment-variables/envvars/
_LEAKING_PREFIXES = ("GIT_", "COMPOSE_")
_STDOUT, _STDERR = 1, 2
# What shells add to the number of the signal that ended a program.
_SIGNALLED = 128
_INTERRUPTED = (-signal.SIGINT, _SIGNALLED + signal.SIGINT)

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
    echo: Callable[[str], None] | None = None,
    keep: bool = False,
) -> Result:
    """Run a program to its end and capture what it says.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it; this process's directory by default.
        env: Its whole environment; `environment()` by default.
        stdin: What it reads; nothing by default, never the terminal.
        check: Whether an exit code other than 0 raises.
        echo: Also gets each line as it comes, from threads.
        keep: Whether it holds our locks too, until it ends: it would go on by itself if we were killed.

    Raises:
        CommandError: The program ended with another code than 0, and `check` was set.
        Failure: The program could not be found or started.
        KeyboardInterrupt: The command is being interrupted.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin
    interruption.refuse_new()
    try:
        program = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env) if env is not None else environment(),
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # What takes back the work of an interrupted command is out of the terminal's reach.
            process_group=0 if interruption.happened() else None,
            pass_fds=tuple(_kept) if keep else (),
        )
    except OSError as error:
        raise _not_started(argv, cwd, error) from error
    out, err = _finish(program, data, echo)
    result = Result(tuple(argv), program.returncode, _text(out), _text(err))
    if result.code != 0 and (check or result.code in _INTERRUPTED):
        interruption.settle()
    if check and result.code != 0:
        raise CommandError(result)
    return result


def _finish(
    program: subprocess.Popen[bytes], data: bytes | None, echo: Callable[[str], None] | None
) -> tuple[bytes, bytes]:
    """Wait for a program and return what it said; it never outlives the wait."""
    with program, interruption.begun(program):
        try:
            if echo is None:
                return program.communicate(data)
            return _echoed(program, data, echo)
        except BaseException:
            interruption.end(program)
            raise


def _echoed(
    program: subprocess.Popen[bytes], data: bytes | None, echo: Callable[[str], None]
) -> tuple[bytes, bytes]:
    assert program.stdout is not None  # noqa: S101 - they are pipes
    assert program.stderr is not None  # noqa: S101 - the same
    said: dict[str, bytes] = {}

    def read(name: str, stream: IO[bytes]) -> None:
        lines = []
        for line in stream:
            lines.append(line)
            # A program that redraws its line means the last state of it.
            echo(_text(line).rstrip().rpartition("\r")[2])
        said[name] = b"".join(lines)

    readers = [
        threading.Thread(target=read, args=pair)
        for pair in (("out", program.stdout), ("err", program.stderr))
    ]
    for reader in readers:
        reader.start()
    if data is not None and program.stdin is not None:
        with suppress(BrokenPipeError):
            program.stdin.write(data)
            program.stdin.close()
    for reader in readers:
        reader.join()
    program.wait()
    return said.get("out", b""), said.get("err", b"")


def attach(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program on our own stdin, stdout and stderr and return its exit code, as a shell would tell it.

    Raises:
        Failure: The program could not be found or started.
    """
    return _code(_start(argv, cwd, env, stdin=_ours(sys.stdin), stdout=_ours(sys.stdout)).wait())


def follow(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    without: bytes = b"",
) -> int | None:
    """Run a program that may go on for ever, on our own stdout and stderr, until it ends or Ctrl-C.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it.
        env: Its whole environment; `environment()` by default.
        without: What is taken out of every line, all of which go to our stdout then.

    Returns:
        Its exit code; None when it was interrupted, or nobody reads our stdout any more.

    Raises:
        Failure: The program could not be found or started.
    """
    with _start(
        argv,
        cwd,
        env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if without else _ours(sys.stdout),
        stderr=subprocess.STDOUT if without else None,
    ) as child:
        try:
            for line in child.stdout or ():
                _pass_on(line.replace(without, b""))
            return _code(child.wait())
        except (KeyboardInterrupt, BrokenPipeError):
            # A terminal tells it of Ctrl-C too; whoever signals only us does not.
            with suppress(subprocess.TimeoutExpired):
                child.wait(0.5)
            child.terminate()
            child.wait()
            return None


def _pass_on(data: bytes) -> None:
    # Past Python's own buffer, which would complain at the end when nobody reads any more.
    while data and _ours(sys.stdout) is None:
        data = data[os.write(_STDOUT, data) :]


def show(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program that reads nothing and says everything on our stderr; return its exit code.

    Raises:
        Failure: The program could not be found or started.
    """
    return _code(_start(argv, cwd, env, stdin=subprocess.DEVNULL, stdout=_STDERR).wait())


@contextmanager
def stdout_aside() -> Iterator[None]:
    """Have what is printed meanwhile go to stderr, by this process and by those that it starts."""
    if sys.stdout is not None:
        sys.stdout.flush()
    kept = os.dup(_STDOUT)
    try:
        os.dup2(_STDERR, _STDOUT)
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, _STDOUT)
        os.close(kept)


def _start(
    argv: Sequence[str],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    *,
    stdin: int | None,
    stdout: int | None,
    stderr: int | None = None,
) -> subprocess.Popen[bytes]:
    whole = dict(env) if env is not None else environment()
    try:
        return subprocess.Popen(argv, cwd=cwd, env=whole, stdin=stdin, stdout=stdout, stderr=stderr)
    except OSError as error:
        raise _not_started(argv, cwd, error) from error


def _ours(stream: IO[str] | None) -> int | None:
    """Return what a program gets for one of our streams, which whoever started us may have closed."""
    return None if stream is not None and not stream.closed else subprocess.DEVNULL


def _code(code: int) -> int:
    return code if code >= 0 else _SIGNALLED - code


def _not_started(argv: Sequence[str], cwd: Path | None, error: OSError) -> Failure:
    if isinstance(error, FileNotFoundError):
        missing = cwd if str(error.filename) == str(cwd) else argv[0]
        return Failure(f"{missing}: not found", "install it, or check the path")
    return Failure(f"{argv[0]}: {error.strerror}", "check its permissions")


def _text(data: bytes) -> str:
    # File names are bytes to git; surrogateescape brings them through unharmed.
    return data.decode(errors="surrogateescape")
