"""Commands of ours that are killed or fail at a chosen event of their work, or at a chosen time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.programs import Done

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.toys import Toy

__all__ = ["LONG", "Ended", "Stable"]

# The exhaustive walk and the many kills; CONTRIBUTING.md tells of it.
LONG = os.environ.get("WT_LONG") == "1"
PATIENCE = 180.0


@dataclass(frozen=True)
class Ended(Done):
    """A command that ended or was killed, with the code -9 then.

    Attributes:
        words: The command.
        events: What it did, one line an event, up to where it was struck.
        seconds: How long it took.
    """

    words: tuple[str, ...]
    events: tuple[str, ...]
    seconds: float

    @property
    def killed(self) -> bool:
        return self.code == -9

    def __str__(self) -> str:
        return f"{' '.join(self.words)} ended with {self.code}\n{self.out}{self.err}after {self.events[-3:]}"


class Stable:
    """Runs one toy's commands in forks of one process, which has everything loaded."""

    def __init__(self, toy: Toy) -> None:
        self.folder, self.main = toy.folder, toy.main
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.env = {**toy.env, "TMPDIR": str(self.temporary)}
        injector = Path(__file__).with_name("injector.py")
        self._process = toy.begin(sys.executable, injector, env=self.env, stdin=subprocess.PIPE, stderr=None)
        self._answer()

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the injector ended"
        return json.loads(line)

    def run(
        self,
        task: str,
        *words: str,
        at: str | None = None,
        turn: int = 1,
        how: str = "kill",
        group: bool = True,
        whole: bool = LONG,
        kill_after: float | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run one of our tasks.

        Args:
            task: The task.
            words: Its arguments.
            at: The event at which it is struck, as `events` of another run has it; None for none.
            turn: Which of the events of that name, from 1.
            how: `kill` before the event, `orphan` once its program has begun, `interrupt` or `fail`.
            group: Whether the programs that it started die with it.
            whole: Whether events that only ask count.
            kill_after: After how many seconds it is killed, whatever it does then.
            env: Environment variables to add.
        """
        out, err, log = (self.folder / f"command.{name}" for name in ("out", "err", "log"))
        fault = {
            "at": at,
            "turn": turn,
            "how": how,
            "whole": whole,
            "folder": str(self.folder),
            "log": str(log),
        }
        order = {
            "words": [f"wt.{task}", *words],
            "cwd": str(self.main),
            "env": {**self.env, **(env or {})},
            "out": str(out),
            "err": str(err),
            "fault": fault,
            "group": group,
            "kill_after": kill_after,
            "patience": PATIENCE,
        }
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        told = self._answer()
        events = tuple(log.read_text(errors="replace").splitlines())
        ended = Ended(told["code"], out.read_text(), err.read_text(), (task, *words), events, told["seconds"])
        assert not told["late"], f"no end after {PATIENCE} s: {ended}"
        return ended

    def done(self, task: str, *words: str, env: Mapping[str, str] | None = None) -> Ended:
        """Run one of our tasks and see it end well."""
        ended = self.run(task, *words, env=env)
        assert ended.code == 0, ended
        return ended
