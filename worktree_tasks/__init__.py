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

from .interface.collection import collection, ns
from .interface.doctor_tasks import doctor
from .interface.removal_tasks import clean, remove, restore, trash
from .interface.step_tasks import (
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
from .interface.tasks import list_ as list
from .interface.tasks import new, path, plan, restart, run, smoke, start, stop

__version__ = "0.1.0"

__all__ = [
    "add_worktree",
    "allocate_port",
    "clean",
    "collection",
    "compose_down",
    "compose_up",
    "copy_files",
    "doctor",
    "ensure_main",
    "ensure_network",
    "list",
    "new",
    "ns",
    "path",
    "plan",
    "remove",
    "restart",
    "restore",
    "run",
    "smoke",
    "start",
    "stop",
    "trash",
    "write_compose",
    "write_env",
]
