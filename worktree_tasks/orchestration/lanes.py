"""Lanes: independent steps side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from .. import interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["each", "together"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def together(*lanes: Callable[[], object]) -> None:
    """Run lanes side by side and wait for all of them.

    Raises:
        BaseException: What the first lane, in the order given, raised; the others have ended by then.
        KeyboardInterrupt: The command is being interrupted; all lanes have ended by then.
    """
    with _running(len(lanes)) as (pool, running):
        running += [pool.submit(lane) for lane in lanes]
    for lane in running:
        lane.result()


def each(do: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Do something with each item, side by side; the answers stand in the items' order."""
    items = list(items)
    if not items:
        return []
    with _running(min(len(items), 8)) as (pool, running):
        running += [pool.submit(do, item) for item in items]
    return [one.result() for one in running]


@contextmanager
def _running(count: int) -> Iterator[tuple[ThreadPoolExecutor, list[Future]]]:  # type: ignore[type-arg]
    """Give threads, wait for what they were given, and let nothing run on when Ctrl-C ends the wait."""
    running: list[Future] = []  # type: ignore[type-arg]
    with ThreadPoolExecutor(max_workers=count) as pool:
        try:
            yield pool, running
            wait(running)
        except KeyboardInterrupt:
            with interruption.stopping():
                pool.shutdown(cancel_futures=True)
            raise
