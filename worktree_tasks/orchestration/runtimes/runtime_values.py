"""The inputs and results of a runtime, as frozen values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ...quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...configuration.compose.compose_files import ComposeFiles

__all__ = ["MOST_BYTES", "Input", "LogLine", "Logs", "Omitted", "Origin", "Part", "Ran", "Step"]

# How much of each output goes into a document, so that documents stay limited whatever a program prints.
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """A step in preparing a stack.

    Attributes:
        name: Its name; if it is also a task, the task's name.
        do: Does it for a worktree; does nothing if it is already done.
        needs: The steps that have to be done before.
        before: Other steps that have to wait for it.
        early: Whether it needs neither the worktree's directory nor the decision on its services' roles.
    """

    name: str
    do: Callable[..., object]
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    early: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the logs: since a time, the last lines, or all; as for `docker logs`."""

    since: str | None = None
    tail: str | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a service's log."""

    service: str
    line: str


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of services.

    Attributes:
        lines: The lines in order of time.
        omitted: How many earlier bytes are left out, of all services together.
    """

    lines: tuple[LogLine, ...]
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Omitted:
    """How many bytes are left out at the start of each output; the last mebibyte is kept."""

    stdout: int = 0
    stderr: int = 0


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended, with its output if that was captured.

    Attributes:
        name: The worktree.
        service: The service; None for one of the runtime's own commands, which is about the whole stack.
        argv: The command and its arguments.
        output: Both outputs, in the order in which they came.
        code: The exit code of the command.
        stdout: Its output on stdout.
        stderr: Its output on stderr.
        omitted: How much of that is left out.
    """

    name: str
    service: str | None
    argv: tuple[str, ...]
    output: str = ""
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    omitted: Omitted = field(default_factory=Omitted)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the image of a service would come from.

    Attributes:
        service: The service.
        tag: The image's name here.
        built: Whether it would be built; otherwise it is main's.
        reason: Why, in words for `wt.plan`.
    """

    service: str
    tag: str
    built: bool
    reason: str


class Input(Protocol):
    """The description of a checkout's stack, as written in its files.

    Attributes:
        dotenv: The values of the `.env` at its root.
        files: The files themselves.
        profiles: The groups of services that it starts besides those that always start.
        interpolation: The variables that are interpolated into them.
        env_keys: The names of these variables.
        shadowing: Names that must not come from the shell, since they would take precedence over the files.
    """

    dotenv: dict[str, str]
    files: ComposeFiles
    profiles: tuple[str, ...]
    interpolation: dict[str, str]
    env_keys: frozenset[str]
    shadowing: frozenset[str]
