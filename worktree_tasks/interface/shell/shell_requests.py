"""What the shell functions and the completion request from the program; users never type these.

--meant FUNCTION WORD…      prints what `wt` should go to or make, and asks if that is in doubt; exits with
                            10 if nothing else remains to be done
--as FUNCTION WORD…         runs the function's task, except for what only a shell can do
--where FUNCTION WORD…      prints the directory that `wt` goes to, if it exists
--leave FUNCTION WORD…      prints where to go from a directory that is about to be removed
--candidates FUNCTION WORD… prints what the last word could become, with a tab before each description
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ... import early_signals
from ...configuration.previous_checkout import last_checkout
from ...configuration.shell_targets import resolve_project, resolve_target
from ...lazy_modules import later
from ...machine import completion_names, known_projects
from ...printable import printable
from ..command_spelling import Dialect, use_dialect
from ..task_table import read_table
from .shell_arguments import read_call, refuse_flags_of_new

if TYPE_CHECKING:
    import shutil
    from collections.abc import Callable, Mapping, Sequence

    from ... import errors
    from ...configuration.shell_targets import Home, KnownCheckouts, Target
    from ..output import printing
    from . import completion, shell_help, typo_question
    from . import shell_functions as shell_text
    from .shell_arguments import Call
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "...errors")
    # Each call needs some of them.
    completion, typo_question, shell_help = later(__package__, ".completion", ".typo_question", ".shell_help")
    printing, shell_text, shutil = later(__package__, "..output.printing", ".shell_functions", "shutil")

__all__ = ["ANSWERS"]

_INTERRUPTED = 130
_NOTHING_LEFT = 10


def _task_of_call(words: Sequence[str]) -> int | list[str]:
    """Return the task that a function runs; its words may be for another directory (`--from`)."""
    call = read_call(words)
    use_dialect(Dialect(prefix=call.prefix))
    if call.wants_help:
        printing.show_lines(
            shell_help.of_function(call.function, call.prefix, shutil.get_terminal_size().columns)
        )
        return 0
    try:
        names, flags = call.split()
        known = known_projects.known(call.start)
        named = _named(call, names)
        use_dialect(Dialect(prefix=call.prefix, project=named))
        if call.of_project:
            home, argv = resolve_project(names, known, function=call.called), [call.task]
        else:
            target = _resolved(call, names, flags, known)
            home, argv = target.home, _argv(call, target, flags)
        if not named and home != known.here:
            use_dialect(Dialect(prefix=call.prefix, project=home.main))
        if argv:
            _go(home)
    except errors.BadUse as error:
        return _wrong_use(error)
    except typo_question.Cancelled:
        return _INTERRUPTED
    return [*argv, *flags] if argv else 0


def _resolved(call: Call, names: Sequence[str], flags: Sequence[str], known: KnownCheckouts) -> Target:
    """Resolve the names of a call, asking once if that is in doubt.

    Raises:
        BadUse: They match nothing, or several things.
        Cancelled: The user was asked, and cancelled.
    """
    make = call.function == "wt"
    names = call.resolved_names(names)
    if make and names == ["-"]:
        names = [last_checkout(call.been, known, function=call.called)]
    try:
        target = resolve_target(names, known, function=call.called, make=make)
    except errors.BadUse as error:
        if make and error.kind == "unknown-project" and names[0] in {*read_table(), "help"}:
            use_dialect(Dialect(prefix=call.prefix))
            raise typo_question.task_told(names[0], names[1:], call.called) from error
        raise
    if target.branch is not None and not call.settled and not call.creates:
        may_ask = call.terminal and "--json" not in flags
        target = typo_question.settled(target, names, known, called=call.called, may_ask=may_ask)
    if target.note:
        from ..output.terminal_progress import Terminal  # noqa: PLC0415 - rarely needed

        Terminal().note(target.note)
    return target


def _meant(words: Sequence[str]) -> int:
    """Print the directory that `wt` goes to, or the branch to make a worktree of; nothing for help."""
    call = read_call(words)
    use_dialect(Dialect(prefix=call.prefix))
    if call.wants_help:
        return 0
    try:
        names, flags = call.split()
        use_dialect(Dialect(prefix=call.prefix, project=_named(call, names)))
        target = _resolved(call, names, flags, known_projects.known())
    except errors.BadUse as error:
        return _wrong_use(error)
    except typo_question.Cancelled:
        return _INTERRUPTED
    printing.show_value(target.branch or (target.tree.home if target.tree else target.home.main))
    left = flags or call.creates or target.branch is not None or (target.tree and not _runs(target))
    return 0 if left else _NOTHING_LEFT


def _named(call: Call, names: Sequence[str]) -> str:
    """Return the project among the names, spelled so that it works in any directory; empty without one."""
    if len(names) < (1 if call.of_project else 2):
        return ""
    return os.path.abspath(names[0]) if "/" in names[0] else names[0]  # noqa: PTH100 - no link is followed


def _wrong_use(error: errors.BadUse) -> int:
    if early_signals.wants_document():
        printing.show_error(error)
    printing.show_failure(error)
    return error.exit_code


def _argv(call: Call, target: Target, flags: Sequence[str]) -> list[str]:
    """Return the task to run; empty if there is nothing to do."""
    if call.function != "wt":
        return [call.task, f"--name={target.tree.home}"] if target.tree else []
    if target.branch is not None:
        return ["new", f"--branch={target.branch}"]
    if target.tree is None:
        if given := [*(["--create"] if call.creates else []), *flags]:
            raise errors.BadUse(
                f"{' '.join(given)} is for a worktree, and no NAME was given",
                f"{call.called} {shell_help.USAGE['wt'][0]}",
                kind="wrong-names",
            )
        return []
    if not target.tree.ready:
        return ["new", f"--branch={target.tree.branch}"]
    if not flags and _runs(target):
        return []
    refuse_flags_of_new(call.called, target.tree.name, flags)
    # Entering a worktree on another machine does not start its stack.
    task = ["open", "--shell"] if target.tree.on and not flags else ["start"]
    return [*task, f"--name={target.tree.home}"]


def _runs(target: Target) -> bool:
    from ...orchestration.flows.running_stack import stack_runs  # noqa: PLC0415 - it loads much

    try:
        tree = target.tree
        return tree is not None and not tree.on and tree.ready and stack_runs(Path(tree.path))
    except errors.WorktreeTasksError:
        # Starting it fails in the same way, and says why.
        return False


def _go(home: Home) -> None:
    try:
        known_projects.go(home.main)
    except OSError as error:
        raise errors.BadUse(
            f"{home.main}: {error.strerror}", "wt.projects forgets what is gone", kind="project-gone"
        ) from error


def _where(words: Sequence[str]) -> int:
    """Print the directory that `wt` goes to; return 1 and print nothing if it is not made completely."""
    target = _silently(words)
    directory = target.directory if target and (target.tree is None or target.tree.ready) else None
    # In fish, a function also continues when Ctrl-Z stops the task, which may then undo all of it.
    if directory is None or not Path(directory).is_dir():
        return 1
    printing.show_value(directory)
    return 0


def _leave(words: Sequence[str]) -> int:
    """Print main's directory if the current directory is in the worktree that the words name."""
    target = _silently(words)
    if target is None or target.tree is None or target.tree != known_projects.known().standing_in():
        return 1
    printing.show_value(target.home.main)
    return 0


