"""With `--json`, stdout has exactly one document whatever happens, and stderr never says the same again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

# What is wrong with them, the words, the code and the kind of the error.
WRONG = {
    "a task that is none": (("lsit", "--json"), 2, "not-understood"),
    "no task": (("--json",), 2, "not-understood"),
    "a flag that is none": (("new", "auth", "--bogus", "--json"), 2, "not-understood"),
    "a missing word": (("start", "--json"), 2, "not-understood"),
    "a word too many": (("list", "more", "--json"), 2, "not-understood"),
    "two tasks": (("list", "--json", "projects"), 2, "word-ignored"),
    "a value that looks like a flag": (("new", "--base", "--fetch", "x", "--json"), 2, "not-understood"),
    "a project that is none": (("--project", "nothing", "list", "--json"), 2, "unknown-project"),
    "a dry run of what has none": (("--dry", "stop", "x", "--json"), 2, "no-dry-run"),
    "a file of settings that is not there": (("--config", "gone.yaml", "path", "x", "--json"), 2, "bad-flag"),
    "a name that is none": (("path", "nothing", "--json"), 2, "unknown-worktree"),
    "a name, of a shell function": (("--as", "wstop", "nothing", "--json"), 2, "unknown-worktree"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "code", "kind"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_one_document_and_nothing_beside_it(project, words, code, kind):
    done = project.program(*words)
    assert (done.code, done.json["error"]["code"], done.json["error"]["kind"]) == (code, code, kind)
    assert done.err == ""


@pytest.mark.parametrize("place", ["of the project", "of the user"])
def test_settings_that_cannot_be_read_are_one_document(project, nobodys_home, place):
    file = {"of the project": project.path / "invoke.yaml", "of the user": nobodys_home / ".invoke.yaml"}[
        place
    ]
    file.write_text("wt: {", encoding="utf-8")
    done = project.program("path", "nothing", "--json")
    assert (done.code, done.json["error"]["kind"], done.err) == (2, "settings-unreadable", "")


@pytest.mark.parametrize(
    ("where", "function", "words"),
    [
        ("invoke_program", "arranged", ["doctor", "--json"]),
        ("quick.plain_words", "read_plain", ["start", "x", "--json"]),
        ("quick.stack_tasks", "start_stack", ["start", "x", "--json"]),
    ],
)
def test_a_fault_of_ours_is_one_document_with_its_traceback_on_stderr(project, where, function, words):
    code = (
        "import sys\n"
        "from worktree_tasks.interface import program\n"
        f"import worktree_tasks.interface.{where} as module\n"
        f"module.{function} = lambda *_, **__: 1 // 0\n"
        f"sys.argv = ['worktree-tasks', *{words}]\n"
        "program.main()\n"
    )
    done = project.python(code)
    assert done.code == 1
    assert done.json["error"]["kind"] == "unexpected"
    assert done.err.startswith("Traceback")


@pytest.mark.parametrize("time", ["soon", "0", "nan", "inf"])
def test_a_time_that_cannot_be_meant_is_wrong_use(project, time):
    for task in ("new", "start"):
        assert (
            project.program(task, "x", "--timeout", time, "--json", code=2).json["error"]["kind"]
            == "bad-value"
        )


@pytest.mark.usefixtures("engine_answers")
def test_a_command_ends_when_its_time_is_over_and_the_same_command_finishes(project):
    hook = project.path / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    hook.chmod(0o755)
    words = ("new", "late", "--no-start", "--json", "--events")
    done = project.program(*words, "--timeout", "3", code=1)
    assert done.json["error"]["kind"] == "timed-out"
    last = [json.loads(line) for line in done.err.splitlines()][-1]
    assert last["state"] in ("failed", "note")
    hook.write_text("#!/bin/sh\ntouch hooked\n", encoding="utf-8")
    made = project.program(*words, code=0).json
    assert made["branch"] == "late"
    assert (Path(made["path"]) / "hooked").exists()
