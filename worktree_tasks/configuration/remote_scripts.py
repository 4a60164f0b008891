"""Shell scripts that run our tasks on other machines, and what these are told about the caller."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "CHECKOUT_GONE",
    "FOLDER",
    "PROGRAM_GONE",
    "Installation",
    "forget_script",
    "hand_over_script",
    "record_tips_script",
    "stop_script",
    "task_script",
]

# Our directory on another machine, which the shell there expands.
FOLDER = '"${XDG_DATA_HOME:-$HOME/.local/share}/worktree-tasks"'
# Exit codes of the scripts; a task that prints no document, such as `run`, may also end with one of them.
PROGRAM_GONE, CHECKOUT_GONE = 97, 98


@dataclass(frozen=True, slots=True)
class Installation:
    """What tasks of one project run with on another machine.

    Attributes:
        program: The key of our program.
        checkout: The project's main checkout.
        laptop: The key of this machine, which has its own state directory there.
        python: The Python that runs it.
    """

    program: str
    checkout: str
    laptop: str
    python: str


def task_script(installation: Installation, words: Sequence[str], *, call: str, handed: bool = False) -> str:
    """Return the command that runs a task there.

    Args:
        installation: Where it runs.
        words: The task's command line.
        call: An identifier that distinguishes its process from others.
        handed: Whether `hand_over_script` stored the caller there; otherwise it is the first line of input.
    """
    note = f'"$XDG_STATE_HOME/{call}"'
    lines = (
        *_in_place(installation),
        "export WT_CALLER XDG_STATE_HOME",
        # `read` consumes no more than the line, so the task gets the rest.
        f"WT_CALLER=$(cat {note}) && rm -f {note}" if handed else "IFS= read -r WT_CALLER",
        f'exec {shlex.quote(installation.python)} -E -s -X call={call} "$program" {shlex.join(words)}',
    )
    return shlex.join(["sh", "-c", "\n".join(lines)])


def hand_over_script(installation: Installation, call: str) -> str:
    """Return the command that stores its input, the caller, in a file that only the user can read.

    Its exit code tells a missing program or checkout: the code of an attached task is the task's own.
    """
    store = f'umask 077; mkdir -p "$XDG_STATE_HOME" && cat >"$XDG_STATE_HOME/{call}"'
    return shlex.join(["sh", "-c", "\n".join((*_in_place(installation), store))])


def _in_place(installation: Installation) -> tuple[str, ...]:
    """Return the lines that find the program and the state there, and enter the checkout."""
    return (
        f"ours={FOLDER}",
        f'program="$ours/programs/{installation.program}/worktree-tasks"',
        f'test -f "$program" || exit {PROGRAM_GONE}',
        f"cd -- {shlex.quote(installation.checkout)} 2>/dev/null || exit {CHECKOUT_GONE}",
        f'XDG_STATE_HOME="$ours/laptops/{installation.laptop}"',
    )


def stop_script(call: str) -> str:
    """Return the command that ends a task there as Ctrl-C would."""
    # The pattern does not match its own command line. If sshd was started in the background of a shell, the
    # programs below it ignore SIGINT; SIGTERM ends a task in the same way.
    return shlex.join(["sh", "-c", f"exec pkill -TERM -f -- '-X [c]all={call} '"])


def record_tips_script(checkout: str, tips: Mapping[str, str]) -> str:
    """Return the command that records there which commits are here, and lists what only that machine has.

    Its output is that of `git status --porcelain`, then the other commits as `## 1a2b3c4 Subject`, such as
    stashes and those of a detached HEAD.

    Args:
        checkout: The main checkout there.
        tips: The commits, by branch; they become branches of a remote.
    """
    place = shlex.quote(checkout)
    known = "--not --remotes --glob=refs/worktree-tasks/*"
    lines = [
        f"git -C {place} update-ref {shlex.quote(f'refs/remotes/worktree-tasks/{name}')} {tip} || exit"
        for name, tip in tips.items()
    ]
    lines += [
        f"git -C {place} status --porcelain --untracked-files=normal --ignore-submodules=none || exit",
        f"git -C {place} log --no-show-signature --format='## %h %s' --all {known} --",
    ]
    return shlex.join(["sh", "-c", "\n".join(lines)])


def forget_script(checkout: str, mark: str, laptop: str, *, checkout_too: bool, everything: bool) -> str:
    """Return the command that removes one of our main checkouts there, with its containers and our state.

    Args:
        checkout: The checkout.
        mark: The value in its configuration that shows that it is ours.
        laptop: The key of this machine.
        checkout_too: Whether the checkout itself is removed too.
        everything: Whether this machine has no other project there.
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
        # Our programs are removed with the last machine that used them.
        lines += [
            f'rm -rf "$ours/laptops/{laptop}"',
            'rmdir "$ours/laptops" 2>/dev/null && rm -rf "$ours"',
            "true",
        ]
    return shlex.join(["sh", "-c", "\n".join(lines)])
