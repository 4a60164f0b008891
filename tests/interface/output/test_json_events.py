"""Events: a JSON object a line on stderr for what happens in each step."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from worktree_tasks.errors import Failure
from worktree_tasks.interface.output.json_events import Events
from worktree_tasks.interface.output.schema_files import schema_for
from worktree_tasks.parallel import together

EVENT = Draft202012Validator({**schema_for("events"), "additionalProperties": False})


def told(err):
    """Return the events of a stderr, each as its schema has it."""
    events = [json.loads(line) for line in err.splitlines()]
    for event in events:
        EVENT.validate(event)
    return [(event["step"], event["state"], event["text"]) for event in events]


def test_a_step_is_told_when_it_begins_and_ends_with_all_that_happens_in_it(capsys):
    events = Events()
    with events.step("ports") as say:
        events.doing("looking")
        say("web 8001")
        events.note("wt.start pay\nx")
    events.news("done")
    with pytest.raises(Failure), events.step("files"):
        raise Failure("x")
    assert told(capsys.readouterr().err) == [
        ("ports", "begun", ""),
        ("ports", "doing", "looking"),
        ("ports", "note", "worktree-tasks start pay\nx"),
        ("ports", "done", "web 8001"),
        (None, "news", "done"),
        ("files", "begun", ""),
        ("files", "failed", ""),
    ]
    assert events.worked


def test_steps_side_by_side_keep_their_names_and_their_lines(capsys):
    events = Events()

    def lane(name):
        def do():
            with events.step(name):
                for number in range(50):
                    events.doing(f"{name}{number}")

        return do

    together(lane("a"), lane("b"))
    found = told(capsys.readouterr().err)
    assert len(found) == 2 * 52
    assert all(text.rstrip("0123456789") in ("", step) for step, _, text in found)


def test_what_a_step_does_is_told_once_until_it_does_something_else(capsys):
    events = Events()
    for _ in range(2):
        with events.step("containers"):
            for text in ("web", "web", "vite", "web"):
                events.doing(text)
    found = [text for _, state, text in told(capsys.readouterr().err) if state == "doing"]
    assert found == ["web", "vite", "web"] * 2


def test_events_are_the_only_words_of_a_command_and_need_a_document(project, compose_program):
    done = project.program("new", "x", "--base", "nowhere", "--json", "--events")
    assert done.code == done.json["error"]["code"] == 2
    told(done.err)
    wrong = project.program("start", "x", "--events", code=2)
    assert "add --json" in wrong.err
