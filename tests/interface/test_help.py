"""Help: the program's tasks in groups, what each takes, and the order in which `inv` lists them."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest
from harness.programs import PROGRAM

import worktree_tasks as wt
from worktree_tasks.interface import help_text
from worktree_tasks.interface.collection import GROUPS, STEPS
from worktree_tasks.interface.task_class import typed_name
from worktree_tasks.interface.task_table import read_table

FROM_PYTHON = (sys.executable, "-m", "worktree_tasks")
AS_WT = "import worktree_tasks as wt\nfrom invoke import Collection\nns = Collection(wt)\n"
INVOKES = ("--echo", "--pty", "--list-format", "--search-root", "--prompt-for-sudo-password")


def tasks_in(out):
    """Return the tasks that help shows, in its order."""
    first = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and line.split()]
    return [word for word in first if word in wt.ns.task_names]


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",), ("--list",), ("-l",)])
def test_the_program_shows_its_tasks_in_groups_without_steps(project, words):
    done = project.run(*FROM_PYTHON, *words)
    assert (done.code, done.err) == (0, "")
    assert tasks_in(done.out) == [typed_name(one) for _, tasks in GROUPS for one in tasks]
    titles = [line for line in done.out.splitlines() if line in {title for title, _ in GROUPS}]
    assert titles == [title for title, _ in GROUPS]
    assert "  run [NAME] SERVICE COMMAND…  " in done.out
    assert not any(flag in done.out for flag in INVOKES)


def test_every_task_is_in_one_group_or_a_step(project):
    grouped = [typed_name(one) for _, tasks in GROUPS for one in tasks] + [typed_name(one) for one in STEPS]
    assert sorted(grouped) == sorted(wt.ns.task_names, key=str)
    for words in (("--help", "--all"), ("--all", "--list"), ("help", "--all")):
        assert tasks_in(project.run(*FROM_PYTHON, *words).out) == grouped


@pytest.mark.parametrize("task", sorted(wt.ns.task_names))
@pytest.mark.parametrize("width", [40, 80])
def test_help_of_a_task_has_its_words_its_flags_and_an_example_that_can_be_typed(task, width):
    table = read_table()
    lines = help_text.of_task(task, inspect.getdoc(wt.ns[task]), table, width)
    assert lines[0].startswith(f"Usage: worktree-tasks {task}")
    examples = [line for line in lines if line.startswith("Example")]
    assert examples
    assert "inv wt." not in "\n".join(lines)
    assert any(f"worktree-tasks {task}" in line for line in examples)
    assert set(help_text.flags_of(task, table)) <= {word for line in lines for word in line.split()}
    assert all(len(line) <= width for line in lines[1:] if not line.startswith("Example"))


def test_a_paragraph_is_wrapped_as_a_whole_and_a_flag_says_what_it_does():
    table = read_table()
    said = help_text.of_task("agents-init", inspect.getdoc(wt.ns["agents-init"]), table, 80)
    paragraph = said[said.index("", 3) + 1 : said.index("", 5)]
    assert len(paragraph) > 1
    assert all(len(line) > 60 for line in paragraph[:-1])
    flags = "\n".join(help_text.of_task("new", inspect.getdoc(wt.ns["new"]), table, 120))
    assert re.search(r"--no-start +The stack stays down\.", flags)
    assert re.search(r"--no-hooks +Neither the project's hooks nor git's run\.", flags)


def test_values_are_shown_as_they_are_typed():
    flags = "\n".join(help_text.of_task("new", inspect.getdoc(wt.ns["new"]), read_table(), 120))
    assert re.search(r"--database DATABASE +shared: main's database; clone: a copy of it; empty: ", flags)


@pytest.mark.parametrize("words", ["--help --all", "--help new", "--version", "new --help"])
def test_a_reader_that_has_enough_gets_no_traceback(project, words):
    line = f"set -o pipefail; {PROGRAM} {words} | true; {PROGRAM} {words} | head -1"
    done = project.run("bash", "-c", line)
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("words", [["--help"], ["new", "--help"], ["--version"], ["shell-init", "bash"]])
def test_help_onto_a_full_disk_says_what_could_not_be_written(project, words):
    done = project.run("sh", "-c", '"$@" >/dev/full', "sh", *FROM_PYTHON, *words)
    assert (done.code, done.err.splitlines()[0]) == (
        1,
        "✗ the result cannot be written: No space left on device",
    )


def test_steps_are_shown_for_help_only_and_all_stays_a_flag_of_tasks(project):
    assert project.run(*FROM_PYTHON, "remove", "x", "--all").err.startswith("✗ remove has no flag --all")
    assert project.run(*FROM_PYTHON, "list", "--help", "--all").code == 0


@pytest.mark.parametrize(
    ("mounted", "name"),
    [
        ("from worktree_tasks import ns\n", "{}"),
        (AS_WT, "wt.{}"),
        (AS_WT.replace("(wt)", "(wt.collection('trees'))"), "trees.{}"),
    ],
)
def test_inv_lists_tasks_in_the_order_of_their_registration(make_project, mounted, name):
    out = make_project(tasks=mounted).inv("--list").out
    registered = [name.format(typed_name(wt.ns[one])) for one in wt.ns.tasks]
    listed = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and line.split()]
    assert [word for word in listed if word in registered] == registered
    assert registered[0] == name.format("new")
