"""The order in which `inv --list` shows our tasks: that of their registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from invoke.collection import Collection

if TYPE_CHECKING:
    from types import FrameType

    from invoke.tasks import Task

__all__ = ["keep_order"]


class _Placed(str):  # noqa: SLOT000 - one for each task
    """A task's name, which sorts by registration, after all names without a place."""

    place: int

    def __lt__(self, other: str) -> bool:
        return isinstance(other, _Placed) and self.place < other.place

    def __gt__(self, other: str) -> bool:
        return not isinstance(other, _Placed) or self.place > other.place


def keep_order(caller: FrameType | None, ours: type[Task[Any]]) -> None:
    """Let Invoke list our tasks in the order of their registration, in any collection.

    Invoke sorts the names, and copies a collection without what a subclass would add. But it asks each task
    for its arguments before it lists any: at that point the collection is found in the caller.

    Args:
        caller: The frame that asks a task for its arguments.
        ours: The class of our tasks; other tasks stay where Invoke puts them.
    """
    asking = caller.f_locals.get("self") if caller else None
    if isinstance(asking, Collection):
        _place(asking, ours)


def _place(collection: Collection, ours: type[Task[Any]]) -> None:
    tasks = list(collection.tasks.items())
    if not any(isinstance(name, _Placed) for name, _ in tasks):
        for place, (name, task) in enumerate(tasks):
            if isinstance(task, ours):
                placed = _Placed(name)
                placed.place = place
                # A dict keeps the key that it has for one that is equal.
                collection.tasks.pop(name)
                collection.tasks[placed] = task
    for inner in collection.collections.values():
        _place(inner, ours)
