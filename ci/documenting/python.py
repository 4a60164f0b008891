"""The Python interface: what each function takes, returns and raises, and the types of its results."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import textwrap
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from worktree_tasks import errors
from worktree_tasks.interface.collection import GROUPS, STEPS, collection
from worktree_tasks.interface.task_class import typed_name
from worktree_tasks.interface.task_table import read_table

from .blocks import table
from .docstrings import entries, summary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field
    from types import FunctionType, ModuleType

    from invoke.tasks import Task

__all__ = ["anchor", "functions", "signature"]

_WIDTH = 96


def anchor(one: Task) -> str:  # type: ignore[type-arg]
    """Return where the page has a task's function."""
    return f"wt{_called(one)}"


def signature(one: Task) -> str:  # type: ignore[type-arg]
    """Return how it is called from Python."""
    return _signature(_called(one), one.body)


def _signature(name: str, function: FunctionType) -> str:
    signature = inspect.signature(function)
    taken = [_parameter(each) for each in signature.parameters.values()]
    line = f"wt.{name}({', '.join(taken)})"
    if len(line) > _WIDTH:
        lines = ",\n    ".join(taken)
        line = f"wt.{name}(\n    {lines},\n)"
    return f"{line} -> {signature.return_annotation}"


def functions() -> str:
    """Return what the page has of each function and of each type."""
    tasks = [one for _, group in GROUPS for one in group] + list(STEPS)
    types = _types(tasks)
    parts = [f"## Functions\n\n{_of_collection()}", *(_function(one, types) for one in tasks)]
    parts.append(
        "## Results\n\nFrozen dataclasses; what is in them is text, numbers, paths and each other.\n"
    )
    parts += [_type(name, one, types) for name, one in sorted(types.items())]
    parts.append(_errors())
    return "\n".join(parts)


def _names(module: ModuleType) -> dict[str, Any]:
    """Return what a module has, with what it imports for type checkers."""
    names = dict(vars(module))
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for one in node.body:
                if isinstance(one, ast.ImportFrom):
                    source = importlib.import_module("." * one.level + (one.module or ""), module.__package__)
                    names.update({each.asname or each.name: getattr(source, each.name) for each in one.names})
    return names


def _types(tasks: list[Task]) -> dict[str, type]:  # type: ignore[type-arg]
    """Return the dataclasses that tasks return, and those that are in them, by their names."""
    found: dict[str, type] = {}
    waiting = [(sys.modules[one.body.__module__], str(_returned(one))) for one in tasks]
    while waiting:
        module, text = waiting.pop()
        names = _names(module)
        for word in re.findall(r"[A-Z]\w+", text):
            one = names.get(word)
            if is_dataclass(one) and isinstance(one, type) and word not in found:
                found[word] = one
                waiting += [(sys.modules[one.__module__], str(field.type)) for field in fields(one)]
    return found


def _returned(one: Task) -> Any:  # type: ignore[type-arg]  # noqa: ANN401 - an annotation
    return inspect.signature(one.body).return_annotation


def _called(one: Task) -> str:  # type: ignore[type-arg]
    return str(one.name).replace("-", "_")


def _parameter(one: inspect.Parameter) -> str:
    stars = "**" if one.kind is one.VAR_KEYWORD else ""
    typed = f"{stars}{one.name}: {one.annotation}"
    return typed if one.default is one.empty else f"{typed} = {one.default!r}"


def _function(one: Task, types: Mapping[str, type]) -> str:  # type: ignore[type-arg]
    rows = []
    words_of = read_table()[typed_name(one)]
    told = {word.text.removeprefix("--").removeprefix("no-"): word.description for word in words_of}
    for each in inspect.signature(one.body).parameters.values():
        if each.name != "c":
            default = "" if each.default is each.empty else f"`{each.default!r}`"
            words = told[each.name.replace("_", "-")]
            rows.append((f"`{each.name}`", f"`{each.annotation}`", default, words))
    parts = [f"### wt.{_called(one)}\n", f"{summary(one)}\n", f"```python\n{signature(one)}\n```\n"]
    parts.append(table(("takes", "type", "default", "which is"), rows))
    parts.append(f"Returns {_linked(str(_returned(one)), types)}.\n")
    raised = _raised(one.body)
    parts.append(table(("raises", "when"), ((f"[`{name}`](#{name.lower()})", text) for name, text in raised)))
    return "\n".join(part for part in parts if part)


def _raised(body: FunctionType) -> list[tuple[str, str]]:
    """Return what a task raises itself, and what the flows that it calls say that they raise."""
    found: dict[tuple[str, str], None] = {}
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    for node in ast.walk(tree):
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if called in errors.__all__ and issubclass(getattr(errors, called), errors.Failure):
            found[called, summary(getattr(errors, called))] = None
        elif called.startswith("_"):
            # What several tasks have in common, in a function beside them.
            found.update(dict.fromkeys(_raised(getattr(sys.modules[body.__module__], called))))
        if not isinstance(node, ast.ImportFrom):
            continue
        folders = {*(node.module or "").split(".")}
        if folders & {"orchestration", "quick"}:
            package = sys.modules[body.__module__].__package__
            source = importlib.import_module("." * node.level + (node.module or ""), package)
            # A module of flows is no flow.
            for each in (one for one in node.names if callable(getattr(source, one.name, None))):
                found.update(dict.fromkeys(entries(getattr(source, each.name), "Raises").items()))
                if "quick" in folders:
                    # The body of a task that also runs without Invoke.
                    found.update(dict.fromkeys(_raised(getattr(source, each.name))))
    return list(found)


def _type(name: str, one: type, types: Mapping[str, type]) -> str:
    told = entries(one, "Attributes")
    rows = [
        (f"`{each.name}`", _linked(str(each.type), types), _default(each), told.get(each.name, ""))
        for each in fields(one)
    ]
    return f"### {name}\n\n{summary(one)}\n\n{table(('has', 'type', 'default', 'which is'), rows)}"


def _default(field: Field[Any]) -> str:
    return "" if field.default is MISSING else f"`{field.default!r}`"


def _linked(annotation: str, types: Mapping[str, type]) -> str:
    """Return a type as code, with links to those that the page has."""
    shown = f"`{annotation}`"
    inside = [word for word in re.findall(r"[A-Z]\w+", annotation) if word in types]
    links = ", ".join(f"[{word}](#{word.lower()})" for word in dict.fromkeys(inside))
    return (
        f"[{shown}](#{annotation.lower()})"
        if annotation in types
        else f"{shown}: {links}"
        if links
        else shown
    )


def _of_collection() -> str:
    rows = [(f"`{name}`", text) for name, text in entries(collection, "Args").items()]
    called = f"```python\n{_signature('collection', collection)}\n```"
    return f"### wt.collection\n\n{summary(collection)}\n\n{called}\n\n{table(('takes', 'which is'), rows)}"


def _errors() -> str:
    parts = ["## Errors\n"]
    shown = [getattr(errors, name) for name in errors.__all__ if inspect.isclass(getattr(errors, name))]
    shown.sort(key=lambda one: (len(one.__mro__), one.exit_code))
    for one in shown:
        base = one.__mro__[1].__name__
        inside = f" It is a [`{base}`](#{base.lower()})." if base != "Exit" else ""
        parts.append(f"### {one.__name__}\n\n{summary(one)}{inside}\n")
        rows = [(f"`{name}`", text) for name, text in entries(one, "Attributes").items()]
        parts.append(table(("has", "which is"), rows))
    return "\n".join(part for part in parts if part)