def _silently(words: Sequence[str]) -> Target | None:
    """Resolve the words of a function; None if they match nothing, for which `--as` gives the reason."""
    call = read_call(words)
    if call.wants_help:
        return None
    try:
        names, _ = call.split()
        return resolve_target(
            call.resolved_names(names),
            known_projects.known(call.start),
            function=call.called,
            make=call.function == "wt",
        )
    except errors.BadUse:
        return None


def _candidates(words: Sequence[str]) -> int:
    function, *rest = words
    sources = completion.Sources(
        completion_names.branches,
        completion_names.remote_branches,
        completion_names.restore_points,
        completion_names.services,
    )
    found = completion.candidates(function, rest or [""], known_projects.known(), read_table(), sources)
    # A shell shows candidates unescaped and puts them on its command line: skip unprintable ones.
    words = [f"{value}\t{printable(description)}" for value, description in found if value.isprintable()]
    if words:
        printing.show_source("\n".join(words))
    return 0


# None leaves the words to the tasks.
# An exit code, or the words of a task to run, or None for what is a task itself.
ANSWERS: Mapping[str, Callable[[Sequence[str]], int | list[str] | None]] = {
    "--meant": _meant,
    "--as": _task_of_call,
    "--where": _where,
    "--leave": _leave,
    "--candidates": _candidates,
    "shell-init": lambda words: shell_text.answer(words),  # noqa: PLW0108 - it is loaded then
}
