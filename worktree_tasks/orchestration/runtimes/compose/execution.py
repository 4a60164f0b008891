"""Run a command in a container of a worktree's stack, or a Compose command on the whole stack."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from .... import command, foreground
from ....child_processes import SIGNALLED
from ....configuration.compose.start_error_patterns import recognize_refusal
from ....engine import compose_command
from ....errors import BadUse, CommandFailed, Failure
from ....printable import lines_of
from ....quick_dataclasses import replace
from ..runtime_values import MOST_BYTES, Omitted, Ran
from .compose_input import input_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from ....configuration.compose.containers import Container
    from ...steps.worktree_handle import Tree

__all__ = ["LeftRunning", "compose_on", "exec_argv", "run_in"]


class LeftRunning(KeyboardInterrupt):
    """An interruption that did not end a command in a container: Docker passes no signal on to it.

    Attributes:
        hint: The command that ends it.
    """

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def exec_argv(container: str, argv: Sequence[str], *, terminal: bool) -> list[str]:
    """Return the command line that runs a command in a container."""
    return ["docker", "exec", "--interactive", *(("--tty",) if terminal else ()), container, *argv]


def run_in(tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
    """Run a command in a running container of a worktree's own service.

    Raises:
        BadUse: The stack has no such service.
        CommandFailed: The command exited with a non-zero code.
    """
    container = _container(tree, service, argv)
    terminal = not capture and _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
    words = exec_argv(container.id, argv, terminal=terminal)
    ran = Ran(tree.record.name, service, tuple(argv))
    try:
        return _checked_result(ran, f"{service}: {shlex.join(argv)}", words, capture=capture)
    except KeyboardInterrupt as error:
        hint = f"if it should not finish, `docker restart {container.name}` ends it"
        raise LeftRunning(f"{argv[0]} may still run in {service}", hint) from error


def compose_on(tree: Tree, argv: Sequence[str], *, capture: bool) -> Ran:
    """Run a Compose command on a worktree's stack, whatever plain `docker compose` would act on there.

    Raises:
        Failure: The stack has no name or no override yet.
        CommandFailed: The command exited with a non-zero code.
    """
    stack = tree.record.compose_project
    chosen = input_of(tree.project, tree.record.path)
    if stack is None or not (tree.record.path / chosen.files.override).is_file():
        raise Failure(
            f"{tree.record.name} has no stack for Compose yet",
            f"wt.start {tree.record.name} creates it",
            kind="no-stack",
        )
    call = chosen.invocation(project=stack, override=True, profiles=())
    return _checked_result(
        Ran(tree.record.name, None, tuple(argv)),
        f"docker compose {shlex.join(argv)}",
        compose_command.argv(call, *argv),
        cwd=call.directory,
        env=compose_command.environment(call),
        capture=capture,
    )


def _checked_result(
    ran: Ran,
    what: str,
    words: Sequence[str],
    *,
    capture: bool,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run a command line on our terminal, or capture its output; return its exit code and output.

    Raises:
        CommandFailed: It exited with a non-zero code.
    """
    if capture:
        done = command.run(words, cwd=cwd, env=env, check=False, most=MOST_BYTES)
        # After a signal, the same exit code as in a shell.
        code = done.code if done.code >= 0 else SIGNALLED - done.code
        left_out = Omitted(*done.omitted)
        ran = replace(ran, output=done.both, code=code, stdout=done.out, stderr=done.err, omitted=left_out)
    else:
        ran = replace(ran, code=foreground.attach(words, cwd=cwd, env=env))
    if ran.code:
        said = lines_of(ran.output)
        refusal = recognize_refusal(said)
        why = f": {refusal.words}" if refusal and refusal.cause == "program" else ""
        raise CommandFailed(
            f"{what} exited with code {ran.code}{why}", ran.code, said, ran if capture else None
        )
    return ran


def _is_terminal(stream: IO[str] | None) -> bool:
    """Return whether a stream is an open terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def _container(tree: Tree, service: str, argv: Sequence[str]) -> Container:
    """Return the running container of a service."""
    found = tree.containers()
    running = {one.service: one for one in found if one.state == "running"}
    if service in running:
        return running[service]
    hint = f"it runs {', '.join(running) or 'none'}; {tree.start_command} starts it"
    if not tree.is_main and any(one.service == service and one.finished for one in found):
        words = ["run", "--rm", "--no-deps", "--entrypoint", argv[0], service, *argv[1:]]
        apart = f"wt.compose {tree.record.name} {shlex.quote(shlex.join(words))}"
        hint = f"its job is finished; {apart} runs the command in a new container"
    raise BadUse(f"{tree.record.name} runs no service {service!r}", hint, kind="no-service")
