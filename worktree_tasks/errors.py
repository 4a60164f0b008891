"""Every error that a user can see: one line that says what happened, one hint that says what helps."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from .printable import printable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from invoke.exceptions import Exit
else:

    class Exit(Exception):
        """Stands in for Invoke's `Exit` until `print_by_invoke` sets it: loading Invoke takes 100 ms."""


__all__ = [
    "START_DOCKER",
    "BadUse",
    "CommandFailed",
    "DockerUnavailable",
    "Failure",
    "FindingsRemain",
    "HostUnavailable",
    "Interrupted",
    "OutputFailed",
    "Refused",
    "StateDamaged",
    "TimedOut",
    "Unexpected",
    "WorktreeGone",
    "WorktreeTasksError",
    "file_errors",
    "print_by_invoke",
]


START_DOCKER = "start Docker, then run the same command again"


def print_by_invoke(base: type[Exit]) -> None:
    """Make our errors those that Invoke prints without a traceback, once it is loaded.

    Args:
        base: Invoke's `Exit`.
    """
    WorktreeTasksError.__bases__ = (base,)


class WorktreeTasksError(Exit):
    """Base of all our errors; Invoke prints it without a traceback and exits with its code.

    Attributes:
        what: One line: what happened, with the value that caused it.
        hint: One line: the command or the setting that helps; empty when nothing does.
        details: Lines between the two, such as the last ones of a log.
        kind: A short, stable name of its cause; `docs/errors.md` has a row for each.
        besides: The partial result, if any; its keys are beside the error in the JSON document.
        documented: Whether a document reports it, so that no text is printed.
    """

    exit_code: ClassVar[int] = 1
    kind = ""

    def __init__(self, what: str, hint: str = "", details: Sequence[str] = (), *, kind: str = "") -> None:
        self.kind = kind or self.kind
        self.what = what
        self.hint = hint
        self.details = tuple(details)
        self.besides: Mapping[str, Any] = {}
        self.documented = False
        self.message = str(self)
        self._code: int | None = self.exit_code
        # Without them the error could not be pickled or shown.
        self.args = (what, hint, self.details)

    @property
    def code(self) -> int:
        """The exit code."""
        return self.exit_code if self._code is None else self._code

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change every line of it, such as to take secrets out of what a program said."""
        self.what, self.hint = change(self.what), change(self.hint)
        self.details = tuple(map(change, self.details))
        self.message = str(self)

    def __str__(self) -> str:
        # Values in it may be untrusted; the attributes keep them unchanged, for documents.
        hint = (f"  → {printable(self.hint)}",) if self.hint else ()
        return "\n".join(
            (f"✗ {printable(self.what)}", *(f"    {shown(line)}" for line in self.details), *hint)
        )


class Failure(WorktreeTasksError):
    """Something could not be done (exit 1)."""


@contextmanager
def file_errors(
    what: str, hint: str = "check permissions and free space", *, kind: str = "file-error"
) -> Iterator[None]:
    """Turn what the system refuses into an error for users.

    Args:
        what: What failed then, such as `cannot read x`; the system's reason follows it.
        hint: What helps.
        kind: The error's kind.
    """
    try:
        yield
    except OSError as error:
        raise Failure(f"{what}: {error.strerror}", hint, kind=kind) from error


class StateDamaged(Failure):
    """The state file is damaged, or is no state file."""

    kind = "state-damaged"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the state file {path} is damaged: {why}", "wt.doctor --fix rebuilds it")
        self.args = (path, why)


class OutputFailed(Failure):
    """A result could not be written on stdout, for instance to a full disk."""

    kind = "output-failed"

    def __init__(self, why: str) -> None:
        super().__init__(f"the result cannot be written: {why}", "free some space, or redirect it elsewhere")
        self.args = (why,)


class FindingsRemain(Failure):
    """`wt.doctor` found problems that remain."""

    kind = "findings-remain"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} finding{'s' if count > 1 else ''} remain{'' if count > 1 else 's'}",
            f"run the command{'s' if count > 1 else ''} below {'them' if count > 1 else 'it'}",
        )
        self.args = (count,)


class BadUse(WorktreeTasksError):
    """A name, a flag or a setting that is not valid (exit 2)."""

    exit_code = 2


class WorktreeGone(BadUse):
    """Another command removed the worktree, for instance while this one waited for its lock."""

    kind = "worktree-removed"

    def __init__(self) -> None:
        super().__init__("the worktree was removed by another command", "wt.list shows what is there")
        self.args = ()


class Refused(WorktreeTasksError):
    """Refused, to protect work (exit 3)."""

    exit_code = 3


class DockerUnavailable(WorktreeTasksError):
    """No Docker Engine or no usable Compose answers (exit 4)."""

    exit_code = 4


class Unexpected(Failure):
    """A bug of ours, for which Python prints a traceback."""

    kind = "unexpected"

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            f"this should not happen: {type(error).__name__}: {error}",
            "please report it, with the output on stderr",
        )
        self.args = (error,)


class HostUnavailable(WorktreeTasksError):
    """Another machine does not answer, or does not let us in (exit 4)."""

    exit_code = 4


class CommandFailed(Failure):
    """A command in a container ended with a code other than 0, which becomes ours.

    Attributes:
        ran: How it ended, with its output if that was captured.
    """

    kind = "command-failed"

    def __init__(self, what: str, code: int, details: Sequence[str] = (), ran: Any = None) -> None:  # noqa: ANN401 - a runtime's value
        super().__init__(what, details=details)
        self._code = code
        self.ran = ran
        self.args = (what, code, self.details, ran)


class TimedOut(Failure):
    """A command took longer than its `--timeout`."""

    kind = "timed-out"

    def __init__(self, told: str = "") -> None:
        super().__init__(
            f"it did not finish within --timeout{f': {told}' if told else ''}",
            "run the same command again: it finishes what it began",
        )
        self.args = (told,)


class Interrupted(Failure):
    """Ctrl-C: no traceback, but how to continue."""

    exit_code = 130
    kind = "interrupted"

    def __init__(self, told: str = "", code: int = 130, hint: str = "") -> None:
        what = f"interrupted: {told}" if told else "interrupted"
        again = "run the same command again"
        super().__init__(what, hint or (again if told else f"{again}: it finishes what it began"))
        self._code = code
        self.args = (told, code, hint)
