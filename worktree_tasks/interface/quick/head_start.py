"""What a task asks Compose first, begun while Invoke loads, which takes as long as Compose."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ...errors import WorktreeTasksError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...orchestration.steps.project import Project

__all__ = ["head_start"]

# With these a task does something else, or does it elsewhere.
_OTHERWISE = ("-h", "--help", "--on")


@contextmanager
def head_start(words: Sequence[str]) -> Iterator[None]:
    """Let Compose read main's files while the block runs, for a task that reads them in any case.

    A task whose settings differ from those found here asks Compose itself. The task reports what is wrong.

    Args:
        words: The task's name and what follows.
    """
    project = None if any(word.startswith(_OTHERWISE) for word in words) else _project()
    if project is None:
        yield
        return
    from ...orchestration.runtimes.runtime_table import reading  # noqa: PLC0415 - only where there is a project

    with reading(project):
        yield


def _project() -> Project | None:
    from .session import quick_session  # noqa: PLC0415 - only where it helps

    with suppress(WorktreeTasksError):
        session = quick_session(json=False)
        return session.project if session else None
    return None
