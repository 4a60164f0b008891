"""Makes the JSON Schemas of all documents (draft 2020-12) of the types that the tasks return and print.

A key's type is its field's, and its description what the docstring says of that field. Further keys are
allowed everywhere: within `"schema": 1` keys are added.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from worktree_tasks.configuration.worktree_result import Listing, Worktree
from worktree_tasks.interface.command_spelling import typed_for_program
from worktree_tasks.interface.output import document_types, documents, trash_documents
from worktree_tasks.interface.output.schema_files import FOLDER
from worktree_tasks.orchestration.flows.agents_init import AgentFiles
from worktree_tasks.orchestration.flows.database import Databases
from worktree_tasks.orchestration.flows.host_forget import Forgotten
from worktree_tasks.orchestration.flows.host_init import Prepared
from worktree_tasks.orchestration.flows.open import Opened
from worktree_tasks.orchestration.flows.plan import Plan
from worktree_tasks.orchestration.flows.remove import Removed
from worktree_tasks.orchestration.flows.restore import Restored
from worktree_tasks.orchestration.flows.smoke import Smoked
from worktree_tasks.orchestration.runtimes.runtime_values import Logs, Ran

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DOCUMENTS", "texts"]


@dataclass(frozen=True)
class Shape:
    """A document's type, the keys of it that are left out everywhere, and those that are not always there."""

    type: type
    without: Collection[str] = ()
    optional: Collection[str] = ()


_TREE = Shape(Worktree, documents.OF_ALL | documents.ELSEWHERE, documents.OF_STARTED)
_PLAN = Shape(Plan, documents.OF_DECISIONS | documents.OF_RUNNING)
# The list of one project does not tell what that of all does.
_OF_LIST = (documents.OF_STARTED | documents.ELSEWHERE, documents.OF_ALL)
_NOT_RUN = Shape(document_types.NotRun)
_STEP = Shape(document_types.StepFacts)
# By task, what its document can be; where it failed, there is an error beside it or in its place.
DOCUMENTS: Mapping[str, Sequence[Shape]] = {
    "new": (_TREE, _PLAN),
    "start": (_TREE,),
    "stop": (_TREE,),
    "restart": (_TREE,),
    "adopt": (_TREE,),
    "list": (Shape(Listing, *_OF_LIST), Shape(document_types.EveryListing, *_OF_LIST)),
    "path": (Shape(document_types.CheckoutPath),),
    "hosts": (Shape(document_types.Hosts),),
    "host-init": (Shape(Prepared),),
    "host-forget": (Shape(Forgotten),),
    "forward": (_TREE, Shape(document_types.NotForwarded)),
    "plan": (_PLAN,),
    "run": (Shape(Ran), _NOT_RUN),
    "compose": (Shape(Ran, documents.OF_SERVICES), _NOT_RUN),
    "logs": (Shape(Logs),),
    "open": (Shape(Opened),),
    "start-all": (Shape(document_types.StartedStacks),),
    "stop-all": (Shape(document_types.StoppedStacks),),
    "remove": (Shape(Removed),),
    "restore": (Shape(Restored),),
    "trash": (Shape(document_types.Trash),),
    "clean": (Shape(document_types.Cleaned, trash_documents.RECORDED),),
    "database": (Shape(Databases),),
    "doctor": (Shape(document_types.Findings),),
    "smoke": (Shape(Smoked),),
    "agents-init": (Shape(AgentFiles),),
    "projects": (Shape(document_types.KnownProjects),),
    "shell-init": (Shape(document_types.Functions),),
    "ensure-main": (Shape(document_types.SharedServices),),
    "add-worktree": (_STEP, _PLAN),
    **dict.fromkeys(
        (
            "allocate-port", "copy-files", "write-env", "write-compose", "ensure-network", "compose-up",
            "compose-down",
        ),
        (_STEP,),
    ),
    "error": (),
}  # fmt: skip

_PLAIN = {str: "string", Path: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_ATTRIBUTE = re.compile(r"^(\w+): (.*(?:\n +.*)*)", re.MULTILINE)


def texts() -> dict[str, str]:
    """Return the text of every schema, by its name."""
    made = {name: _schema(name, shapes) for name, shapes in DOCUMENTS.items()}
    made["events"] = _schema_of_events()
    return {name: json.dumps(schema, indent=2) + "\n" for name, schema in made.items()}


def _schema(name: str, shapes: Sequence[Shape]) -> dict[str, Any]:
    made = _Schema()
    error = made.of(_ERROR.type)
    whole = [made.of_shape(shape) for shape in shapes]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:worktree-tasks:schema:{documents.SCHEMA}:{name}",
        "title": f"worktree-tasks {name} --json" if shapes else "An error of any task",
        "type": "object",
        "properties": {"schema": {"const": documents.SCHEMA}, "error": error},
        "required": ["schema"],
        "anyOf": [*whole, {"required": ["error"]}],
        "$defs": dict(sorted(made.definitions.items())),
    }


