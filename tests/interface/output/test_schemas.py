"""The published schemas: one for each document, made of the types that the tasks return."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from harness.contract import validator
from jsonschema import Draft202012Validator, ValidationError

from worktree_tasks.interface.collection import program_collection
from worktree_tasks.interface.output.schema_files import FOLDER, schema_for, schema_names

ROOT = Path(__file__).parents[3]
MADE = runpy.run_path(str(ROOT / "ci" / "schemas.py"))


def test_the_schemas_are_written_down_as_the_types_are():
    written = {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}
    assert written == MADE["texts"](), "run `inv schemas`"


def test_every_task_that_prints_a_document_has_a_schema_and_nothing_else_has_but_errors_and_events():
    tasks = program_collection()
    with_json = {
        name for name in tasks.task_names if "json" in {one.name for one in tasks[name].get_arguments()}
    }
    assert set(schema_names()) == {*with_json, "error", "events"}


@pytest.mark.parametrize("name", sorted({*schema_names()} - {"events"}))
def test_a_schema_is_one_of_draft_2020_12_describes_its_keys_and_lets_later_versions_add_some(name):
    schema = schema_for(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:worktree-tasks:schema:1:{name}"
    assert schema["properties"]["schema"] == {"const": 1}
    failed = {"schema": 1, "error": {"kind": "k", "what": "w", "details": [], "hint": "", "code": 1}}
    later = {**failed, "added": 1, "error": {**failed["error"], "added": 2}}
    Draft202012Validator(schema).validate(later)
    with pytest.raises(ValidationError):
        validator(name).validate(later)
    for broken in ({"schema": 1}, {**failed, "schema": 2}, {**failed, "error": {"what": "w"}}, []):
        with pytest.raises(ValidationError):
            Draft202012Validator(schema).validate(broken)


def test_a_worktrees_words_are_listed():
    found = schema_for("new")["$defs"]["Worktree"]["properties"]
    assert {"running", "stopped"} < set(found["state"]["enum"])
    assert {"booting", "ready"} < set(found["phase"]["enum"])
    assert found["slot"]["description"] == "Its N; null if it is not ours."


def test_the_program_prints_the_schema_of_a_task(project):
    assert json.loads(project.program("schema", "start-all", code=0).out) == schema_for("start-all")
    assert json.loads(project.program("wt.schema", "error", code=0).out) == schema_for("error")


def test_a_schema_of_nothing_is_wrong_use(project):
    for words, said in (
        (("nwe",), "did you mean new?"),
        (("../schemas/new",), "there are schemas for"),
        ((), "needs TASK"),
    ):
        done = project.program("schema", *words, code=2)
        assert said in done.err
        assert done.out == ""
