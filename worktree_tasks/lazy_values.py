"""Values that are computed on first use, and only once, even if threads ask at the same time."""

from __future__ import annotations

from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["once", "once_each"]

Value = TypeVar("Value")
Subject = TypeVar("Subject")


class once(Generic[Value]):  # noqa: N801 - a decorator, named as `property` is
    """A property that is computed once for each object, with a lock for each.

    Python's `cached_property` has no lock since 3.12, and before one for all objects:
    https://docs.python.org/3/library/functools.html#functools.cached_property
    Python's also gets its name by `__set_name__`; Python 3.11 turns a Ctrl-C in it into a `RuntimeError`.
    """

    def __init__(self, ask: Callable[[Any], Value]) -> None:
        self._ask = ask
        self._name = ask.__name__
        self.__doc__ = ask.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Value: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        """Return the value, which is cached in the object's `__dict__` from then on."""
        if instance is None:
            return self
        kept, name = instance.__dict__, self._name
        with kept.setdefault(f"lock of {name}", RLock()):
            if name not in kept:
                kept[name] = self._ask(instance)
            return kept[name]


def once_each(ask: Callable[[Subject], Value]) -> Callable[[Subject], Value]:
    """Cache a function of one object for each object, as long as that lives."""
    answers: WeakKeyDictionary[Subject, Value] = WeakKeyDictionary()
    turn = RLock()

    @wraps(ask)
    def answer(subject: Subject) -> Value:
        with turn:
            if subject not in answers:
                answers[subject] = ask(subject)
            return answers[subject]

    return answer
