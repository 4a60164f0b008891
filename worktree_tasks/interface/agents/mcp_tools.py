"""The tools of our MCP server: their tasks, their arguments, and the command line for a call."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...errors import BadUse
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..task_table import Word

__all__ = ["TOOLS", "Tool", "input_schema", "words_for"]


@dataclass(slots=True, frozen=True)
class Tool:
    """A task as a tool.

    Attributes:
        title: What it does, in a few words.
        takes: The task's arguments and flags that it takes, without their dashes.
        needs: Those of them that are required.
        always: Flags that every call passes.
        defaults: Values of those that a call leaves out.
        reads: Whether it is read-only.
    """

    title: str
    takes: Sequence[str] = ()
    needs: Sequence[str] = ()
    always: Sequence[str] = ()
    defaults: Mapping[str, str] = MappingProxyType({})
    reads: bool = False


_LINES = "200"
TOOLS: Mapping[str, Tool] = {
    "list": Tool("List worktrees", reads=True),
    "plan": Tool("Show what new would do", ("branch", "base", "database"), ("branch",), reads=True),
    "new": Tool(
        "Open a worktree with its stack running",
        ("branch", "base", "database", "pr", "fetch", "no_start", "build", "slot", "own", "shared"),
        ("branch",),
    ),
    "start": Tool("Bring a stack up", ("name", "build", "renew")),
    "stop": Tool("Stop a stack", ("name",)),
    "logs": Tool(
        "Read service logs",
        ("name", "service", "since", "tail"),
        always=("--no-follow",),
        defaults={"tail": _LINES},
        reads=True,
    ),
    "run": Tool("Run a command in a service", ("name", "service", "command"), ("service", "command")),
    "database": Tool("Show or change a database", ("name", "mode", "reset", "refresh")),
    "remove": Tool("Remove a worktree", ("name", "keep_branch")),
    "clean": Tool("Show which worktrees could be removed", always=("--dry-run",), reads=True),
}
# Arguments that are repeatable, and those that are numbers.
_SEVERAL = {("new", "own"), ("new", "shared"), ("logs", "service")}
_NUMBERS = ("pr", "slot", "tail")


def input_schema(task: str, table: Mapping[str, Sequence[Word]]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments.

    Args:
        task: The tool's task.
        table: The words of each task.
    """
    properties = {name: _property(task, name, word) for name, word in _words(task, table)}
    needs = list(TOOLS[task].needs)
    return {"type": "object", "properties": properties, "required": needs, "additionalProperties": False}


def words_for(task: str, given: Mapping[str, Any], table: Mapping[str, Sequence[Word]]) -> list[str]:
    """Return the command line for a call.

    Args:
        task: The tool's task.
        given: The call's arguments, by their names in the schema.
        table: The words of each task.

    Raises:
        BadUse: The call has unknown arguments, or lacks required ones.
    """
    tool = TOOLS[task]
    words = dict(_words(task, table))
    if unknown := sorted(given.keys() - words.keys()):
        takes = f"it takes {', '.join(words)}" if words else "it takes nothing"
        raise BadUse(f"{task} does not take {', '.join(unknown)}", takes, kind="not-understood")
    if missing := [name for name in tool.needs if given.get(name) is None]:
        raise BadUse(f"{task} needs {' and '.join(missing)}", f"give it {missing[0]}", kind="not-understood")
    values = {**tool.defaults, **{name: value for name, value in given.items() if value is not None}}
    made = [
        word for name, value in values.items() for word in _words_of_value(task, name, words[name], value)
    ]
    return [task, *made, *tool.always, "--json"]


def _words(task: str, table: Mapping[str, Sequence[Word]]) -> Iterator[tuple[str, Word]]:
    """Yield a tool's arguments, by their names."""
    for word in table[task]:
        if (name := word.text.removeprefix("--").replace("-", "_")) in TOOLS[task].takes:
            yield name, word


def _property(task: str, name: str, word: Word) -> dict[str, Any]:
    if word.kind == "flag":
        return {"type": "boolean", "description": word.description}
    one = {"type": "integer" if name in _NUMBERS else "string"}
    several = {"type": "array", "items": one} if (task, name) in _SEVERAL else one
    return {**several, "description": word.description}


def _words_of_value(task: str, name: str, word: Word, value: Any) -> list[str]:  # noqa: ANN401 - what JSON has
    """Return the words that pass a value, none of which can be mistaken for another flag."""
    if word.kind == "flag":
        if isinstance(value, bool):
            return [word.text] if value else []
        raise _bad(name, value, "true or false")
    values = value if (task, name) in _SEVERAL and isinstance(value, list) else [value]
    for one in values:
        # A command line cannot contain NUL.
        if type(one) not in (str, int) or "\0" in str(one):
            raise _bad(name, one, "text")
        if name in _NUMBERS and not (str(one).isascii() and str(one).isdigit()):
            raise _bad(name, one, "a number")
    return [f"--{name}={one}" for one in values]


def _bad(name: str, value: Any, wanted: str) -> BadUse:  # noqa: ANN401 - what JSON has
    return BadUse(f"{name} {value!r} cannot be used", f"it has to be {wanted}", kind="bad-value")
