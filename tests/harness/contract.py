"""What callers may count on: one document a call with `--json`, as its published schema has it."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from worktree_tasks.interface.output.schema_files import schema_for, schema_names

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["hold", "validator"]

# How Invoke begins what it says of words that it cannot read, in words and with code 1.
_OF_INVOKE = ("No idea what ", "Task ", "'", "Flag ", "Can't find any collection", "Ambiguous ")


def hold(argv: Sequence[object], out: str, err: str) -> None:
    """See that a command which was asked for a document printed one, and that its schema describes it."""
    words = [str(word) for word in argv]
    words = words[: words.index("--")] if "--" in words else words
    if "--json" not in words:
        return
    ours = words[0].endswith("worktree-tasks") or "worktree_tasks" in words[:3]
    by_invoke = "invoke" in words[:3]
    if not (ours or by_invoke) or (by_invoke and not out and err.startswith(_OF_INVOKE)):
        return
    tasks = [
        word
        for word in (one.removeprefix("wt.") for one in words)
        if word in schema_names() and word != "events"
    ]
    document = json.loads(out)
    errors = list(validator(tasks[0] if tasks else "error").iter_errors(document))
    assert not errors, f"{words}: {[(one.json_path, one.message) for one in errors]}\n{out}"


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what checks a document by its schema, and refuses keys that the schema does not tell of."""
    schema = schema_for(name)
    Draft202012Validator.check_schema(schema)
    whole = {one.get("$ref", "").rpartition("/")[2] for one in schema["anyOf"]}
    for key, one in schema["$defs"].items():
        if key not in whole:
            one["additionalProperties"] = False
    return Draft202012Validator({**schema, "unevaluatedProperties": False})
