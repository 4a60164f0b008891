"""The help of the shell functions."""

from __future__ import annotations

import textwrap

from ..help_text import columns
from ..task_table import FUNCTIONS, OWN_FLAGS

__all__ = ["USAGE", "of_function"]

USAGE = {
    "wt": ("[PROJECT] [NAME] [flags of new or start]", "open or start a worktree and go there, or to main"),
    "wl": ("[PROJECT] [flags of list]", "list the worktrees of a project"),
    "wstart": ("[[PROJECT] NAME] [flags of start]", "start a stack (by default this directory's)"),
    "wstop": ("[[PROJECT] NAME] [flags of stop]", "stop a stack (by default this directory's)"),
    "wr": ("[[PROJECT] NAME] [flags of remove]", "remove a worktree (by default this one)"),
    "wclean": ("[PROJECT] [flags of clean]", "remove worktrees whose work is merged into the base"),
}
_MORE = {"wt": (("wt -", "Go to the worktree, or main, that this shell was in before, as cd - does."),)}


def of_function(function: str, prefix: str, width: int) -> list[str]:
    """Return the lines of a function's help, which names its siblings.

    Args:
        function: Its name, without the prefix.
        prefix: The prefix of its name.
        width: The terminal's width.
    """
    words, text = USAGE[function]
    own = [(f"{prefix}{typed}", why) for typed, why in _MORE.get(function, ())]
    own += [(one.text, one.description) for one in OWN_FLAGS.get(function, ())]
    siblings = [(f"{prefix}{name}", text) for name, (_, text) in USAGE.items() if name != function]
    return [
        *textwrap.wrap(f"{prefix}{function} {words}: {text}", width),
        *(["", *columns(own, width)] if own else []),
        "",
        "See also",
        *columns(siblings, width),
        "",
        *textwrap.wrap(f"worktree-tasks --help {FUNCTIONS[function][0]} describes the flags", width),
    ]
