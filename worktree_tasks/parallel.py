"""Lanes: independent steps side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from . import interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future

__all__ = ["each", "together"]

_LOOK_SECONDS = 0.2

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def together(*lanes: Callable[[], object]) -> None:
    """Run lanes side by side and wait for all of them.

    Raises:
        BaseException: What the first lane, in the order given, raised; the others have ended by then.
        KeyboardInterrupt: The command is being interrupted; all lanes have ended by then.
    """
    _all(lanes, threads=len(lanes))


def each(do: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Do something with each item, side by side; the answers stand in the items' order.

    Raises:
        BaseException: What the first of them raised; the others have ended by then.
        KeyboardInterrupt: The command is being interrupted; nothing runs any more.
    """
    return _all([partial(do, item) for item in items], threads=8)


def _all(calls: Sequence[Callable[[], Answer]], *, threads: int) -> list[Answer]:
    """Make calls in threads, and let none run on when Ctrl-C ends the wait."""
    if not calls:
        return []
    running: list[Future[Answer]] = []
    with ThreadPoolExecutor(max_workers=min(len(calls), threads)) as pool:
        try:
            # Nothing that was begun may be forgotten.
            with interruption.deferred():
                running += [pool.submit(call) for call in calls]
            # A signal just before an endless wait, or one that another thread gets, would not end it.
            while wait(running, _LOOK_SECONDS).not_done:
                pass
        except KeyboardInterrupt:
            for one in running:
                one.cancel()
            with interruption.stopping():
                pool.shutdown()
            raise
    return [one.result() for one in running]
