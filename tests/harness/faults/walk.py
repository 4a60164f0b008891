"""A walk along everything that a command does: it is struck at each, run again, and all has to agree."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .commands import LONG
from .stage import SMALL, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.toys import Toy

    from .commands import Ended

__all__ = ["Flow", "Walk", "walking"]

# These write objects, and copies of an index that only they know.
_OBJECTS = frozenset({"hash-object", "mktree", "write-tree", "update-index"})


@dataclass(frozen=True)
class Flow:
    """A command, and the state of things before and after it.

    Attributes:
        words: The command.
        prepare: Brings about what it starts from.
        after: The worktrees that are there then, with their stacks.
        verify: Looks at what else has to be so.
        env: Environment variables.
        points: How many restore points there are then.
        like: A flow before it, whose events are not struck again in the short run.
        again: How those of them begin that are, since the next run finds another state.
    """

    words: tuple[str, ...]
    prepare: Callable[[Stage], None]
    after: Mapping[str, str] = field(default_factory=dict)
    verify: Callable[[Stage], None] = lambda _: None
    env: Mapping[str, str] = field(default_factory=dict)
    points: int = 0
    like: str = ""
    again: tuple[str, ...] = ()


@contextmanager
def walking(make_toy: Callable[[Path], Toy], flows: Mapping[str, Flow]) -> Iterator[Walk]:
    """Make a small project to walk on, and take it away afterwards."""
    toy = make_toy(SMALL)
    stage = Stage(toy)
    yield Walk(stage, flows)
    stage.close()
    toy.destroy()


class Walk:
    """Walks along flows on one stage.

    Attributes:
        kills: How many commands were killed.
        faults: How many had something fail.
    """

    def __init__(self, stage: Stage, flows: Mapping[str, Flow]) -> None:
        self.stage, self.flows = stage, flows
        self.kills = self.faults = 0
        self._events: dict[str, tuple[str, ...]] = {}

    def events(self, name: str) -> tuple[str, ...]:
        """Return what a flow does when nothing is in its way."""
        if name not in self._events:
            flow, stage = self.flows[name], self.stage
            stage.clear()
            for _ in range(2):  # from the second time on nothing is done for the first time
                flow.prepare(stage)
                clean = stage.stable.done(*flow.words, env=flow.env)
                self.finish(flow)
            for branch in flow.after:
                stage.witness.remember(branch)
            self._events[name] = clean.events
        return self._events[name]

    def points(self, name: str, *, like: str | None = None) -> list[tuple[str, int]]:
        """Return where a flow is struck: before whatever changes something, and at the end.

        A boundary of a step changes nothing: a kill there is a kill before the next change. What is done many
        times over is struck the first and the last time, and the writing of objects, which nobody sees before
        something names them, the first time. The long run strikes all.

        Args:
            name: The flow.
            like: Another flow, whose events are left out; by default the one that this flow is like.
        """
        events, flow = self.events(name), self.flows[name]
        known = frozenset(self._events.get(flow.like if like is None else like, ()))
        totals = Counter(events)

        def counts(line: str, turn: int, *, last: bool) -> bool:
            if line in known and not (flow.again and line.startswith(flow.again)):
                return False
            if line.startswith("step: "):
                return last
            return turn == 1 or (turn == totals[line] and not _writes_objects(line))

        return [
            (line, turn)
            for line, turn, last in _numbered(events)
            if (turn == 1 or not _fans_out(line)) and (LONG or counts(line, turn, last=last))
        ]

    def along(self, name: str, record_property: Callable[[str, object], None]) -> None:
        """Walk along a flow and record the counts; the command that is run again has to end well."""
        flow, stage = self.flows[name], self.stage
        kills, faults = self.kills, self.faults
        for line, turn in self.points(name):
            for how in _ways(line):
                flow.prepare(stage)
                struck = self.strike(flow, line, turn, how)
                try:
                    self.finish(flow)
                except AssertionError as error:
                    error.add_note(f"{how} at {line} ({turn}); {struck}")
                    raise
        record_property("kills survived", self.kills - kills)
        record_property("faults survived", self.faults - faults)

    def strike(self, flow: Flow, line: str, turn: int, how: str) -> Ended:
        """Strike a flow's command at one event."""
        struck = self.stage.stable.run(
            *flow.words, at=line, turn=turn, how=how, group=how in ("kill", "fail"), env=flow.env
        )
        if how in ("fail", "interrupt"):
            # Whoever is interrupted when all is done has done it.
            assert struck.code in (range(5) if how == "fail" else (0, 130)), struck
            assert "Traceback" not in struck.err, struck
            self.faults += 1
        else:
            assert struck.killed, f"was to die before {line} ({turn})\n{struck}"
            self.kills += 1
        return struck

    def finish(self, flow: Flow) -> None:
        """Run the command again, and see that it does or has done what it is for."""
        again = self.stage.stable.run(*flow.words, env=flow.env)
        if flow.words[0] == "remove" and again.code == 2:
            assert "no worktree" in again.err, again
        else:
            assert again.code == 0, str(again)
        self.stage.check(flow.after, points=flow.points)
        flow.verify(self.stage)


def _numbered(events: Sequence[str]) -> Iterator[tuple[str, int, bool]]:
    """Yield each event, which of its name it is, and whether it is the last of all."""
    seen: Counter[str] = Counter()
    for number, line in enumerate(events, 1):
        seen[line] += 1
        yield line, seen[line], number == len(events)


def _writes_objects(line: str) -> bool:
    return line.startswith("program: git ") and bool(_OBJECTS & set(line.split()))


def _fans_out(line: str) -> bool:
    """Return whether an event makes a directory for objects: how many there are is chance."""
    return line.startswith("file: os.mkdir ") and line.endswith("/objects/…")


def _ways(line: str) -> tuple[str, ...]:
    """Return in which ways an event is struck."""
    fail = ("fail",) if LONG else ()
    if line.startswith("program: ") and (LONG or not _writes_objects(line)):
        return ("kill", "orphan", *fail)
    return ("kill", *fail)
