"""A program that goes on, with a lock, after the command that started it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .programs import environment, execute

if TYPE_CHECKING:
    from pathlib import Path

SLEEPS = "exec sleep 600"
STUBBORN = "trap '' TERM; while :; do sleep 1; done"
COMMAND = """
import sys
from pathlib import Path
from worktree_tasks import command
from worktree_tasks.machine import locks
with locks.hold(Path(sys.argv[1]), sys.argv[2]):
    command.run(["sh", "-c", f"echo $$; {sys.argv[3]}"], keep=True, echo=lambda line: print(line, flush=True))
"""


@contextmanager
def orphan(file: Path, script: str = SLEEPS):
    """Leave a shell script running that holds a lock; yields its process number."""
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(file.parent), file.stem, script],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with command:
        number = int(command.stdout.readline())
        command.kill()
    try:
        yield number
    finally:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def runs(number: int) -> bool:
    """Return whether a process runs; one that ended and that nobody has waited for yet does not."""
    return execute(["ps", "-o", "stat=", "-p", str(number)]).out.strip()[:1] not in ("", "Z")
