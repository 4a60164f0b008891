"""Literal values in Python files, read without running them."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["class_values", "module_values"]


def module_values(content: bytes, names: Collection[str]) -> dict[str, object]:
    """Return the literal values that a module assigns to some names; computed values are left out."""
    return _assigned(_body(content), names)


def class_values(content: bytes, names: Collection[str]) -> dict[str, object]:
    """Return the literal values that the classes of a module assign to some names, the first of each."""
    found: dict[str, object] = {}
    for node in _body(content):
        if isinstance(node, ast.ClassDef):
            found = _assigned(node.body, names) | found
    return found


def _body(content: bytes) -> list[ast.stmt]:
    try:
        # Hide warnings about invalid escapes in other people's files.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content).body
    # Python 3.11 says of too many nested brackets that memory ran out.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _assigned(body: Iterable[ast.stmt], names: Collection[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names:
                try:
                    found[target.id] = ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, RecursionError):
                    continue
    return found
