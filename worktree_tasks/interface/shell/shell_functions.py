"""The source that a shell evaluates: our functions, with their prefix and the program that they call."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...lazy_modules import later
from ..output.printing import show_source
from .completion import SHELLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ... import errors
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "...errors")

__all__ = ["answer", "fill", "functions", "known_shell"]

_FOLDER = Path(__file__).parent
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|")
_ROOT = __name__.partition(".")[0]


def functions(shell: str, prefix: str = "") -> str:
    """Return the functions and the completion for a shell.

    Args:
        shell: Its name, or its path as in SHELL.
        prefix: The prefix of all names, such as `g` for `gwt`, `gwl`, ….

    Raises:
        BadUse: The shell is unknown, or the prefix cannot begin a function's name.
    """
    shell = known_shell(shell)
    if not _PREFIX.fullmatch(prefix):
        raise errors.BadUse(
            f"the prefix {prefix!r} cannot begin a function's name",
            "use letters, digits, '-' and '_'",
            kind="bad-shell-init",
        )
    text = _FOLDER.joinpath(f"functions.{shell}").read_text(encoding="utf-8")
    return fill(text, shell, prefix, program_argv())


def known_shell(shell: str) -> str:
    """Return our name of a shell.

    Raises:
        BadUse: The shell is unknown.
    """
    name = shell.rpartition("/")[2]
    if name in SHELLS:
        return name
    raise errors.BadUse(
        f"the shell {shell!r} is not known", f"it can be {', '.join(SHELLS)}", kind="bad-shell-init"
    )


def fill(text: str, shell: str, prefix: str, program: Sequence[str]) -> str:
    """Insert the prefix and the program into a shell's source."""
    quote = _quoted_for_fish if shell == "fish" else shlex.quote
    return text.replace("@prefix@", prefix).replace("@program@", " ".join(map(quote, program)))


def _quoted_for_fish(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def program_argv() -> list[str]:
    """Return how to start the program from any directory, without searching PATH."""
    called = Path(sys.argv[0])
    for script in (called, Path(sys.executable).with_name("worktree-tasks")):
        if script.name == "worktree-tasks" and script.is_file():
            return [str(script.absolute())]
    # A vendored copy has no script. -P: Python must not import from the current directory.
    folder = str(Path(__file__).absolute().parents[3])
    start = f"import sys; sys.path.insert(0, {folder!r}); from {_ROOT}.interface.program import main; main()"
    return [sys.executable, "-P", "-c", start]


def answer(words: Sequence[str]) -> int | None:
    """Print the functions for `shell-init SHELL [--prefix P]`; None leaves other words to the task."""
    prefix = ""
    if len(words) == 3 and words[1] == "--prefix":  # noqa: PLR2004 - SHELL --prefix P
        prefix = words[2]
    elif len(words) != 1 or words[0].startswith("-"):
        return None
    try:
        text = functions(words[0], prefix)
    except errors.BadUse:
        return None
    show_source(text)
    return 0
