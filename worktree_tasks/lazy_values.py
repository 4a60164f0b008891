"""Values that are computed on first use, and only once, even if threads ask at the same time."""

from __future__ import annotations

from functools import cached_property, wraps  # noqa: TID251 - this is what is used in its place
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, overload
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["once", "once_each"]

Value = TypeVar("Value")
Subject = TypeVar("Subject")


class once(cached_property[Value]):  # noqa: N801 - a decorator, named as `property` is
    """A `cached_property` with a lock for each object.

    Python's own has none since 3.12, and before one for all objects:
    https://docs.python.org/3/library/functools.html#functools.cached_property
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Value: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        """Return the value, which is cached in the object's `__dict__` from then on."""
        if instance is None:
            return self
        kept, name = instance.__dict__, self.attrname
        with kept.setdefault(f"lock of {name}", RLock()):
            if name not in kept:
                kept[name] = self.func(instance)
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