def _schema_of_events() -> dict[str, Any]:
    made = _Schema()
    made.of(document_types.Event)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:worktree-tasks:schema:{documents.SCHEMA}:events",
        "title": "A line of stderr under --events",
        **made.definitions["Event"],
    }


_ERROR = Shape(document_types.ErrorFacts)


class _Schema:
    """One schema while it is made.

    Attributes:
        definitions: What its types are, by their names.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        self._shape = _ERROR

    def of_shape(self, shape: Shape) -> dict[str, Any]:
        """Return what refers to a whole document."""
        self._shape = shape
        return self.of(shape.type)

    def of(self, hint: Any) -> dict[str, Any]:  # noqa: ANN401 - a type, or what stands for one
        """Return the schema of a type."""
        if hint in _PLAIN:
            return {"type": _PLAIN[hint]}
        if is_dataclass(hint) or is_typeddict(hint):
            return self._of_object(hint)
        kind, inner = get_origin(hint), get_args(hint)
        if kind is Literal:
            return {"enum": list(inner)}
        if kind in (Union, types.UnionType):
            return _either([self.of(one) for one in inner])
        return self._of_several(kind, inner)

    def _of_several(self, kind: type, inner: tuple[Any, ...]) -> dict[str, Any]:
        if kind is tuple and inner[-1] is not Ellipsis:
            each = [self.of(one) for one in inner]
            return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
        if issubclass(kind, Mapping):
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        if issubclass(kind, Collection):
            return {"type": "array", "items": self.of(inner[0])}
        raise TypeError(kind)

    def _of_object(self, type_: type) -> dict[str, Any]:
        hints = _hints(type_)
        names = [one.name for one in fields(type_)] if is_dataclass(type_) else list(hints)
        summary, told = _described(type_)
        found = {}
        self.definitions[type_.__name__] = {}
        for name in names:
            if name not in self._shape.without:
                described = {"description": told[name]} if name in told else {}
                found[name] = {**described, **self.of(hints[name])}
        self.definitions[type_.__name__] = {
            "description": summary,
            "type": "object",
            "properties": found,
            "required": [name for name in found if name not in self._shape.optional],
        }
        return {"$ref": f"#/$defs/{type_.__name__}"}


def _either(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of what is one of several, in the shortest form."""
    if all(set(one) == {"type"} for one in choices):
        return {"type": [one["type"] for one in choices]}
    if len(choices) == 2 and "enum" in choices[0] and choices[1] == {"type": "null"}:  # noqa: PLR2004 - it, or none
        return {"enum": [*choices[0]["enum"], None]}
    return {"anyOf": choices}


def _described(type_: type) -> tuple[str, dict[str, str]]:
    """Return what a type's docstring says of it, and of its attributes, those of its bases included."""
    summary, _, text = (inspect.getdoc(type_) or "").partition("\n\nAttributes:\n")
    told: dict[str, str] = {}
    for base in _bases(type_) if is_typeddict(type_) else ():
        told |= _described(base)[1]
    told |= {name: _in_json(words) for name, words in _ATTRIBUTE.findall(inspect.cleandoc(text))}
    return _in_json(summary), told


def _bases(type_: type) -> list[type]:
    """Return the typed dictionaries that one extends; Python 3.11 keeps them in its source only."""
    (definition,) = ast.parse(inspect.getsource(type_)).body
    module = vars(sys.modules[type_.__module__])
    found = [module[ast.unparse(base)] for base in getattr(definition, "bases", ())]
    return [base for base in found if is_typeddict(base)]


def _in_json(text: str) -> str:
    """Return what a docstring says as whoever reads JSON knows it."""
    for python, name in {"None": "null", "True": "true", "False": "false"}.items():
        text = re.sub(rf"\b{python}\b", name, text)
    return typed_for_program(" ".join(text.split()))


def _hints(type_: type) -> dict[str, Any]:
    """Return the types of a class's fields, also those that are imported for type checkers only."""
    found: dict[str, Any] = {}
    for one in type_.__mro__:
        if one.__module__.startswith("worktree_tasks"):
            found |= _names_of(sys.modules[one.__module__])
    return get_type_hints(type_, found, found)


def _names_of(module: types.ModuleType) -> dict[str, Any]:
    names = dict(vars(module))
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            exec(compile(ast.Module(node.body, []), module.__name__, "exec"), names)  # noqa: S102 - our own imports
    return names


def write() -> None:
    """Write every schema into the package, where the program finds it."""
    for old in FOLDER.glob("*.json"):
        old.unlink()
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
