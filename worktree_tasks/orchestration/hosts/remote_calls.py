"""Run tasks on another machine, with our program there."""

from __future__ import annotations

import json
import platform
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ... import interruption
from ...command import run
from ...configuration.hosts import find_host, ssh_argv
from ...configuration.remote_caller import Caller
from ...configuration.remote_scripts import (
    CHECKOUT_GONE,
    PROGRAM_GONE,
    Installation,
    hand_over_script,
    stop_script,
    task_script,
)
from ...errors import Failure, HostUnavailable
from ...foreground import attach
from ...machine.laptop_key import laptop_key
from ...printable import said_last
from ...quick_dataclasses import dataclass
from ...store import state_directory
from .fabric_setup import set_up
from .port_forwards import known_worktree, ports_in_use
from .remote_output import error_in, relay
from .remote_program import PROGRAM
from .ssh_connection import Line
from .ssh_refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...command import Result
    from ...configuration.hosts import Host
    from ...store import KnownHost
    from ..steps.progress import Progress
    from ..steps.project import Project

__all__ = ["Answer", "Far", "far_project"]

# The exit code of OpenSSH itself, for any failure of the connection.
_SSH_FAILED = 255
_STOP_SECONDS = 10.0


@dataclass(slots=True, frozen=True)
class Answer:
    """The result of a task there: its exit code, and its JSON document."""

    code: int
    document: dict[str, Any]


