"""The program `worktree-tasks`: the same tasks for projects without a `tasks.py`."""

from __future__ import annotations

from invoke.program import Program

__all__ = ["main"]


def main() -> None:
    """Run the program on the command line's words."""
    from .. import __version__  # noqa: PLC0415 - the package imports this layer
    from .collection import ns  # noqa: PLC0415 - loaded when the program runs

    Program(name="worktree-tasks", binary="worktree-tasks", namespace=ns, version=__version__).run()
