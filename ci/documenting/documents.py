"""The keys of a task's JSON document, from its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worktree_tasks.interface.output.schema_files import schema_for, schema_names

from .blocks import table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["keys_of"]


def keys_of(task: str) -> str:
    """Return what a task's page has of its document: each key, its type, its meaning; empty without one."""
    if task not in schema_names():
        return ""
    schema = schema_for(task)
    results = [one["$ref"] for one in schema["anyOf"] if "$ref" in one]
    parts = [f"## JSON\n\n`--json` prints one document, by [this schema](../schemas/{task}.json).\n"]
    for reference in results:
        shape = _resolved({"$ref": reference}, schema)
        if len(results) > 1:
            parts.append(f"{shape.get('description') or reference.rpartition('/')[2]}\n")
        parts.append(table(("key", "type", "is"), _rows(shape, schema, "")))
    return "\n".join(part for part in parts if part)


def _rows(shape: dict[str, Any], schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for key, value in shape.get("properties", {}).items():
        path, inner, name = f"{prefix}{key}", value, ""
        meant = value.get("description", "")
        words = []
        for one in _alternatives(value, schema):
            word, steps, found = _kind(one, schema)
            words.append(word)
            if found:
                inner, name = found, steps
        meant = meant or (inner.get("description", "") if inner is not value else "")
        yield f"`{path}`", " or ".join(dict.fromkeys(words)), meant
        if inner is not value:
            yield from _rows(inner, schema, f"{path}{name}.")


def _alternatives(value: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [_resolved(one, schema) for one in value.get("anyOf", [value])]


def _resolved(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a value's reference names, else the value."""
    reference = value.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else value


def _kind(value: dict[str, Any], schema: dict[str, Any]) -> tuple[str, str, dict[str, Any] | None]:
    """Return the word for a value's type, the path from it to what is inside, and the shape of that."""
    if "const" in value or "enum" in value:
        choices = value.get("enum", [value.get("const")])
        return " or ".join("null" if one is None else f"`{one}`" for one in choices), "", None
    if value.get("type") == "array":
        word, steps, found = _kind(_resolved(value.get("items", {}), schema), schema)
        return f"list of {word}", f"[]{steps}", found
    if "properties" in value:
        return "object", "", value
    if isinstance(more := value.get("additionalProperties"), dict):
        word, steps, found = _kind(_resolved(more, schema), schema)
        return f"object of {word} by name", f".NAME{steps}", found
    kind = value.get("type", "anything")
    return (" or ".join(kind) if isinstance(kind, list) else kind), "", None