def far_project(
    project: Project,
    known: KnownHost,
    *,
    host: Host | None = None,
    caller_fields: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Far:
    """Return a project on a machine that it is set up on.

    Args:
        project: The project here.
        known: What is recorded of the machine.
        host: How to reach it; by default found by its name in the settings.
        caller_fields: `dialect` and `settings` of `Caller`, which are passed to tasks there.
        name: The worktree that the tasks are for.

    Raises:
        BadUse: The machine's name is invalid.
    """
    host = host or find_host(known.name, project.settings.hosts)
    tree = known_worktree(project, host, name) if name else None
    ports = dict(tree.ports) if tree else {}
    caller = Caller(platform.node(), tuple(sorted(ports_in_use(project))), ports, **(caller_fields or {}))
    return Far(host, known.path, laptop_key(state_directory()), caller)


class Far:
    """A project on another machine, in which tasks can be run.

    Args:
        host: The machine.
        checkout: The main checkout there.
        laptop: The key of this machine.
        caller: What is passed to tasks there about this machine.
    """

    def __init__(self, host: Host, checkout: str, laptop: str, caller: Caller) -> None:
        self.host = host
        self.caller = caller
        self.checkout = checkout
        self.line = Line(host)
        self._program = PROGRAM
        self._installation = Installation(self._program.key, checkout, laptop, host.python)

    def ask(
        self, words: Sequence[str], *, echo: Callable[[str], None] | None = None, seconds: float | None = None
    ) -> Answer:
        """Run a task there and return its document.

        Args:
            words: Its command line, without `--json`.
            echo: Receives each line that it prints on stderr.
            seconds: How long it may take; unlimited by default.

        Raises:
            HostUnavailable: The machine cannot be reached, or the connection broke.
            Failure: Our checkout is missing, the task gave no document, or it took too long.
        """
        done = self._run(words, echo, seconds)
        if done.code == PROGRAM_GONE and not done.out:
            self.bring_program()
            done = self._run(words, echo, seconds)
        if not done.out:
            self._check(done.code, done.err)
        try:
            return Answer(done.code, json.loads(done.out))
        except ValueError as error:
            raise Failure(
                f"{self.host.name}: {words[0]} gave no answer: {said_last(done.err, done.ending)}",
                f"wt.host-init {self.host.name} checks the machine",
                kind="host-answer",
            ) from error

    def document(self, words: Sequence[str], progress: Progress | None = None) -> dict[str, Any]:
        """Run a task there and return its document; its steps are reported here if there is a progress.

        Raises:
            HostUnavailable: The machine cannot be reached, or the connection broke.
            WorktreeTasksError: The task failed there.
        """
        found = self.ask(words, echo=partial(relay, progress) if progress else None).document
        if error := error_in(found):
            raise error
        return found

    def attach(self, words: Sequence[str], *, terminal: bool) -> int:
        """Run a task there on our own stdin, stdout and stderr; return its exit code.

        Args:
            words: Its command line.
            terminal: Whether to give it a terminal, because we have one.

        Raises:
            HostUnavailable: The machine cannot be reached, or the connection broke.
            Failure: Our checkout is missing.
        """
        call = secrets.token_hex(8)
        self._hand_over(call)
        text = task_script(self._installation, words, call=call, handed=True)
        try:
            code = attach(ssh_argv(self.host, text, options=self.line.options, terminal=terminal))
        except KeyboardInterrupt:
            self._stop(call)
            raise
        # A command may end with any code; OpenSSH's own means that the line is gone too.
        if code == _SSH_FAILED and not self.line.answers():
            self._check(code, "")
        return code

    def bring_program(self) -> None:
        """Install this version of our program there, unless it is there already.

        Raises:
            HostUnavailable: The machine cannot be reached.
            Failure: It cannot be installed there.
        """
        self.line.open()
        with set_up(self.host, self.line.options) as there:
            self._program.have(there)

    def _hand_over(self, call: str) -> None:
        """Store the caller there for a task that gets our own stdin.

        Raises:
            HostUnavailable: The machine cannot be reached, or the connection broke.
            Failure: Our checkout is missing, or nothing can be written there.
        """
        self.line.open()
        script, text = hand_over_script(self._installation, call), self.caller.text()
        done = self._ssh(script, stdin=text)
        if done.code == PROGRAM_GONE:
            self.bring_program()
            done = self._ssh(script, stdin=text)
        self._check(done.code, done.err)
        if done.code:
            raise Failure(
                f"{self.host.name}: the task failed: {said_last(done.err, done.ending)}",
                "fix that on the machine, then run the same command again",
                kind="host-setup-failed",
            )

    def _run(self, words: Sequence[str], echo: Callable[[str], None] | None, seconds: float | None) -> Result:
        call = secrets.token_hex(8)
        self.line.open()
        text = task_script(self._installation, [words[0], "--json", *words[1:]], call=call)
        # Stop the task first: it would keep running there while `ssh` gets its time to exit.
        stop = partial(self._stop, call)
        return self._ssh(text, stdin=f"{self.caller.text()}\n", echo=echo, seconds=seconds, interrupted=stop)

    def _ssh(self, text: str, **options: Any) -> Result:  # noqa: ANN401 - those of `run`
        return run(
            ssh_argv(self.host, text, options=self.line.options), check=False, echo_out=False, **options
        )

    def _stop(self, call: str) -> None:
        """Interrupt a task there as Ctrl-C would, if the machine still answers."""
        with interruption.undoing(), suppress(Failure):
            self._ssh(stop_script(call), seconds=_STOP_SECONDS)

    def _check(self, code: int, err: str) -> None:
        """Raise the error for a task without output that the connection or the machine failed.

        Raises:
            HostUnavailable: The machine cannot be reached, or the connection broke.
            Failure: Our checkout is missing.
        """
        name = self.host.name
        if code == CHECKOUT_GONE:
            raise Failure(
                f"{self._installation.checkout} no longer exists on {name}",
                f"wt.host-init {name} makes it again",
                kind="host-checkout-gone",
            )
        if code == _SSH_FAILED and self.line.is_open():
            raise refused(self.host, err, options=self.line.options)
        if code == _SSH_FAILED:
            raise HostUnavailable(
                f"the connection to {name} broke; the task there finishes or undoes what it began",
                "run the same command again",
                kind="connection-lost",
            )
