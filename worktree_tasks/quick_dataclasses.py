"""The standard library's `dataclass`, with methods that are closures in place of generated source.

A command makes a hundred classes. The standard library compiles the methods of each, and loads what inspects
source to do so: a fifth of a command's time. To everybody else these are dataclasses: the standard library's
`fields`, `replace` and `asdict` work on them, and `inspect` knows their arguments. What no class here needs
is left out, such as `__post_init__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["as_dict", "dataclass", "field", "field_names", "replace"]

Class = TypeVar("Class", bound=type)
Instance = TypeVar("Instance")
Value = TypeVar("Value")

_FIELDS = "__quick_fields__"
_NO_VALUE = object()
_put = object.__setattr__


class _Field:
    """A field: its default or the function that makes it, in which methods it counts, and its type."""

    __slots__ = ("annotation", "compare", "default", "default_factory", "repr")

    def __init__(
        self,
        default: object = _NO_VALUE,
        default_factory: Callable[[], object] | None = None,
        compare: bool = True,
        repr: bool = True,  # noqa: A002
        annotation: object = None,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr
        self.annotation = annotation

    def value(self) -> object:
        """Return its default; `_NO_VALUE` if it has none."""
        return self.default if self.default_factory is None else self.default_factory()

    def options(self) -> dict[str, Any]:
        """Return the arguments of `dataclasses.field` that describe it."""
        default = {} if self.default is _NO_VALUE else {"default": self.default}
        factory = {} if self.default_factory is None else {"default_factory": self.default_factory}
        return {**default, **factory, "compare": self.compare, "repr": self.repr}


@overload
def field(*, default: Value, compare: bool = ..., repr: bool = ...) -> Value: ...
@overload
def field(*, default_factory: Callable[[], Value], compare: bool = ..., repr: bool = ...) -> Value: ...
@overload
def field(*, compare: bool = ..., repr: bool = ...) -> Any: ...  # noqa: ANN401 - of any type
def field(
    *,
    default: object = _NO_VALUE,
    default_factory: Callable[[], object] | None = None,
    compare: bool = True,
    repr: bool = True,  # noqa: A002 - as the standard library calls it
) -> Any:
    """Describe a field as `dataclasses.field` does."""
    return _Field(default, default_factory, compare, repr)


@dataclass_transform(field_specifiers=(field,))
def dataclass(
    *,
    slots: Literal[True],  # noqa: ARG001 - without slots none is needed
    frozen: bool = False,
    eq: bool = True,
    kw_only: bool = False,
) -> Callable[[Class], Class]:
    """Make a class as `dataclasses.dataclass` does.

    Args:
        slots: Instances have the fields' attributes and no others.
        frozen: Whether only the constructor sets attributes.
        eq: Whether instances with equal fields are equal; then they have a hash if the class is frozen.
        kw_only: Whether the constructor takes no positional arguments.
    """

    def made(kind: Class) -> Class:
        given = dict(kind.__dict__)
        own = {
            name: _described(given.pop(name, _NO_VALUE), annotation)
            for name, annotation in kind.__annotations__.items()
        }
        fields: Mapping[str, _Field] = {**getattr(kind, _FIELDS, {}), **own}
        methods = {
            "__init__": _constructor(kind.__qualname__, fields, kw_only=kw_only),
            "__repr__": _representation(fields),
            **(_comparison(fields, frozen=frozen) if eq else {}),
            **(_FROZEN if frozen else {}),
        }
        about = {
            "__slots__": tuple(own),
            "__match_args__": () if kw_only else tuple(fields),
            _FIELDS: fields,
            **{name: _Standard(name, read, kw_only=kw_only) for name, read in _READ.items()},
        }
        for name in ("__dict__", "__weakref__"):
            given.pop(name, None)
        # Slots can only be given to a new class.
        quick = type(kind)(kind.__name__, kind.__bases__, {**methods, **given, **about})
        quick.__qualname__ = kind.__qualname__
        return quick

    return made


def replace(instance: Instance, **changes: Any) -> Instance:  # noqa: ANN401 - of any type
    """Return a copy of an instance with other values for some fields, as `dataclasses.replace` does.

    Raises:
        TypeError: There is no such field.
    """
    kept = {name: getattr(instance, name) for name in field_names(instance) if name not in changes}
    return type(instance)(**kept, **changes)


def field_names(kind: object) -> tuple[str, ...]:
    """Return the names of the fields of a class or an instance; empty if it is of another kind."""
    return tuple(getattr(kind, _FIELDS, ()))


def as_dict(instance: object) -> dict[str, Any]:
    """Return the values of an instance's fields by their names; instances in them stay as they are."""
    return {name: getattr(instance, name) for name in field_names(instance)}


