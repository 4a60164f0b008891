"""Real shells at a pseudo-terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect

from .programs import DEADLINE
from .terminals import hang_up

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Screen", "Shell"]

PROMPT = "READY> "
# The shells without anybody's configuration, and `report`, whose answer no echo of a command line looks like.
SHELLS = {
    "bash": (["--noprofile", "--norc", "-i"], "PS1='{prompt}'; report() {{ echo \"[[$?|$PWD]]\"; }}"),
    "zsh": (
        ["-f", "-i"],
        (
            "PS1='{prompt}'; unsetopt zle_bracketed_paste prompt_sp; autoload -Uz compinit; compinit -u -D;"
            ' report() {{ echo "[[$?|$PWD]]"; }}'
        ),
    ),
    "fish": (
        ["--no-config", "-i"],
        "function fish_prompt; echo -n '{prompt}'; end; function report; echo \"[[$status|$PWD]]\"; end",
    ),
}


class Shell:
    """A real shell at a pseudo-terminal, typed into."""

    def __init__(self, name: str, cwd: Path, env: Mapping[str, str], *, wide: int = 400) -> None:
        arguments, begin = SHELLS[name]
        self.name = name
        self.terminal = pexpect.spawn(
            name,
            arguments,
            cwd=str(cwd),
            env={**env, "TERM": "dumb"},
            encoding="utf-8",
            timeout=DEADLINE,
            dimensions=(60, wide),
        )
        self.run(begin.format(prompt=PROMPT))

    def type(self, keys: str) -> None:
        """Press keys."""
        self.terminal.send(keys)

    def expect(self, pattern: str) -> str:
        """Wait for text on the screen, and return what came before it."""
        self.terminal.expect(pattern)
        return self.terminal.before

    def report(self) -> Screen:
        """Have the shell tell the exit code of what was typed before, and where it is."""
        self.terminal.expect(r"\[\[(\d+)\|([^\]\r\n]*)\]\]")
        said, code, at = self.terminal.before, self.terminal.match[1], self.terminal.match[2]
        self.terminal.expect_exact(PROMPT)
        return Screen(int(code), Path(at), said)

    def run(self, line: str) -> Screen:
        """Type a command, and wait until it has ended."""
        self.type(f"{line}; report\r")
        return self.report()

    def close(self) -> None:
        hang_up(self.terminal)


@dataclass(frozen=True)
class Screen:
    """What a command left: its exit code, where the shell is then, and what was on the screen."""

    code: int
    at: Path
    said: str
