"""Work side by side: lanes, the same for several things, calls that need one another, and early ones."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from . import interruption
from .lazy_modules import later

if TYPE_CHECKING:
    import graphlib
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
    from concurrent import futures
    from concurrent.futures import Future, ThreadPoolExecutor
else:
    # They load Python's logging: 5 ms that a list does without.
    futures, graphlib = later(None, "concurrent.futures", "graphlib")

__all__ = ["Early", "Outcome", "ahead", "each", "in_order", "together"]

_LOOK_SECONDS = 0.2

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def together(*lanes: Callable[[], object]) -> None:
    """Run lanes side by side and wait for all of them.

    Raises:
        BaseException: What the first lane, in the order given, raised; the others have ended by then.
        KeyboardInterrupt: The command is being interrupted; all lanes have ended by then.
    """
    _results_of_calls(lanes, threads=len(lanes))


def each(do: Callable[[Item], Answer], items: Iterable[Item], *, threads: int = 8) -> list[Answer]:
    """Do something with each item, side by side; return the results in the items' order.

    Raises:
        BaseException: What the first of them raised; the others have ended by then.
        KeyboardInterrupt: The command is being interrupted; nothing runs any more.
    """
    return _results_of_calls([partial(do, item) for item in items], threads=threads)


@contextmanager
def ahead(call: Callable[[], object]) -> Iterator[None]:
    """Make a call while the block runs; the block itself repeats whatever the call failed to get.

    Raises:
        KeyboardInterrupt: The command is being interrupted; the call has ended by then.
    """
    running: list[Future[object]] = []
    with _threads(1, running) as pool:
        with interruption.deferred():
            running.append(pool.submit(call))
        yield


def _results_of_calls(calls: Sequence[Callable[[], Answer]], *, threads: int) -> list[Answer]:
    """Make calls in threads, and let none keep running when Ctrl-C ends the wait."""
    left = deque(enumerate(calls))
    answers: dict[int, Answer] = {}
    errors: dict[int, BaseException] = {}

    def make(ended: Event) -> None:
        with suppress(IndexError):
            while True:
                number, call = left.popleft()
                try:
                    answers[number] = call()
                except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
                    errors[number] = error
        ended.set()

    # A thread whose `join` is interrupted counts as ended although it still runs, up to Python 3.12:
    # https://github.com/python/cpython/issues/90882
    makers = [Event() for _ in range(min(len(calls), threads))]
    try:
        # No thread that was started may be forgotten.
        with interruption.deferred():
            for one in makers:
                Thread(target=make, args=(one,)).start()
        for one in makers:
            # A signal just before an endless wait, or one that another thread gets, would not end it.
            while not one.wait(_LOOK_SECONDS):
                pass
    except KeyboardInterrupt:
        left.clear()
        with interruption.stopping():
            for one in makers:
                one.wait()
        raise
    if errors:
        raise errors[min(errors)]
    return [answers[number] for number in range(len(calls))]


def _await(running: Sequence[Future[Answer]]) -> None:
    # A signal just before an endless wait, or one that another thread gets, would not end it.
    while futures.wait(running, _LOOK_SECONDS).not_done:
        pass


def in_order(
    calls: Mapping[str, Callable[[], Answer]], needs: Mapping[str, Collection[str]]
) -> dict[str, Answer]:
    """Make calls, each as soon as those that it needs are done, the independent ones side by side.

    Args:
        calls: The calls by name.
        needs: The names of the calls that each one needs.

    Returns:
        The answers by name.

    Raises:
        BaseException: What the first of them, in the order given, raised. What needs that one was not begun,
            and all others have ended.
        KeyboardInterrupt: The command is being interrupted; nothing runs any more.
    """
    order = graphlib.TopologicalSorter({name: needs.get(name, ()) for name in calls})
    order.prepare()
    made: dict[str, Future[Answer]] = {}
    running: list[Future[Answer]] = []
    with _threads(max(1, len(calls)), running) as pool:
        while order.is_active():
            with interruption.deferred():
                for name in order.get_ready():
                    made[name] = pool.submit(calls[name])
                    running.append(made[name])
            if not running:
                break
            ended = futures.wait(running, _LOOK_SECONDS, return_when=futures.FIRST_COMPLETED).done
            running[:] = [one for one in running if one not in ended]
            order.done(*(name for name, one in made.items() if one in ended and one.exception() is None))
    return {name: made[name].result() for name in calls if name in made}


@contextmanager
def _threads(number: int, running: list[Future[Answer]]) -> Iterator[ThreadPoolExecutor]:
    """Yield threads for calls, and let none of them keep running when Ctrl-C ends the wait."""
    with futures.ThreadPoolExecutor(max_workers=number) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            for one in running:
                one.cancel()
            with interruption.stopping():
                pool.shutdown()
            raise


class Outcome(Generic[Answer]):
    """The result of a call that one thread makes and others wait for."""

    def __init__(self) -> None:
        self._future: Future[Answer] = futures.Future()

    def make(self, call: Callable[[], Answer]) -> Answer:
        """Make the call.

        Raises:
            BaseException: What it raises.
        """
        try:
            self._future.set_result(call())
        except BaseException as error:
            self._future.set_exception(error)
            raise
        return self._future.result()

    def wait(self) -> Answer:
        """Wait for the call's end, and return what it returned.

        Raises:
            BaseException: What it raised.
        """
        _await([self._future])
        return self._future.result()


class Early(Generic[Answer]):
    """Answers that are fetched before they are needed. Each is handed out once."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._begun: dict[Hashable, Outcome[Answer]] = {}

    def begin(self, question: Hashable, ask: Callable[[], Answer]) -> None:
        """Ask, and keep the answer or the exception for the caller that takes it."""
        answer = Outcome[Answer]()
        with self._turn:
            self._begun[question] = answer
        with suppress(BaseException):  # raised where the answer is taken
            answer.make(ask)

    def take(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """Return the answer that was fetched, or ask now; a later call asks again."""
        with self._turn:
            answer = self._begun.pop(question, None)
        return ask() if answer is None else answer.wait()

    def forget(self) -> None:
        """Drop the answers that were not taken: they may be stale."""
        with self._turn:
            self._begun.clear()
