"""A small project on the real engine for commands that are struck, with a witness of all that must hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faults import LONG, Ended, Stable
from invariants import Expected, Witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["BYSTANDER", "SMALL", "Stage", "leave_work", "points_to_strike", "ways_to_strike"]

SMALL = Path(__file__).with_name("small")
# These write objects, and copies of an index that only they know.
_OBJECTS = frozenset({"hash-object", "mktree", "write-tree", "update-index", "read-tree"})
# A worktree with work in it, which no command is about.
BYSTANDER = "by/stander"


class Stage:
    """A toy with its shared services running, and one worktree that nobody may touch."""

    def __init__(self, toy: Any) -> None:
        self.toy = toy
        toy.compose("build", "--quiet", "web")
        toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
        self.stable = Stable(toy.folder, toy.main, toy.env)
        self.stable.done("new", BYSTANDER, "--no-start")
        tree = toy.root / "by-stander"
        leave_work(tree)
        toy.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=tree)
        self.witness = Witness(toy, self.stable.temporary)
        self.witness.remember(BYSTANDER)
        self.walked: dict[str, set[str]] = {}
        self.kills = self.faults = 0

    def close(self) -> None:
        self.stable.close()
        self.witness.close()

    def row(self, branch: str) -> dict[str, Any] | None:
        return next((row for row in self.toy.rows("worktree") if row["branch"] == branch), None)

    def check(self, expected: Mapping[str, str], **more: Any) -> None:
        """See that all is well, with these worktrees and their stacks, and the bystander."""
        wanted = {branch: Expected(stack) for branch, stack in expected.items()}
        self.witness.check({BYSTANDER: Expected(), **wanted}, **more)

    def drop_points(self) -> None:
        """Let go of all restore points."""
        for ref in self.toy.git("for-each-ref", "--format=%(refname)", "refs/worktree-tasks/").split():
            self.toy.git("update-ref", "-d", ref)

    def strike(self, words: Sequence[str], line: str, turn: int, how: str, **options: Any) -> Ended:
        """Strike a command, and count it."""
        struck = self.stable.run(*words, at=line, turn=turn, how=how, group=how != "orphan", **options)
        if how == "fail":
            self.faults += 1
        else:
            assert struck.killed, f"was to die before {line} ({turn})\n{struck}"
            self.kills += 1
        return struck


def leave_work(tree: Path) -> None:
    """Leave what people leave: a new file, a changed one, an edited ignored one."""
    (tree / "notes.txt").write_text("mine\n")
    (tree / "server.py").write_text((tree / "server.py").read_text() + "# mine\n")
    (tree / ".env").write_text((tree / ".env").read_text() + "MINE=1\n")


def points_to_strike(events: Sequence[str]) -> list[tuple[str, int]]:
    """Return where to strike: before whatever changes something, and at the end.

    A boundary of a step changes nothing, so that a kill there is a kill before the next change. What is done many
    times over, such as writing objects, is struck the first and the last time. The long run leaves nothing out.
    """
    seen: Counter[str] = Counter()
    found: list[tuple[str, int]] = []
    for number, line in enumerate(events, 1):
        seen[line] += 1
        if LONG or number == len(events) or not line.startswith("step: "):
            found.append((line, seen[line]))
    return [(line, turn) for line, turn in found if LONG or turn in (1, seen[line])]


def ways_to_strike(line: str) -> tuple[str, ...]:
    """Return in which ways an event is struck."""
    if not line.startswith("program: "):
        return ("kill", "fail") if LONG else ("kill",)
    orphan = LONG or not _OBJECTS & set(line.split())
    return ("kill", *(["orphan"] if orphan else []), *(["fail"] if LONG else []))
