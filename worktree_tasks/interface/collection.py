"""The collection that projects add to their own `tasks.py`."""

from __future__ import annotations

from typing import Any

from invoke.collection import Collection

from ..configuration.settings import DEFAULTS
from .commands import removal, shell, stacks, steps, upkeep, worktrees
from .settings import ns

__all__ = ["collection", "ns"]

_TASKS = (
    worktrees.new, worktrees.list_, stacks.start, stacks.stop, stacks.restart, removal.remove,
    removal.trash, removal.restore, removal.clean, worktrees.path, worktrees.plan,
    stacks.run, stacks.compose, stacks.logs, stacks.open_, stacks.stop_all, worktrees.adopt,
    worktrees.smoke,
    upkeep.doctor, shell.projects, shell.shell_init,
    steps.ensure_main, steps.add_worktree, steps.allocate_port, steps.copy_files,
    steps.write_env, steps.write_compose, steps.ensure_network, steps.compose_up,
    steps.compose_down,
)  # fmt: skip


def collection(name: str = "wt", **settings: Any) -> Collection:  # noqa: ANN401 - the settings' own types
    """Return a collection of all tasks with a project's settings.

    Args:
        name: What the tasks are called under, as in `inv wt.new`.
        settings: Keys of the `wt` configuration, such as `root` or `hooks`.
    """
    made = Collection(name, *_TASKS)
    made.configure({"wt": {**DEFAULTS, **settings}})
    # A project's own task that calls ours has no part in `made`; it finds its settings in ours.
    ns.configure({"wt": settings})
    return made


for _task in _TASKS:
    ns.add_task(_task)