def _described(value: object, annotation: object) -> _Field:
    if isinstance(value, _Field):
        value.annotation = annotation
        return value
    return _Field(value, annotation=annotation)


def _constructor(what: str, fields: Mapping[str, _Field], *, kw_only: bool) -> Callable[..., None]:
    names = tuple(fields)
    positional = 0 if kw_only else len(names)

    def construct(self: object, *values: object, **named: object) -> None:
        if len(values) > positional:
            raise TypeError(f"{what} takes {positional} positional arguments, and was given {len(values)}")
        for name, value in zip(names, values, strict=False):
            _put(self, name, value)
        for name in names[len(values) :]:
            value = named.pop(name) if name in named else fields[name].value()
            if value is _NO_VALUE:
                raise TypeError(f"{what} is missing the argument {name!r}")
            _put(self, name, value)
        if named:
            raise TypeError(f"{what} got an unexpected or repeated argument {next(iter(named))!r}")

    return construct


def _representation(fields: Mapping[str, _Field]) -> Callable[[object], str]:
    shown = tuple(name for name, one in fields.items() if one.repr)

    def represent(self: object) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({values})"

    return represent


def _comparison(fields: Mapping[str, _Field], *, frozen: bool) -> dict[str, Any]:
    compared = tuple(name for name, one in fields.items() if one.compare)

    def values(instance: object) -> tuple[object, ...]:
        return tuple([getattr(instance, name) for name in compared])

    def equals(self: object, other: object) -> bool:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    return {"__eq__": equals, "__hash__": hashed if frozen else None}


def _refuse_to_set(_: object, name: str, _value: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - costs what this module saves

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - as above

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _set_state(self: object, state: tuple[None, Mapping[str, object]]) -> None:
    """Fill a copy, or what was pickled; `object` gives the state of slots in this form."""
    for name, value in state[1].items():
        _put(self, name, value)


_FROZEN = {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete, "__setstate__": _set_state}


class _Standard:
    """An attribute that dataclasses of the standard library have, made when it is first read.

    It is told its name: Python 3.11 turns a Ctrl-C during `__set_name__` into a `RuntimeError`, and the
    classes are made while a command may be interrupted.
    """

    def __init__(self, name: str, read: Callable[[type], object], *, kw_only: bool) -> None:
        self._name = name
        self._read = read
        self._kw_only = kw_only

    def __get__(self, _: object, kind: type) -> object:
        import dataclasses  # noqa: PLC0415 - costs what this module saves

        described = [
            (name, one.annotation, dataclasses.field(**one.options()))
            for name, one in getattr(kind, _FIELDS).items()
        ]
        value = self._read(dataclasses.make_dataclass(kind.__name__, described, kw_only=self._kw_only))
        type.__setattr__(kind, self._name, value)
        return value


def _standard_fields(kind: type) -> object:
    return vars(kind)["__dataclass_fields__"]


def _signature(kind: type) -> object:
    from inspect import signature  # noqa: PLC0415 - costs what this module saves

    return signature(kind)


_READ = {"__dataclass_fields__": _standard_fields, "__signature__": _signature}
