"""The program `worktree-tasks`: the same tasks without a `tasks.py`, and what the shell functions ask.

What the shell asks between two keystrokes is answered before Invoke is loaded, which takes 100 ms.
"""

from __future__ import annotations

import sys

from .output import streams

__all__ = ["main"]


def main() -> None:
    """Run the program on the command line's words, and exit."""
    try:
        streams.prepare()
        sys.exit(_run(sys.argv[1:]))
    except streams.Unwritten as error:
        # What a shell asks for; a task says more.
        streams.complain(f"✗ {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        # Inside a task its session says how to go on; before it, nothing was begun.
        sys.exit(130)


def _run(words: list[str]) -> int:
    from . import dialect  # noqa: PLC0415 - after the streams are there
    from .quick import answers as quick_answers  # noqa: PLC0415 - the same
    from .shell import calls as shell_calls  # noqa: PLC0415 - the same

    dialect.speak(dialect.Dialect())

    answer = shell_calls.ANSWERS.get(words[0]) if words else None
    said = answer(words[1:]) if answer else None
    if isinstance(said, int):
        return said
    words = words if said is None else said
    look = quick_answers.ANSWERS.get(words[0]) if words else None
    code = look(words[1:]) if look else None
    if code is not None:
        return code
    from .invoke_program import run_tasks  # noqa: PLC0415 - it loads Invoke

    run_tasks(words)
    return 0
