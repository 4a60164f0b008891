"""The logs of a stack's containers: followed on our terminal, or read as lines."""

from __future__ import annotations

import os
import signal
import sys
from operator import itemgetter
from typing import TYPE_CHECKING

from .... import command, foreground
from ....engine import compose_command
from ....errors import BadUse, CommandFailed
from ....parallel import each
from ....printable import lines_of, said_last
from ..runtime_values import MOST_BYTES, LogLine, Logs
from .compose_input import input_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ....configuration.compose.containers import Container
    from ...steps.worktree_handle import Tree
    from ..runtime_values import Part

__all__ = ["follow_lines", "log_argv", "logs_words", "read_logs"]

_CUT = 128 + signal.SIGPIPE
# Compose begins every line with it, even without a terminal.
_CLEAR_LINE = b"\x1b[2K"


def logs_words(part: Part, *, follow: bool, colour: bool) -> list[str]:
    """Return the words of the compose command that shows logs with names and, on a terminal, colours."""
    return ["logs", *(("--follow",) if follow else ()), *(() if colour else ("--no-color",)), *_part(part)]


def log_argv(container: str, part: Part) -> list[str]:
    """Return the command line that reads one container's log, each line with its time."""
    return ["docker", "logs", "--timestamps", *_part(part), container]


def _part(part: Part) -> Iterator[str]:
    for flag, value in (("since", part.since), ("tail", part.tail)):
        if value is not None:
            yield f"--{flag}={value}"


def follow_lines(tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
    """Show logs on our stdout, until the services end or Ctrl-C.

    Raises:
        CommandFailed: Compose failed, and printed why.
    """
    call = input_of(tree.project, tree.record.path).invocation(
        project=tree.stack, override=not tree.is_main, profiles=("*",)
    )
    terminal = sys.stdout is not None and sys.stdout.isatty()
    colour = terminal and "NO_COLOR" not in os.environ
    words = compose_command.argv(call, *logs_words(part, follow=follow, colour=colour), services=services)
    code = foreground.follow(
        words,
        cwd=call.directory,
        env=compose_command.environment(call),
        without=b"" if terminal else _CLEAR_LINE,
    )
    # A reader such as `head` that stops early is no failure, nor is Ctrl-C.
    if code not in (None, 0, _CUT):
        raise CommandFailed(f"docker compose logs exited with code {code}", 1)


def read_logs(containers: Iterable[Container], part: Part) -> Logs:
    """Return the logs of some containers in order of time; of each, only as much of the end as fits."""
    found = each(lambda one: _read(one, part), containers)
    timed = sorted((line for lines, _ in found for line in lines), key=itemgetter(0))
    return Logs(tuple(line for _, line in timed), sum(omitted for _, omitted in found))


def _read(container: Container, part: Part) -> tuple[list[tuple[str, LogLine]], int]:
    """Return the lines of a container's log, each with its time, and how many bytes of it were left out."""
    result = command.run(log_argv(container.id, part), check=False, most=MOST_BYTES)
    if result.code:
        raise BadUse(
            f"logs of {container.service}: {said_last(result.err, result.ending)}",
            "check --since and --tail",
            kind="bad-value",
        )
    lines = (text.partition(" ") for text in (*lines_of(result.out), *lines_of(result.err)))
    return [(moment, LogLine(container.service, line)) for moment, _, line in lines], sum(result.omitted)
