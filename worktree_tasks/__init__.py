"""A running Docker Compose stack for every git worktree, with the database shared.

Add the collection to a project's `tasks.py`, and call its tasks from tasks of your own:

    from invoke import Collection, task
    import worktree_tasks as wt

    @task
    def review(c, branch):
        tree = wt.new(c, branch)
        wt.run(c, tree.name, "web", "python manage.py migrate")

    ns = Collection(review, wt)
"""

# Nothing is imported here, see __main__. Type checkers treat this as true.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from .interface.collection import collection, ns
    from .interface.commands.agents import agents_init
    from .interface.commands.databases import database
    from .interface.commands.doctor_and_smoke import doctor, smoke
    from .interface.commands.forwarding import forward
    from .interface.commands.hosts import host_forget, host_init, hosts
    from .interface.commands.remove_clean_restore import clean, remove, restore, trash
    from .interface.commands.shell import projects, shell_init
    from .interface.commands.stacks import compose, logs, restart, run, start, start_all, stop, stop_all
    from .interface.commands.stacks import open_ as open
    from .interface.commands.steps import (
        add_worktree,
        allocate_port,
        compose_down,
        compose_up,
        copy_files,
        ensure_main,
        ensure_network,
        write_compose,
        write_env,
    )
    from .interface.commands.worktrees import adopt, new, path, plan
    from .interface.commands.worktrees import list_ as list

__version__ = "0.1.0"

__all__ = [
    "add_worktree",
    "adopt",
    "agents_init",
    "allocate_port",
    "clean",
    "collection",
    "compose",
    "compose_down",
    "compose_up",
    "copy_files",
    "database",
    "doctor",
    "ensure_main",
    "ensure_network",
    "forward",
    "host_forget",
    "host_init",
    "hosts",
    "list",
    "logs",
    "new",
    "ns",
    "open",
    "path",
    "plan",
    "projects",
    "remove",
    "restart",
    "restore",
    "run",
    "shell_init",
    "smoke",
    "start",
    "start_all",
    "stop",
    "stop_all",
    "trash",
    "write_compose",
    "write_env",
]


def __getattr__(name: str) -> "Any":  # noqa: ANN401 - as the imports above say
    """Load the tasks on first access: a completion needs none, and Invoke takes 100 ms to load."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .interface import collection as tasks  # noqa: PLC0415 - see above

    return getattr(tasks, name) if name in tasks.__all__ else tasks.ns[name.replace("_", "-")]


def __dir__() -> tuple[str, ...]:
    return (*globals(), *__all__)
