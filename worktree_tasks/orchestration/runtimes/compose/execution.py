"""A command in a container of a worktree's stack."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from .... import attached, command
from ....errors import BadUse, CommandFailed
from ....printable import lines_of
from ..values import Ran

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from ....configuration.compose.containers import Container
    from ...steps.tree import Tree

__all__ = ["exec_argv", "run_in"]


def exec_argv(container: str, argv: Sequence[str], *, terminal: bool) -> list[str]:
    """Return the command line that runs a command in a container."""
    return ["docker", "exec", "--interactive", *(("--tty",) if terminal else ()), container, *argv]


def run_in(tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
    """Run a command in a running container of a worktree's own service.

    Raises:
        BadUse: The stack has no such service.
        CommandFailed: The command ended with another code than 0.
    """
    container = _container(tree, service)
    terminal = not capture and _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
    words = exec_argv(container.id, argv, terminal=terminal)
    if capture:
        result = command.run(words, check=False)
        code, output, said = result.code, result.out, lines_of(result.out + result.err)
    else:
        code, output, said = attached.attach(words), "", []
    if code:
        raise CommandFailed(f"{service}: {shlex.join(argv)} ended with code {code}", code, said)
    return Ran(tree.record.name, service, tuple(argv), output)


def _is_terminal(stream: IO[str] | None) -> bool:
    """Tell whether a stream is one, which whoever started us may also have closed."""
    return stream is not None and not stream.closed and stream.isatty()


def _container(tree: Tree, service: str) -> Container:
    running = {one.service: one for one in tree.containers() if one.state == "running"}
    if service not in running:
        raise BadUse(
            f"{tree.record.name} runs no service {service!r}",
            f"it runs {', '.join(running) or 'none'}; wt.start {tree.record.name} starts it",
            kind="no-service",
        )
    return running[service]
