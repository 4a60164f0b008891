"""The one place that runs other programs for their output: argv lists in, results out, never a shell."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from . import interruption
from .child_processes import SIGNALLED, environment, hook_environment, started
from .errors import Failure
from .pipes import exchange, text
from .printable import said_last
from .quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["CommandError", "OutOfTime", "Result", "environment", "hook_environment", "run"]

_INTERRUPTED = (-signal.SIGINT, SIGNALLED + signal.SIGINT)


@dataclass(slots=True, frozen=True)
class Result:
    """What a finished program left: its argv, exit code and output.

    If the output was bounded, also both streams as they came, and how many bytes of each are left out.
    """

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    both: str = ""
    omitted: tuple[int, int] = (0, 0)

    @property
    def ending(self) -> str:
        """How the program ended: with its exit code, or killed by a signal."""
        if self.code >= 0:
            return f"exit code {self.code}"
        names = {one.value: one.name for one in signal.Signals}
        return f"killed by {names.get(-self.code, f'signal {-self.code}')}"


# Options of git whose value is a word of its own.
_WITH_VALUE = ("-c", "-C")


class CommandError(Failure):
    """A program ended with a code other than 0.

    Attributes:
        result: Everything that the program left.
    """

    kind = "program-failed"

    def __init__(self, result: Result, hint: str = "") -> None:
        self.result = result
        said = said_last(result.err, said_last(result.out, result.ending))
        super().__init__(f"{_called(result.argv)}: {said}", hint)
        self.args = (result, hint)


def _called(argv: Sequence[str]) -> str:
    """Return a program with its command, such as `git status`, without git's own options before it."""
    program, *words = argv
    while program == "git" and len(words) > 1 and words[0].startswith("-"):
        del words[: 2 if words[0] in _WITH_VALUE else 1]
    return " ".join([program, *words[:1]])


class OutOfTime(Failure):
    """A program did not finish within its time limit."""

    kind = "timed-out"

    def __init__(self, argv: Sequence[str], seconds: float) -> None:
        super().__init__(
            f"{_called(argv)} did not finish within {seconds:g} s",
            "run it by itself to see what it waits for",
        )
        self.args = (argv, seconds)


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes | None = None,
    check: bool = True,
    echo: Callable[[str], None] | None = None,
    echo_out: bool = True,
    keep: bool = False,
    seconds: float | None = None,
    most: int | None = None,
    program_file: str | None = None,
    interrupted: Callable[[], None] | None = None,
) -> Result:
    """Run a program to its end and capture its output.

    Args:
        argv: The program and its arguments.
        cwd: Where to run it; this process's directory by default.
        env: Its whole environment; `environment()` by default.
        stdin: Its input; empty by default, never the terminal.
        check: Whether an exit code other than 0 raises.
        echo: Also receives each line as it comes.
        echo_out: Whether it also receives the lines of stdout.
        keep: Whether it also holds our locks until it ends, since it would keep running if we were killed.
        seconds: How long it may take; then it is ended, with all that it started. No limit by default.
        most: How many bytes of each output to keep, the last ones; all by default.
        program_file: The file to start in place of the program that the first word names.
        interrupted: Called when the command is interrupted, before the program is ended.

    Raises:
        CommandError: The program ended with a code other than 0, and `check` was set.
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
    # Programs that undo an interrupted command's work are out of the terminal's reach, and those with a limit
    # are ended with all that they started.
    group = 0 if interruption.happened() or seconds is not None else None
    with (
        started(
            argv, cwd, env, keep=keep, **streams, process_group=group, executable=program_file
        ) as program,
        interruption.begun(program),
    ):
        try:
            said = exchange(program, data, echo=echo, echo_out=echo_out, seconds=seconds, most=most)
        except TimeoutError as error:
            raise OutOfTime(argv, seconds or 0) from error
        except KeyboardInterrupt:
            if interrupted:
                interrupted()
            raise
    out, err, both = map(text, (said.out, said.err, said.both))
    result = Result(tuple(argv), program.returncode, out, err, both, said.omitted)
    if result.code != 0 and (check or result.code in _INTERRUPTED):
        interruption.wait_for_ctrl_c()
    if check and result.code != 0:
        raise CommandError(result)
    return result
