"""A task that is run for somebody on another machine: what it is told of them, and what is started for it."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "CHECKOUT_GONE",
    "FOLDER",
    "PROGRAM_GONE",
    "Caller",
    "Seat",
    "forget_script",
    "hand_over_script",
    "script",
    "seen_script",
    "stop_script",
]

# Our directory on another machine, as its shell finds it.
FOLDER = '"${XDG_DATA_HOME:-$HOME/.local/share}/worktree-tasks"'
# What the script below ends with, which no task of ours does.
PROGRAM_GONE, CHECKOUT_GONE = 97, 98


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs a task from another machine.

    Attributes:
        host: What this machine is called there.
        taken: The TCP ports that are taken there.
        ports: Where ports of this machine are forwarded to there, by their number here.
        dialect: How tasks are typed there, as `Dialect` has it.
        settings: What is decided there, and counts here too.
    """

    host: str
    taken: tuple[int, ...] = ()
    ports: Mapping[int, int] = field(default_factory=dict)
    dialect: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    @staticmethod
    def read(text: str) -> Caller:
        """Return what `text` wrote.

        Raises:
            ValueError: It is something else.
        """
        fields = json.loads(text)
        ports = {int(far): int(local) for far, local in fields.pop("ports").items()}
        return Caller(**{**fields, "taken": tuple(fields["taken"]), "ports": ports})


@dataclass(frozen=True, slots=True)
class Seat:
    """Where tasks of ours run on another machine.

    Attributes:
        program: The key of our program.
        checkout: The project's main checkout.
        laptop: The key of this machine, which has a state of its own there.
        python: The Python.
    """

    program: str
    checkout: str
    laptop: str
    python: str


def script(seat: Seat, words: Sequence[str], *, call: str, handed: bool = False) -> str:
    """Return what the shell there runs a task by.

    Args:
        seat: Where it runs.
        words: The task's command line.
        call: What tells its process from others.
        handed: Whether the caller was handed over before; otherwise it is the first line of the input.
    """
    note = f'"$XDG_STATE_HOME/{call}"'
    lines = (
        f"ours={FOLDER}",
        f'program="$ours/programs/{seat.program}/worktree-tasks"',
        f'test -f "$program" || exit {PROGRAM_GONE}',
        f"cd -- {shlex.quote(seat.checkout)} 2>/dev/null || exit {CHECKOUT_GONE}",
        f'export WT_CALLER XDG_STATE_HOME="$ours/laptops/{seat.laptop}"',
        # `read` takes no byte more than the line, and the task has the rest.
        f"WT_CALLER=$(cat {note}) && rm -f {note}" if handed else "IFS= read -r WT_CALLER",
        f'exec {shlex.quote(seat.python)} -E -s -X call={call} "$program" {shlex.join(words)}',
    )
    return shlex.join(["sh", "-c", "\n".join(lines)])


def hand_over_script(seat: Seat, call: str) -> str:
    """Return what keeps the caller there, from the input, until a task takes it: nobody else may read it."""
    folder = f"{FOLDER}/laptops/{seat.laptop}"
    return shlex.join(["sh", "-c", f"umask 077; mkdir -p {folder} && cat >{folder}/{call}"])


def stop_script(call: str) -> str:
    """Return what has a task there end as by Ctrl-C."""
    # The pattern does not match its own command line. Where an sshd was started in the background of a shell,
    # programs below it ignore SIGINT; both signals end a task alike.
    return shlex.join(["sh", "-c", f"exec pkill -TERM -f -- '-X [c]all={call} '"])


def seen_script(checkout: str, tips: Mapping[str, str]) -> str:
    """Return what notes there which commits are here, as a remote's, and lists the changes of a checkout.

    Args:
        checkout: The main checkout there.
        tips: The commits, by branch.
    """
    place = shlex.quote(checkout)
    lines = [
        f"git -C {place} update-ref {shlex.quote(f'refs/remotes/worktree-tasks/{name}')} {tip} || exit"
        for name, tip in tips.items()
    ]
    return shlex.join(["sh", "-c", "\n".join([*lines, f"git -C {place} status --porcelain"])])


def forget_script(checkout: str, mark: str, laptop: str, *, checkout_too: bool, everything: bool) -> str:
    """Return what removes a main checkout of ours there, its stack's containers, and our state.

    Args:
        checkout: The checkout.
        mark: What it bears as ours.
        laptop: The key of this machine.
        checkout_too: Whether the checkout itself goes.
        everything: Whether no other project of this machine is there.
    """
    place = shlex.quote(checkout)
    lines = [
        f"ours={FOLDER}",
        f"mark=$(git -C {place} config --local worktree-tasks.mark 2>/dev/null)",
        f'if [ "$mark" = {shlex.quote(mark)} ]; then',
        f"  (cd {place} && docker compose down) || exit",
        f"  rmdir {place}.worktrees 2>/dev/null",
        *([f"  rm -rf {place} || exit"] if checkout_too else []),
        "fi",
    ]
    if everything:
        # Programs go with the last machine that used them.
        lines += [
            f'rm -rf "$ours/laptops/{laptop}"',
            'rmdir "$ours/laptops" 2>/dev/null && rm -rf "$ours"',
            "true",
        ]
    return shlex.join(["sh", "-c", "\n".join(lines)])
