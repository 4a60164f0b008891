"""The program `worktree-tasks`: the same tasks without a `tasks.py`, and what the shell functions ask.

What the shell asks between two keystrokes is answered before Invoke is loaded, which takes 100 ms.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the program on the command line's words, and exit."""
    _open_closed_streams()
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Inside a task its session says how to go on; before it, nothing was begun.
        sys.exit(130)


def _run(words: list[str]) -> int:
    from . import shell_calls  # noqa: PLC0415 - after the streams are there

    answer = shell_calls.ANSWERS.get(words[0]) if words else None
    code = answer(words[1:]) if answer else None
    if code is not None:
        return code
    from .task_program import run_tasks  # noqa: PLC0415 - it loads Invoke

    run_tasks(words)
    return 0


def _open_closed_streams() -> None:
    """Put /dev/null where a stream is closed: the next file that is opened would be taken for it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))
