"""Runs one of our commands and writes down when each part of it began and ended; the product does not know.

    python ci/timeline.py FILE inv wt.new auth
    python ci/timeline.py FILE worktree-tasks new auth

FILE gets a JSON list of {"kind", "name", "begin", "end"}, in seconds since the command was started: `load` is
Python's own start and Invoke's, a `step` is one that the command tells of, a `program` one that it starts.
What runs side by side overlaps. `STARTED` in the environment is the moment of the start (`time.time()`).
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STARTED = float(os.environ.get("STARTED") or time.time())
NAMED = 3  # words of a program's command line
WITH_VALUE = ("-c", "-f", "-p", "--env-file", "--filter", "--format", "--profile")


def main() -> None:
    """Run the command that the words name, watched."""
    file, program, *words = sys.argv[1:]
    told: list[dict[str, Any]] = []
    atexit.register(lambda: Path(file).write_text(json.dumps(sorted(told, key=lambda one: one["begin"]))))
    # What runs without Invoke ends in the same way, but without Python's own end.
    os._exit = _exit_whole
    note = partial(_note, told)
    note("load", "python", 0.0)
    sys.argv = [program, *words]
    if Path(program).name == "inv":
        begin = time.time() - STARTED
        from invoke.main import program as invoke  # noqa: PLC0415 - its time is told

        note("load", "invoke", begin)
        _watch(note)
        invoke.run()
    else:
        _watch(note)
        from worktree_tasks.interface.program import main as ours  # noqa: PLC0415 - loaded when it is needed

        ours()


def _exit_whole(code: int) -> NoReturn:
    raise SystemExit(code)


def _note(told: list[dict[str, Any]], kind: str, name: str, begin: float) -> None:
    told.append({"kind": kind, "name": name, "begin": begin, "end": time.time() - STARTED})


def _watch(note: Callable[[str, str, float], None]) -> None:
    """Wrap the one place that programs are started in, and the one that steps are told to."""
    from worktree_tasks import command  # noqa: PLC0415 - loaded when it is needed
    from worktree_tasks.interface.output.terminal_progress import Terminal  # noqa: PLC0415 - the same

    run, enter = command.run, Terminal.step

    def run_and_note(argv: list[str], **options: Any) -> command.Result:  # noqa: ANN401 - those of `run`
        begin = time.time() - STARTED
        try:
            return run(argv, **options)
        finally:
            note("program", " ".join(_telling(argv)), begin)

    @contextmanager
    def step_and_note(self: Terminal, name: str) -> Iterator[Callable[[str], None]]:
        begin = time.time() - STARTED
        with enter(self, name) as say:
            yield say
        note("step", name, begin)

    command.run = run_and_note  # type: ignore[assignment]
    Terminal.step = step_and_note  # type: ignore[assignment,method-assign]


def _telling(argv: list[str]) -> list[str]:
    """Return the first words of a command line that tell what it does: no flags, no paths."""
    pairs = zip(argv, ["", *argv], strict=False)
    words = [word for word, before in pairs if before not in WITH_VALUE and not word.startswith(("-", "/"))]
    return words[:NAMED]


if __name__ == "__main__":
    main()
