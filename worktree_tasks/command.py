"""The one place that runs other programs: argv lists in, results out, never a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import interruption
from .errors import Failure
from .exchange import exchange, text
from .printable import said_last

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

__all__ = [
    "CommandError",
    "OutOfTime",
    "Result",
    "attach",
    "environment",
    "follow",
    "keeping",
    "run",
    "show",
]

# Exported by hooks, by `git rebase --exec` and by people; each would aim our git or compose at another
# repository or project: https://git-scm.com/docs/git#_environment_variables,
# https://docs.docker.com/compose/how-tos/environment-variables/envvars/
_LEAKING_PREFIXES = ("GIT_", "COMPOSE_")
_STDOUT, _STDERR = 1, 2
# What shells add to the number of the signal that ended a program.
_SIGNALLED = 128
_LOOK_SECONDS = 0.5
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
        said = said_last(result.err, said_last(result.out, f"exit code {result.code}"))
        super().__init__(f"{' '.join(result.argv[:2])}: {said}", hint)
        self.args = (result, hint)


class OutOfTime(Failure):
    """A program did not end in the time that it had."""

    def __init__(self, argv: Sequence[str], seconds: float) -> None:
        super().__init__(
            f"{' '.join(argv[:2])} did not end within {seconds:g} s",
            "run it by itself to see what it waits for",
        )
        self.args = (argv, seconds)


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
    seconds: float | None = None,
) -> Result:
    """Run a program to its end and capture what it says.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it; this process's directory by default.
        env: Its whole environment; `environment()` by default.
        stdin: What it reads; nothing by default, never the terminal.
        check: Whether an exit code other than 0 raises.
        echo: Also gets each line as it comes.
        keep: Whether it holds our locks too, until it ends: it would go on by itself if we were killed.
        seconds: How long it may take; it is ended then, with all that it started. For ever by default.

    Raises:
        CommandError: The program ended with another code than 0, and `check` was set.
        OutOfTime: The program took longer than `seconds`.
        Failure: The program could not be found or started.
        KeyboardInterrupt: The command is being interrupted.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin
    interruption.refuse_new()
    streams = {
        "stdin": subprocess.DEVNULL if data is None else subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    # What takes back the work of an interrupted command is out of the terminal's reach, and what has a limit
    # is ended with all that it started.
    group = 0 if interruption.happened() or seconds is not None else None
    kept = tuple(_kept) if keep else ()
    with (
        _started(argv, cwd, env, **streams, process_group=group, pass_fds=kept) as program,
        interruption.begun(program),
    ):
        try:
            out, err = exchange(program, data, echo=echo, seconds=seconds)
        except TimeoutError as error:
            raise OutOfTime(argv, seconds or 0) from error
    result = Result(tuple(argv), program.returncode, text(out), text(err))
    if result.code != 0 and (check or result.code in _INTERRUPTED):
        interruption.settle()
    if check and result.code != 0:
        raise CommandError(result)
    return result


def attach(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program on our own stdin, stdout and stderr and return its exit code, as a shell would tell it.

    What it says is not made printable: `wt.run` is asked for just that, as `docker exec` is.

    Raises:
        Failure: The program could not be found or started.
    """
    with _started(argv, cwd, env, stdin=_ours(sys.stdin), stdout=_ours(sys.stdout)) as program:
        return _code(program)


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
    with _started(
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
            return _code(child)
        except BrokenPipeError:
            interruption.end(child)
        except KeyboardInterrupt:
            interruption.end(child)
            if interruption.happened() == signal.SIGTERM:
                raise
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
    with _started(argv, cwd, env, stdin=subprocess.DEVNULL, stdout=_STDERR) as program:
        return _code(program)


@contextmanager
def _started(
    argv: Sequence[str],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    **options: Any,  # noqa: ANN401 - those of Popen
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that never outlives the block."""
    whole = dict(env) if env is not None else environment()
    program: subprocess.Popen[bytes] | None = None
    try:
        # A signal between its start and the assignment would leave it to itself.
        with interruption.deferred():
            program = _open(argv, cwd, whole, options)
        yield program
    except BaseException:
        if program is not None:
            interruption.end(program)
        raise
    finally:
        if program is not None:
            with program:  # closes its pipes, and waits
                pass


class _Leader(subprocess.Popen[bytes]):
    """A program at the head of a group of its own: what is sent to it reaches all that it started."""

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, sig)


def _open(
    argv: Sequence[str], cwd: Path | None, env: dict[str, str], options: dict[str, Any]
) -> subprocess.Popen[bytes]:
    kind = _Leader if options.get("process_group") == 0 else subprocess.Popen
    try:
        return kind(argv, cwd=cwd, env=env, **options)
    except OSError as error:
        raise _not_started(argv, cwd, error) from error


def _ours(stream: IO[str] | None) -> int | None:
    """Return what a program gets for one of our streams, which whoever started us may have closed."""
    return None if stream is not None and not stream.closed else subprocess.DEVNULL


def _code(program: subprocess.Popen[bytes]) -> int:
    """Wait for a program's end; return its exit code as a shell tells it."""
    while True:
        # A signal just before an endless wait, or one that another thread gets, would not end it.
        with suppress(subprocess.TimeoutExpired):
            code = program.wait(_LOOK_SECONDS)
            return code if code >= 0 else _SIGNALLED - code


def _not_started(argv: Sequence[str], cwd: Path | None, error: OSError) -> Failure:
    if isinstance(error, FileNotFoundError):
        missing = cwd if str(error.filename) == str(cwd) else argv[0]
        return Failure(f"{missing}: not found", "install it, or check the path")
    return Failure(f"{argv[0]}: {error.strerror}", "check its permissions")
