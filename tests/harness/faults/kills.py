"""Commands of ours, up to five side by side on real stacks, are struck; planted work is counted.

Everything that happens follows from one seed, but for the machine's own timing: which commands run, on which
worktrees, which of them are struck, how, and when.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .invariants import Expected, Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Arena"]

BRANCHES = ("red", "green", "feature/blue")
# No command of ours takes so long here: one that does is stuck.
STUCK_SECONDS = 120.0
MOST_AT_ONCE = 5
# Restoring everything that was removed takes long, so it is done after so many kills.
KILLS_AN_EPOCH = 12
# Done, no such worktree (any more), refused to protect work.
DECENT = frozenset({0, 2, 3})
# Not every command needs a temporary directory, and the next that does deletes those of killed ones.
SWEEP = """
from worktree_tasks.git.temporary_directories import passing_directory

with passing_directory():
    pass
"""
# Weights of what people do.
COMMANDS: dict[tuple[str, ...], int] = {
    ("new", "NAME"): 4,
    ("new", "NAME", "--no-start"): 2,
    ("start", "NAME"): 2,
    ("stop", "NAME"): 2,
    ("remove", "NAME", "--force"): 4,
    ("remove", "NAME"): 2,
    ("restore", "NAME"): 3,
    ("restart", "NAME"): 2,
    ("start-all",): 1,
    ("stop-all",): 1,
    ("clean", "--yes"): 2,
    ("list",): 1,
    ("doctor", "--fix"): 1,
}
# They change what is there, so one that was struck is run again.
FINISHED_BY_ITSELF = frozenset({"list"})


@dataclass(slots=True)
class Running:
    """One command, and what becomes of it."""

    words: tuple[str, ...]
    process: subprocess.Popen[str]
    strike: str | None = None
    out: str = ""
    err: str = ""

    def __str__(self) -> str:
        return f"{' '.join(self.words)}: struck by {self.strike}, code {self.process.returncode}\n{self.err}"


@dataclass
class Planted:
    """Work that people did in worktrees; each piece bears a word of its own."""

    files: set[str] = field(default_factory=set)
    commits: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.files) + len(self.commits)


class Arena:
    """One project with its stacks, in which commands are struck.

    Attributes:
        kills: How many commands were struck while they ran.
        counted: How many pieces of planted work were found again.
    """

    def __init__(self, toy: Any, seed: str) -> None:
        self.toy = toy
        self.dice = random.Random(seed)  # noqa: S311 - it has to be repeatable
        self.kills = self.counted = 0
        self.history: list[str] = []
        self.planted = Planted()
        self._pieces = 0
        toy.env["INVOKE_WT_CLEAN_MIN_AGE"] = "0"
        self.temporary = toy.folder / "tmp"
        self.temporary.mkdir()
        toy.env["TMPDIR"] = str(self.temporary)
        toy.compose("build", "--quiet", "web")
        toy.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
        self.witness = Witness(toy, self.temporary)

    def close(self) -> None:
        self.witness.close()

    def survive(self, kills: int) -> None:
        """Strike so many commands; after each round everything agrees, and in the end no work is missing."""
        since = 0
        while self.kills < kills:
            before = self.kills
            self.plant()
            self.settle(self.round())
            self.agree()
            since += self.kills - before
            if since >= KILLS_AN_EPOCH:
                self.count_work()
                since = 0
        self.count_work()

    # What people do

    def trees(self) -> dict[str, Path]:
        """Return the worktrees that are there, by branch."""
        return (
            {row["branch"]: Path(row["path"]) for row in self.toy.rows("worktree")} if self._known() else {}
        )

    def _known(self) -> bool:
        return (self.toy.folder / "state" / "worktree-tasks" / "state.sqlite3").exists()

    def plant(self) -> None:
        """Work in the worktrees: untracked files, edits of tracked and ignored ones, commits, a merge."""
        for branch, tree in self.trees().items():
            for what in (self._new_file, self._edit_tracked, self._edit_ignored, self._commit):
                if self.dice.random() < 0.4:
                    what(tree)
            if self.dice.random() < 0.2:
                self.toy.git("merge", "--quiet", "--no-edit", branch)

    def _piece(self) -> str:
        self._pieces += 1
        return f"piece-{self._pieces:06}-{self.dice.getrandbits(32):08x}"

    def _new_file(self, tree: Path) -> None:
        piece = self._piece()
        (tree / f"{piece}.txt").write_text(f"{piece}\n")
        self.planted.files.add(piece)

    def _append(self, file: Path) -> None:
        piece = self._piece()
        file.write_text(f"{file.read_text()}# {piece}\n")
        self.planted.files.add(piece)

    def _edit_tracked(self, tree: Path) -> None:
        self._append(tree / "tasks.py")

    def _edit_ignored(self, tree: Path) -> None:
        if (tree / ".env").exists():
            self._append(tree / ".env")

    def _commit(self, tree: Path) -> None:
        piece = self._piece()
        self.toy.git("commit", "--quiet", "--allow-empty", "--message", piece, cwd=tree)
        self.planted.commits.add(piece)

    # What goes wrong

    def round(self) -> list[Running]:
        """Run one to five commands at once, strike some of them, and wait for all to end."""
        struck: dict[int, tuple[float, str]] = {}
        running: list[Running] = []
        for number in range(self.dice.randint(1, MOST_AT_ONCE)):
            words = self._command()
            running.append(Running(words, self.toy.start(*words)))
            if number == 0 or self.dice.random() < 0.6:
                struck[number] = (self.dice.uniform(0, 2.5), self.dice.choice([*STRIKES]))
        began = time.monotonic()
        for number, (moment, how) in sorted(struck.items(), key=lambda one: one[1]):
            one = running[number]
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(max(0.0, began + moment - time.monotonic()))
            if one.process.poll() is None and STRIKES[how](one.process):
                one.strike = f"{how} after {moment:.2f} s"
                self.kills += 1
        for one in running:
            one.out, one.err = self._end(one, began + STUCK_SECONDS)
        self.history += [str(one) for one in running]
        for one in running:
            assert not _blames_us(one.err), one
            assert one.strike or one.process.returncode in DECENT, one
        return running

    def _command(self) -> tuple[str, ...]:
        (words,) = self.dice.choices([*COMMANDS], [*COMMANDS.values()])
        branch = self.dice.choice(BRANCHES)
        return tuple(branch if word == "NAME" else word for word in words)

    def _end(self, one: Running, deadline: float) -> tuple[str, str]:
        try:
            return one.process.communicate(timeout=max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(one.process.pid, signal.SIGKILL)
            out, err = one.process.communicate()
            raise AssertionError(f"stuck: {one}\n{out}\n{err}") from None

    # What has to hold

    def settle(self, running: list[Running]) -> None:
        """Run again what was struck: it finishes or undoes what it began."""
        for one in running:
            if one.strike and one.words[0] not in FINISHED_BY_ITSELF:
                done = self.run(*one.words)
                self.history.append(f"{' '.join(one.words)} again: code {done.code}\n{done.err}")
                assert done.code in DECENT, f"{one}\nagain: {done}"
                assert not _blames_us(done.err), done
        self.toy.python(SWEEP, code=0)

    def run(self, *words: str) -> Any:
        argv = [
            "timeout",
            "--kill-after=5",
            str(STUCK_SECONDS),
            *self.toy.inv_argv(f"wt.{words[0]}", *words[1:]),
        ]
        return self.toy.run(*argv)

    def agree(self) -> None:
        """See that git, Docker, state and disk tell one story, and doctor too."""
        trees = self.trees()
        branches = self.toy.git("for-each-ref", "--format=%(refname:short)", "refs/heads/").split()
        self.witness.check(
            {branch: Expected("any", frozenset({"web"})) for branch in trees},
            kept=[one for one in branches if one not in {"main", *trees}],
        )
        told = self.run("doctor", "--json")
        assert told.code == 0, told
        assert json.loads(told.out)["findings"] == [], told.out

    def count_work(self) -> None:
        """Bring back all that was removed, see that every piece of work is there, and begin anew."""
        for point in json.loads(self.run("trash", "--json").out)["restore_points"]:
            done = self.run("restore", point["name"])
            assert done.code == 0, done
        files = {piece for tree in self.trees().values() for piece in _pieces_in(tree)}
        subjects = set(self.toy.git("log", "--branches", "--format=%s").split("\n"))
        missing = (self.planted.files - files) | (self.planted.commits - subjects)
        assert not missing, missing
        self.counted += len(self.planted)
        self.planted = Planted()
        self._clear()

    def _clear(self) -> None:
        # The branch of one that was restored may be what another is called; a path is never ambiguous.
        for tree in self.trees().values():
            done = self.run("remove", str(tree), "--force")
            assert done.code == 0, done
        self.toy.drop_points()
        for branch in self.toy.git("for-each-ref", "--format=%(refname:short)", "refs/heads/").split():
            if branch != "main":
                self.toy.git("branch", "--quiet", "-D", branch)
        self.agree()


def _blames_us(err: str) -> bool:
    """Return whether a traceback passes through our code; Python's own start has none of it."""
    return "Traceback" in err and "worktree_tasks" in err


