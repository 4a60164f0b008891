"""A session as a picture: `recording.py HOME SVG` types into a real shell, and draws its screen."""

from __future__ import annotations

import io
import os
import sys
from itertools import groupby
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

COMMANDS = (
    "cd ~/code/shop",
    "wt auth",
    "curl -s localhost:8001 | grep 'id=\"branch\"'",
    "wt prices --database clone",
    "wl",
    "wt auth",
    "wr",
)
ROWS, COLUMNS = 60, 92
# A title that nobody sees, by which the end of a command is known.
PROMPT, READY = r"\[\e[1m\]$\[\e[0m\] \[\e]0;ready\a\]", "\x1b]0;ready\x07"
# Fonts of the reader's machine: rich's own format loads one from elsewhere.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="A session: two
worktrees of a shop are opened, listed, and one is removed.">
  <style>
    .{unique_id}-matrix {{
      font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
      font-size: {char_height}px; line-height: {line_height}px;
    }}
    .{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
  </style>
  <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
    </clipPath>
{lines}
  </defs>
{chrome}
  <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
    <g class="{unique_id}-matrix">
{matrix}
    </g>
  </g>
</svg>
"""


def typed(home: Path) -> pyte.Screen:
    """Type the commands into the shell of somebody with this home, and return the screen after them."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "PATH": programs}
    shell = pexpect.spawn(
        "bash",
        ["--noprofile", "--norc", "-i"],
        cwd=str(home),
        env={**env, "TERM": "xterm-256color"},
        encoding="utf-8",
        timeout=180,
        dimensions=(ROWS, COLUMNS),
    )
    shell.sendline(f"PS1='{PROMPT}'; eval \"$(worktree-tasks shell-init bash)\"; clear")
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for command in ("", *COMMANDS):
        if command:
            shell.send(f"{command}\r")
        shell.expect_exact(READY)
        stream.feed(shell.before + shell.after)
    shell.close(force=True)
    return screen


def picture(screen: pyte.Screen, home: Path) -> str:
    """Return the screen as SVG, with the home directory as somebody's."""
    rows = [_row(screen, number) for number in range(ROWS)]
    while not rows[-1].plain.strip("$ "):
        rows.pop()
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    for row in rows:
        console.print(_with(row, str(home), "/home/you"), no_wrap=True, crop=True, highlight=False)
    return console.export_svg(title="worktree-tasks", code_format=SVG, unique_id="session")


def _row(screen: pyte.Screen, number: int) -> Text:
    row = Text()
    cells = [screen.buffer[number][column] for column in range(COLUMNS)]
    for (colour, bold), run in groupby(cells, lambda cell: (cell.fg, cell.bold)):
        named = colour.replace("brown", "yellow").replace("bright", "bright_")
        style = Style(color=None if named == "default" else named, bold=bold)
        row.append("".join(cell.data for cell in run), style)
    row.rstrip()
    return row


def _with(row: Text, old: str, new: str) -> Text:
    """Return a row with another text in place of one."""
    at = row.plain.find(old)
    return row if at < 0 else Text.assemble(row[:at], new, _with(row[at + len(old) :], old, new))


if __name__ == "__main__":
    home = Path(sys.argv[1])
    Path(sys.argv[2]).write_text(picture(typed(home), home), encoding="utf-8")
