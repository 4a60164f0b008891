"""Every error that a user can see: one line that says what, one hint that says what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .printable import printable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from invoke.exceptions import Exit
else:

    class Exit(Exception):
        """Holds the place of Invoke's, which `print_by_invoke` puts here: to load Invoke takes 100 ms."""


__all__ = [
    "START_DOCKER",
    "BadUse",
    "CommandFailed",
    "DockerUnavailable",
    "Failure",
    "FindingsRemain",
    "HostUnavailable",
    "Interrupted",
    "Refused",
    "StateDamaged",
    "TimedOut",
    "Unexpected",
    "WorktreeGone",
    "WorktreeTasksError",
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
        details: Lines to read between the two, such as the last ones of a log.
        kind: A short name of its cause, which stays the same; `docs/errors.md` has a row for each.
        besides: What there is of the result all the same; stands beside the error in its JSON document.
        documented: Whether a document tells of it, so that it needs no words.
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
        # Values in it may be anybody's; the attributes keep them as they are, for documents.
        hint = (f"  → {printable(self.hint)}",) if self.hint else ()
        return "\n".join(
            (f"✗ {printable(self.what)}", *(f"    {shown(line)}" for line in self.details), *hint)
        )


class Failure(WorktreeTasksError):
    """Something that was asked for could not be done (exit 1)."""


class StateDamaged(Failure):
    """The state file is none, or not all of one."""

    kind = "state-damaged"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the state file {path} is damaged: {why}", "wt.doctor --fix rebuilds it")
        self.args = (path, why)


class FindingsRemain(Failure):
    """`wt.doctor` found what is not fixed."""

    kind = "findings-remain"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} finding{'s' if count > 1 else ''} remain{'' if count > 1 else 's'}",
            f"run the command{'s' if count > 1 else ''} beneath {'them' if count > 1 else 'it'}",
        )
        self.args = (count,)


class BadUse(WorktreeTasksError):
    """A name, a flag or a setting that cannot be meant (exit 2)."""

    exit_code = 2


class WorktreeGone(BadUse):
    """Another command removed the worktree, as while this one waited for it: its name means nothing now."""

    kind = "worktree-removed"

    def __init__(self) -> None:
        super().__init__("the worktree was removed by another command", "wt.list shows what is there")
        self.args = ()


class Refused(WorktreeTasksError):
    """Not done, to protect somebody's work (exit 3)."""

    exit_code = 3


class DockerUnavailable(WorktreeTasksError):
    """No Docker Engine or no usable Compose answers (exit 4)."""

    exit_code = 4


class Unexpected(Failure):
    """A fault of ours, which Python tells of at length."""

    kind = "unexpected"

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            f"this should not happen: {type(error).__name__}: {error}",
            "please report it, with what stands on stderr",
        )
        self.args = (error,)


class HostUnavailable(WorktreeTasksError):
    """Another machine does not answer, or does not let us in (exit 4)."""

    exit_code = 4


class CommandFailed(Failure):
    """A command in a container ended with a code other than 0, which becomes ours.

    Attributes:
        ran: How it ended, with what it said, where that was captured.
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
            f"it did not end within --timeout{f': {told}' if told else ''}",
            "run the same command again: it finishes what it began",
        )
        self.args = (told,)


class Interrupted(Failure):
    """Ctrl-C: no traceback, and how to go on."""

    exit_code = 130
    kind = "interrupted"

    def __init__(self, told: str = "", code: int = 130) -> None:
        what = f"interrupted: {told}" if told else "interrupted"
        hint = "run the same command again"
        super().__init__(what, hint if told else f"{hint}: it finishes what it began")
        self._code = code
        self.args = (told, code)
