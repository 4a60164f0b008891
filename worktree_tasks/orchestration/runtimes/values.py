"""What a runtime is given and gives, in frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...configuration.compose.files import ComposeFiles

__all__ = ["MOST_BYTES", "Input", "LogLine", "Logs", "Omitted", "Origin", "Part", "Ran", "Step"]

# What is kept of each output that goes into a document: a document has an end, whatever a program says.
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way to a stack.

    Attributes:
        name: Its name; where it is a task of its own, that of the task.
        do: Does it for a worktree, and nothing when it is done already.
        needs: The steps that have to be done before.
        before: The steps of others that have to wait for it.
        early: Whether it may be done before the roles of services are decided.
    """

    name: str
    do: Callable[..., object]
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    early: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the logs: what came since a moment, the last lines, or all; as `docker logs` has it."""

    since: str | None = None
    tail: str | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a service said."""

    service: str
    line: str


@dataclass(frozen=True, slots=True)
class Logs:
    """What services said.

    Attributes:
        lines: In the order in which they were said.
        omitted: How many bytes that came before are left out, of all services together.
    """

    lines: tuple[LogLine, ...]
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Omitted:
    """How many bytes are left out at the beginning of an output, of which the last mebibyte is kept."""

    stdout: int = 0
    stderr: int = 0


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended; what it said where that was captured.

    Attributes:
        name: The worktree.
        service: The service; None for a command of the runtime's own, which is about the whole stack.
        argv: The command's words.
        output: Both outputs, as they came.
        code: The code that the command ended with.
        stdout: What it said on stdout.
        stderr: What it said on stderr.
        omitted: What of that is left out.
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
    """What describes the stack of a checkout, as it stands in its files.

    Attributes:
        dotenv: The values of the `.env` in its root.
        files: The files themselves.
        profiles: The groups of services that it starts besides those that always start.
        interpolation: The values that are put into them.
        env_keys: The names of these values.
        shadowing: Names that must not come from the shell: they would win over the files.
    """

    dotenv: dict[str, str]
    files: ComposeFiles
    profiles: tuple[str, ...]
    interpolation: dict[str, str]
    env_keys: frozenset[str]
    shadowing: frozenset[str]
