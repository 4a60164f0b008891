"""What a terminal, and whoever splits lines, gets of texts that are not ours."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import worktree_tasks
from worktree_tasks.errors import Failure
from worktree_tasks.printable import lines_of, printable, said_last, shown

PACKAGE = Path(worktree_tasks.__file__).parent
ANYTHING = st.text(alphabet=st.characters(codec=None))
# Whose lines they split is ours: docstrings, the table of tasks, SQLite's own words.
SPLIT_THEIR_OWN = {
    "interface/task_table.py",
    "orchestration/flows/doctor/state_integrity.py",
}


@given(ANYTHING)
def test_a_name_always_fits_one_line_that_any_terminal_can_show(name):
    line = printable(name)
    assert line.isprintable()
    line.encode()


@given(ANYTHING)
def test_an_error_shows_nothing_raw_and_keeps_it_for_documents(text):
    error = Failure(text, text, (text,))
    first, *rest = str(error).split("\n")
    assert len(rest) == 1 + bool(text)
    assert all(line.replace("\t", "").isprintable() for line in (first, *rest))
    assert error.message == str(error)
    assert (error.what, error.hint, error.details) == (text, text, (text,))
    assert json.loads(json.dumps(error.what)) == text


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_only_line_ends_end_a_line(separator):
    assert lines_of(f"a{separator}b\nc\r\n") == [f"a{separator}b", "c"]


def test_no_output_has_no_lines_and_an_empty_line_is_one():
    assert lines_of("") == []
    assert lines_of("\n") == [""]
    assert lines_of("a\n\nb") == ["a", "", "b"]


def test_the_last_line_tells_why():
    assert said_last("warning: x\nfatal: a\u2028b\n\n", "exit code 1") == "fatal: a\u2028b"
    assert said_last(" \n", "exit code 1") == "exit code 1"


def test_gits_reason_is_above_its_advice():
    said = (
        "warning: x\nfatal: not yours\nTo trust it, call:\n\n\tgit config --global --add safe.directory /x\n"
    )
    assert said_last(said, "exit code 128") == "fatal: not yours"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("bell\x07, back\x08", "bell, back"),
        ("a\tb", "a\tb"),
        ("not \udcff UTF-8", "not \\udcff UTF-8"),
    ],
)
def test_a_program_s_line_loses_its_colours_and_can_do_nothing(line, words):
    assert shown(line) == words


def test_one_module_writes_on_our_streams():
    found = {
        (file.relative_to(PACKAGE).as_posix(), node.func.attr)
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"write", "writelines", "print"}
        and ast.unparse(node.func.value).startswith(("sys.std", "sys.__std"))
    }
    assert found == {("interface/output/standard_streams.py", "write")}


def test_no_module_splits_lines_that_programs_and_files_of_others_hold():
    found = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "splitlines"
    }
    assert found == SPLIT_THEIR_OWN
