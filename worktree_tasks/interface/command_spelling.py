"""How a person types a task: under `inv`, for the program, or as a shell function.

Texts below this layer name a task as `wt.remove pay --force`. Printed text names it as the user can type it
where they are, and a JSON document as the program takes it.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..lazy_modules import later
from ..quick_dataclasses import as_dict, dataclass, replace
from .task_table import FUNCTIONS, WITH_ALL, read_table

if TYPE_CHECKING:
    import shlex
    import shutil
    from collections.abc import Mapping
else:
    # Only errors and hints need them.
    shlex, shutil = later(None, "shlex", "shutil")

__all__ = [
    "BINARY",
    "Dialect",
    "dialect_to_send",
    "is_for_caller",
    "render",
    "typed",
    "typed_for_program",
    "use_dialect",
    "use_received_dialect",
]

BINARY = "worktree-tasks"
# Tasks that are the same in every project.
_OF_MACHINE = ("projects", "shell-init")


@dataclass(slots=True, frozen=True)
class Dialect:
    """How tasks are typed.

    Attributes:
        inv: The name of Invoke's program; empty if our program runs.
        names: Invoke's names of our tasks, by their own names; `wt.NAME` for those that are missing.
        program: How our program is started; empty if that is clear, None if it has to be looked up.
        project: The project that was named; empty if the current directory decides it.
        prefix: The prefix of the shell functions' names; None if no function was used.
    """

    inv: str = ""
    names: Mapping[str, str] = MappingProxyType({})
    program: str | None = BINARY
    project: str = ""
    prefix: str | None = None

    def call(self, task: str) -> str:
        """Return how to type a task, without its arguments."""
        if self.inv:
            return f"{self.inv} {self.names.get(task, f'wt.{task}')}"
        project = shlex.quote(self.project) if self.project and task not in _OF_MACHINE else ""
        calls = {first: (name, "") for name, (first, *_) in FUNCTIONS.items()}
        calls |= {one: (name, " --all") for name, one in WITH_ALL.items()}
        if self.prefix is not None and task in calls:
            function, flag = calls[task]
            return f"{self.prefix}{function}{project and f' {project}'}{flag}"
        program = _started_as() if self.program is None else self.program
        return f"{program}{project and f' --project {project}'} {task}".strip()


@cache
def _calls() -> re.Pattern[str]:
    """Return the pattern of a task in a text, with one word after it, which is never a task itself."""
    tasks = "|".join(sorted(read_table(), key=len, reverse=True))
    # `wt.compose` is also a setting, and then always follows the word `setting`.
    return re.compile(rf"(?<!setting )(?<![\w./'\"-])(?:inv )?wt\.({tasks})(?![\w-]|\.\w)((?: [^\s;,]+)?)")


def render(text: str, dialect: Dialect) -> str:
    """Return a text with each task in it as it is typed.

    Args:
        text: Text that names tasks as `wt.remove pay --force`.
        dialect: How they are typed.
    """
    return _calls().sub(lambda match: dialect.call(match[1]) + match[2], text) if "wt." in text else text


# How the command line was typed: decided once, when it is read.
_spoken = Dialect(inv="inv")
# Whether a process on another machine reads what this one says, and then spells the tasks of an error itself.
_for_caller = False


def use_dialect(dialect: Dialect) -> None:
    """Set how this process spells tasks."""
    global _spoken  # noqa: PLW0603 - one command line, one dialect
    # The shell functions define the program under its name.
    _spoken = dialect if dialect.prefix is not None else replace(dialect, program=None)


def dialect_to_send() -> dict[str, Any]:
    """Return how this process spells tasks, for a process on another machine."""
    program = _started_as() if _spoken.program is None else _spoken.program
    return as_dict(replace(_spoken, names=dict(_spoken.names), program=program))


def use_received_dialect(told: Mapping[str, Any]) -> None:
    """Spell tasks as a process on another machine does, from what it sent."""
    global _spoken, _for_caller
    _spoken, _for_caller = Dialect(**told), True


def is_for_caller() -> bool:
    """Return whether a process on another machine spells the tasks of an error."""
    return _for_caller


def typed(text: str) -> str:
    """Return a text with each task in it as the user types it."""
    return render(text, _spoken)


def typed_for_program(text: str) -> str:
    """Return a text with each task in it as the program takes it."""
    return render(text, replace(_spoken, inv="", prefix=None))


def _started_as() -> str:
    if shutil.which(BINARY):
        return BINARY
    called = Path(sys.argv[0])
    if called.name == BINARY:
        return shlex.quote(sys.argv[0])
    return shlex.join([sys.executable, "-m", __name__.partition(".")[0]])
