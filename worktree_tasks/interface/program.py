"""The program `worktree-tasks`: the same tasks for projects without a `tasks.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from invoke.program import Program

if TYPE_CHECKING:
    from invoke.config import Config

__all__ = ["main"]


class _Program(Program):
    """Reads the project's `invoke.yaml` too, which Invoke looks for beside a `tasks.py` only."""

    def update_config(self, merge: bool = True) -> None:
        """Load the main checkout's configuration: a branch has no say in what runs."""
        super().update_config(merge=False)
        config: Config = self.config
        config.set_project_location(_main_checkout())
        config.load_project(merge=merge)


def _main_checkout() -> Path:
    from ..errors import WorktreeTasksError  # noqa: PLC0415 - loaded when the program runs
    from ..repository import find_repository  # noqa: PLC0415 - the same

    try:
        return find_repository(Path.cwd()).main
    except WorktreeTasksError:
        # No repository, or a bare one without a main checkout: the task itself says so.
        return Path.cwd()


def main() -> None:
    """Run the program on the command line's words."""
    from .. import __version__  # noqa: PLC0415 - the package imports this layer
    from .collection import ns  # noqa: PLC0415 - loaded when the program runs

    _Program(name="worktree-tasks", binary="worktree-tasks", namespace=ns, version=__version__).run()
