"""Lanes: independent steps side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["each", "together"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def together(*lanes: Callable[[], object]) -> None:
    """Run lanes side by side and wait for all of them.

    Raises:
        BaseException: What the first lane, in the order given, raised; the others have ended by then.
    """
    with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
        running = [pool.submit(lane) for lane in lanes]
    for lane in running:
        lane.result()


def each(do: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """Do something with each item, side by side; the answers stand in the items' order."""
    items = list(items)
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=min(len(items), 8)) as pool:
        return list(pool.map(do, items))