def _pieces_in(tree: Path) -> Iterator[str]:
    for file in tree.rglob("*"):
        if file.is_file() and ".git" not in file.parts:
            yield from (
                word for word in file.read_text(errors="replace").split() if word.startswith("piece-")
            )


def _process(process: subprocess.Popen[str]) -> bool:
    process.kill()
    return True


def _group(process: subprocess.Popen[str]) -> bool:
    os.killpg(process.pid, signal.SIGKILL)
    return True


def _terminate(process: subprocess.Popen[str]) -> bool:
    process.terminate()
    return True


def _interrupt(process: subprocess.Popen[str]) -> bool:
    os.killpg(process.pid, signal.SIGINT)
    return True


def _interrupt_twice(process: subprocess.Popen[str]) -> bool:
    _interrupt(process)
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
    with suppress(ProcessLookupError):
        _interrupt(process)
    return True


def _child(process: subprocess.Popen[str]) -> bool:
    """Kill the program that a command waits for; return whether there was one."""
    found = _children(process.pid)
    for pid in found[-1:]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def _children(pid: int) -> list[int]:
    """Return a process's descendants, the youngest generation last."""
    told = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    found = [int(word) for word in told.stdout.split()]
    return [*found, *(below for one in found for below in _children(one))]


STRIKES: dict[str, Callable[[subprocess.Popen[str]], bool]] = {
    "SIGKILL": _process,
    "SIGKILL of the group": _group,
    "SIGTERM": _terminate,
    "Ctrl-C": _interrupt,
    "two Ctrl-C": _interrupt_twice,
    "a killed child": _child,
}
