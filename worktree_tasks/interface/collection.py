"""The collection that projects add to their own `tasks.py`."""

from __future__ import annotations

from itertools import chain
from typing import Any

from invoke.collection import Collection

from .commands import (
    agents,
    databases,
    doctor_and_smoke,
    forwarding,
    hosts,
    remove_clean_restore,
    shell,
    stacks,
    steps,
    worktrees,
)
from .settings_from_invoke import configure, ns

__all__ = ["GROUPS", "PROGRAM_TASKS", "STEPS", "collection", "ns", "program_collection"]

# The groups of the help; every list of tasks has this order.
GROUPS = (
    ("Open and enter", (worktrees.new, worktrees.path, stacks.open_, worktrees.adopt, shell.shell_init)),
    ("Look", (worktrees.list_, worktrees.plan, stacks.logs, shell.projects)),
    ("Start and stop", (stacks.start, stacks.stop, stacks.restart, stacks.start_all, stacks.stop_all)),
    ("Databases", (databases.database,)),
    ("Run commands in a stack", (stacks.run, stacks.compose)),
    (
        "Remove and bring back",
        (
            remove_clean_restore.remove,
            remove_clean_restore.clean,
            remove_clean_restore.trash,
            remove_clean_restore.restore,
        ),
    ),
    ("Fix", (doctor_and_smoke.doctor,)),
    ("Other machines", (hosts.hosts, hosts.host_init, hosts.host_forget, forwarding.forward)),
    ("In pipelines", (doctor_and_smoke.smoke,)),
    ("For coding agents", (agents.agents_init,)),
)
STEPS = (
    steps.ensure_main, steps.add_worktree, steps.allocate_port, steps.copy_files,
    steps.write_env, steps.write_compose, steps.ensure_network, steps.compose_up,
    steps.compose_down,
)  # fmt: skip
# Tasks that other programs call by our program's name.
PROGRAM_TASKS = (agents.claude_hook, agents.mcp, agents.schema)
_TASKS = (*chain.from_iterable(tasks for _, tasks in GROUPS), *STEPS)


def collection(name: str = "wt", **settings: Any) -> Collection:  # noqa: ANN401 - the settings' own types
    """Return a collection of all tasks with a project's settings.

    Args:
        name: The prefix of the tasks' names, as in `inv wt.new`.
        settings: Keys of the `wt` configuration, such as `root` or `hooks`.
    """
    made = Collection(name, *_TASKS)
    configure(made, settings)
    return made


def program_collection() -> Collection:
    """Return the program's collection."""
    made = Collection("wt", *_TASKS, *PROGRAM_TASKS)
    made.configure(ns.configuration())
    return made


for _task in _TASKS:
    ns.add_task(_task)
