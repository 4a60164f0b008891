"""The program `worktree-tasks`: the same tasks without a `tasks.py`, and the shell functions' requests.

The shell's requests between two keystrokes and the commonest tasks do without Invoke, whose loading takes
100 ms.
"""

from __future__ import annotations

import gc
import sys

# All else is imported where Ctrl-C is handled.
from .. import early_signals

__all__ = ["answer", "main", "mcp"]

# What `shell.shell_requests` answers, and `quick.tasks_without_invoke`.
_OF_SHELLS = ("--meant", "--as", "--where", "--leave", "--candidates", "shell-init")
_QUICK = ("list", "new", "path", "projects", "remove", "schema", "start", "stop")
_SIGINT = 2
# This many new objects start a collection; with Python's 700, collecting takes an eighth of the load time.
_COLLECTED_EVERY = 50_000


def main() -> None:
    """Run the program on the command line's words, and exit."""
    # A command is short-lived, and most objects that it makes stay in use.
    gc.set_threshold(_COLLECTED_EVERY)
    early_signals.hear()
    try:
        from .output import standard_streams  # noqa: PLC0415 - see above

        standard_streams.prepare()
        left = answer(sys.argv[1:])
        if isinstance(left, int):
            standard_streams.leave(left)
        from .invoke_program import run_tasks  # noqa: PLC0415 - it loads Invoke

        run_tasks(left)
        sys.exit(0)
    except KeyboardInterrupt:
        # Inside a task its session says how to continue; before that, nothing was begun.
        sys.exit(early_signals.interrupted(_SIGINT))
    except standard_streams.Unwritten as error:
        # Only help and the shell's requests end here: a task reports more.
        from ..errors import OutputFailed  # noqa: PLC0415 - only this error needs it

        standard_streams.write_stderr(f"{OutputFailed(str(error))}\n")
        sys.exit(1)
    except Exception as error:
        if early_signals.wants_document() and not early_signals.has_answered():
            from ..errors import Unexpected  # noqa: PLC0415 - only a fault of ours needs it
            from .output.printing import show_error  # noqa: PLC0415 - the same

            show_error(Unexpected(error))
        raise


def mcp() -> None:
    """Run the MCP server, which is also a task of the program."""
    sys.argv.insert(1, "mcp")
    main()


def answer(words: list[str]) -> int | list[str]:
    """Answer what needs no Invoke; return the exit code, or the words of the task that Invoke has to run."""
    from ..machine.remote_caller import caller  # noqa: PLC0415 - where Ctrl-C is handled
    from . import command_spelling  # noqa: PLC0415 - after the streams are there

    command_spelling.use_dialect(command_spelling.Dialect())
    if elsewhere := caller():
        command_spelling.use_received_dialect(elsewhere.dialect)

    if words[1:] and words[0] in _OF_SHELLS:
        from .shell import shell_requests  # noqa: PLC0415 - nobody else needs it

        said = shell_requests.ANSWERS[words[0]](words[1:])
        if isinstance(said, int):
            return said
        words = words if said is None else said
    if words and words[0] in _QUICK:
        from .quick import tasks_without_invoke  # noqa: PLC0415 - no other task needs it

        code = tasks_without_invoke.TASKS[words[0]](words[1:])
        if code is not None:
            return code
    return words
