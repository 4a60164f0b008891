"""Tasks that run on another machine, by our program there."""

from __future__ import annotations

import json
import platform
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ... import interruption
from ...command import run
from ...configuration.hosts import find_host, ssh_argv
from ...configuration.remote_calls import (
    CHECKOUT_GONE,
    PROGRAM_GONE,
    Caller,
    Seat,
    hand_over_script,
    script,
    stop_script,
)
from ...errors import Failure, HostUnavailable
from ...foreground import attach
from ...machine.laptop_key import laptop_key
from ...printable import said_last
from ...store import state_directory
from .connection import set_up
from .forwards import known_worktree, taken_here
from .program import PROGRAM
from .ssh_line import Line
from .ssh_refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...command import Result
    from ...configuration.hosts import Host
    from ...store import KnownHost
    from ..steps.project import Project

__all__ = ["Answer", "Far", "far_project"]

# OpenSSH's own exit code, whatever went wrong with the connection.
_OF_SSH = 255
_STOP_SECONDS = 10.0


class Answer(NamedTuple):
    """What a task said there: its exit code, and its JSON document."""

    code: int
    document: dict[str, Any]


def far_project(
    project: Project,
    known: KnownHost,
    *,
    host: Host | None = None,
    told: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Far:
    """Return a project on a machine that it was set up on.

    Args:
        project: The project here.
        known: What is known of the machine.
        host: How it is reached; by its name and the settings by default.
        told: What tasks there are told of this one: `dialect` and `settings` of `Caller`.
        name: The worktree that they are about.

    Raises:
        BadUse: The machine's name can be none.
    """
    host = host or find_host(known.name, project.settings.hosts)
    tree = known_worktree(project, host, name) if name else None
    ports = dict(tree.ports) if tree else {}
    caller = Caller(platform.node(), tuple(sorted(taken_here(project))), ports, **(told or {}))
    return Far(host, known.path, laptop_key(state_directory()), caller)


class Far:
    """A project on another machine, as tasks are run in it.

    Args:
        host: The machine.
        checkout: The main checkout there.
        laptop: The key of this machine.
        caller: What tasks there are told of this machine.
    """

    def __init__(self, host: Host, checkout: str, laptop: str, caller: Caller) -> None:
        self.host = host
        self.caller = caller
        self.checkout = checkout
        self.line = Line(host)
        self._program = PROGRAM
        self._seat = Seat(self._program.key, checkout, laptop, host.python)

    def ask(
        self,
        words: Sequence[str],
        *,
        echo: Callable[[str], None] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Run a task there for its document.

        Args:
            words: Its command line, without `--json`.
            echo: Takes each line that it says on stderr.
            seconds: How long it may take; for ever by default.

        Raises:
            HostUnavailable: The machine was not reached, or not to the end.
            Failure: There is no checkout of ours, or the time was over.
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
                f"{self.host.name}: {words[0]} gave no answer: "
                f"{said_last(done.err, f'exit code {done.code}')}",
                f"wt.host-init {self.host.name} looks at what is there",
                kind="host-answer",
            ) from error

    def attach(self, words: Sequence[str], *, terminal: bool) -> int:
        """Run a task there on our own stdin, stdout and stderr; return its exit code.

        Args:
            words: Its command line.
            terminal: Whether it gets a terminal, as we have one.

        Raises:
            HostUnavailable: The machine was not reached, or not to the end.
            Failure: There is no checkout of ours.
        """
        code = self._attached(words, terminal)
        if code == PROGRAM_GONE:
            self.bring_program()
            code = self._attached(words, terminal)
        if code in (CHECKOUT_GONE, _OF_SSH):
            self._check(code, "")
        return code

    def bring_program(self) -> None:
        """Have this version of our program there.

        Raises:
            HostUnavailable: The machine was not reached.
            Failure: It cannot be put there.
        """
        self.line.open()
        with set_up(self.host, self.line.options) as there:
            self._program.have(there)

    def _attached(self, words: Sequence[str], terminal: bool) -> int:
        call = secrets.token_hex(8)
        self.line.open()
        self._ssh(hand_over_script(self._seat, call), stdin=self.caller.text())
        text = script(self._seat, words, call=call, handed=True)
        try:
            return attach(ssh_argv(self.host, text, options=self.line.options, terminal=terminal))
        except KeyboardInterrupt:
            self._stop(call)
            raise

    def _run(self, words: Sequence[str], echo: Callable[[str], None] | None, seconds: float | None) -> Result:
        call = secrets.token_hex(8)
        self.line.open()
        text = script(self._seat, [words[0], "--json", *words[1:]], call=call)
        # At once: the task there goes on while `ssh` is given its time to end.
        stop = partial(self._stop, call)
        return self._ssh(text, stdin=f"{self.caller.text()}\n", echo=echo, seconds=seconds, interrupted=stop)

    def _ssh(self, text: str, **options: Any) -> Result:  # noqa: ANN401 - those of `run`
        return run(
            ssh_argv(self.host, text, options=self.line.options), check=False, echo_out=False, **options
        )

    def _stop(self, call: str) -> None:
        """Have a task there end as by Ctrl-C, as far as the machine still answers."""
        with interruption.undoing(), suppress(Failure):
            self._ssh(stop_script(call), seconds=_STOP_SECONDS)

    def _check(self, code: int, err: str) -> None:
        """Tell what a task that said nothing ended of.

        Raises:
            HostUnavailable: The machine was not reached, or not to the end.
            Failure: There is no checkout of ours.
        """
        name = self.host.name
        if code == CHECKOUT_GONE:
            raise Failure(
                f"{self._seat.checkout} is not there any more on {name}",
                f"wt.host-init {name} makes it again",
                kind="host-checkout-gone",
            )
        if code == _OF_SSH and self.line.is_open():
            raise refused(self.host, err, options=self.line.options)
        if code == _OF_SSH:
            raise HostUnavailable(
                f"the connection to {name} broke; what was begun there is finished or undone there",
                "run the same command again",
                kind="connection-lost",
            )
