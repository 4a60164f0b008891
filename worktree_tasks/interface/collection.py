"""The collection that projects add to their own `tasks.py`."""

from __future__ import annotations

from typing import Any

from invoke.collection import Collection

from ..configuration.settings import DEFAULTS
from . import doctor_tasks, removal_tasks, shell_tasks, stack_tasks, step_tasks, tasks

__all__ = ["collection", "ns"]

_TASKS = (
    tasks.new, tasks.list_, tasks.start, tasks.stop, tasks.restart, removal_tasks.remove,
    removal_tasks.trash, removal_tasks.restore, removal_tasks.clean, tasks.path, tasks.plan,
    tasks.run, stack_tasks.logs, stack_tasks.open_, stack_tasks.stop_all, stack_tasks.adopt, tasks.smoke,
    doctor_tasks.doctor, shell_tasks.projects, shell_tasks.shell_init,
    step_tasks.ensure_main, step_tasks.add_worktree, step_tasks.allocate_port, step_tasks.copy_files,
    step_tasks.write_env, step_tasks.write_compose, step_tasks.ensure_network, step_tasks.compose_up,
    step_tasks.compose_down,
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


ns = Collection("wt", *_TASKS)
ns.configure({"wt": DEFAULTS})
