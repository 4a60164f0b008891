"""Hints are commands that can be typed as they stand, by inv, the program or the shell functions."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from functools import cache

import pytest
from harness.programs import PACKAGE
from harness.projects import record_worktrees

import worktree_tasks as wt
from worktree_tasks.configuration.settings import DEFAULTS
from worktree_tasks.errors import Failure
from worktree_tasks.interface import command_spelling
from worktree_tasks.interface.command_spelling import Dialect, render
from worktree_tasks.interface.output import documents
from worktree_tasks.interface.task_table import FUNCTIONS

INV = Dialect(inv="inv")
PROGRAM = Dialect()
FUNCTION = Dialect(prefix="")
ABOUT = re.compile(r"(?<!setting )(?<![\w./'\"-])wt\.([a-z][a-z-]*)((?: --?[a-z-]+| [a-z]\b| [A-Z]+\b)*)")
AS_WT = "import worktree_tasks as wt\nfrom invoke import Collection\nns = Collection(wt)\n"
DEAD_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@cache
def hints():
    """Return the calls that texts of the package name: the task, and the words behind it."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        skipped = {id(one) for node in ast.walk(tree) for one in documented(node)}
        for node in ast.walk(tree):
            if id(node) not in skipped and (text := words_in(node)):
                found |= {(name, words.strip()) for name, words in ABOUT.findall(text)}
    return sorted(one for one in found if one[0] in wt.ns.task_names)


def documented(node):
    """Return the docstring of what has one, and the parts of a text that is looked at as a whole."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    holds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    first = node.body[0] if isinstance(node, holds) and node.body else None
    return [first.value] if isinstance(first, ast.Expr) else []


def words_in(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else "x" for one in node.values)
    return ""


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (INV, "push it; or inv wt.remove pay --force, which"),
        (PROGRAM, "push it; or worktree-tasks remove pay --force, which"),
        (FUNCTION, "push it; or wr pay --force, which"),
        (Dialect(prefix="g"), "push it; or gwr pay --force, which"),
        (Dialect(prefix="", project="my shop"), "push it; or wr 'my shop' pay --force, which"),
        (Dialect(project="shop"), "push it; or worktree-tasks --project shop remove pay --force, which"),
        (
            Dialect(inv="invoke", names={"remove": "trees.remove"}),
            "push it; or invoke trees.remove pay --force, which",
        ),
    ],
)
def test_a_task_is_said_as_it_is_typed(dialect, text):
    assert render("push it; or wt.remove pay --force, which", dialect) == text
    assert render("inv wt.remove pay", dialect) == render("wt.remove pay", dialect)


def test_each_function_stands_for_its_task_and_the_program_for_all_others():
    assert {name: FUNCTION.call(task) for name, (task, *_) in FUNCTIONS.items()} == {
        name: name for name in FUNCTIONS
    }
    assert FUNCTION.call("doctor") == "worktree-tasks doctor"
    assert Dialect(prefix="g", project="shop").call("start-all") == "gwstart shop --all"


@pytest.mark.parametrize(
    "text",
    [
        "name its files in the setting wt.compose, such as `compose: [x]`",
        "setting wt.services.own names 'x'",
        "set wt.base to a branch",
        "no worktree is called 'wt.new'",
        "~/wt.list/x",
        "wt.newer is not known",
        "wt.hooks.before_start",
    ],
)
def test_settings_and_names_are_not_taken_for_tasks(text):
    assert render(text, PROGRAM) == text


def test_a_setting_that_is_called_as_a_task_is_always_called_one():
    both = "|".join(sorted({*DEFAULTS} & {name.replace("-", "_") for name in wt.ns.task_names}))
    assert "compose" in both
    for file in PACKAGE.rglob("*.py"):
        texts = [words_in(node) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
        told = [one for one in texts if one and re.search(rf"(?<!setting )\bwt\.(?:{both}): ", one)]
        assert told == [], file


def test_an_error_on_another_machine_leaves_the_spelling_to_its_caller(monkeypatch):
    failure = Failure("it stopped", "wt.start pay", ["see wt.logs pay"], kind="not-ready")
    monkeypatch.setattr(command_spelling, "_spoken", INV)
    monkeypatch.setattr(command_spelling, "_for_caller", False)
    assert documents.error(failure)["error"]["hint"] == "worktree-tasks start pay"
    command_spelling.use_received_dialect(command_spelling.dialect_to_send())
    error = documents.error(failure)["error"]
    assert (error["hint"], error["details"]) == ("wt.start pay", ["see wt.logs pay"])


def test_a_worktree_that_is_called_as_a_task_keeps_its_name():
    assert render("wt.remove wt.new finishes it", PROGRAM) == "worktree-tasks remove wt.new finishes it"


def test_every_hint_has_flags_that_its_task_has():
    assert len(hints()) > 20, "hints are found in the source"
    for name, words in hints():
        theirs = {one.name.replace("_", "-") for one in wt.ns[name].get_arguments()}
        # A flag that is put in from a value is `x` here.
        assert set(re.findall(r"--(?:no-)?([a-z-]+)", words)) <= {*theirs, "x"}, (name, words)


def test_no_text_below_the_interface_has_a_dialect_of_its_own():
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse("" if "interface" in file.parts else file.read_text(encoding="utf-8"))
        texts = [words_in(node) for node in ast.walk(tree)]
        assert [one for one in texts if re.search(r"\binv wt\.|worktree-tasks [a-z]+ [a-z]", one)] == [], file


def test_the_first_words_of_every_hint_run_in_each_dialect(project):
    tasks = sorted({name for name, _ in hints()})
    project.write("tasks.py", AS_WT)
    lines = [f"{dialect.call(task)} --help" for task in tasks for dialect in (PROGRAM, FUNCTION)]
    lines += [INV.call(task).replace("inv ", "inv --help ") for task in tasks]
    seen = [f"{line} >/dev/null || echo failed: {shlex.quote(line)}" for line in dict.fromkeys(lines)]
    functions = project.program("shell-init", "bash").out
    done = project.run("bash", "-c", "\n".join((functions, *seen)))
    assert (done.out, done.err) == ("", "")


NAMES = {
    "from worktree_tasks import ns\n": "inv list shows them all",
    AS_WT: "inv wt.list shows them all",
    AS_WT.replace("(wt)", "(wt.collection('trees'))"): "inv trees.list shows them all",
}


@pytest.mark.parametrize("tasks", NAMES)
def test_inv_says_tasks_as_the_project_has_them(make_project, tasks):
    project = make_project(tasks=tasks)
    own = next(iter(NAMES[tasks].split()[1:])).replace("list", "path")
    done = project.inv(own, "nothing")
    assert done.code == 2
    assert NAMES[tasks] in done.err


def test_of_several_collections_the_tasks_of_the_called_one_are_said(make_project):
    project = make_project(
        tasks="import worktree_tasks as wt\nfrom invoke import Collection\n"
        "ns = Collection(wt.collection('a'), wt.collection('b'), wt.collection('c'))\n"
    )
    for name in "abc":
        assert f"inv {name}.list shows them all" in project.inv(f"{name}.path", "nothing").err


def test_a_task_of_the_projects_own_that_calls_ours_says_tasks_as_inv_has_them(make_project):
    project = make_project(
        tasks="import worktree_tasks as wt\nfrom invoke import Collection, task\n"
        "@task\ndef mine(c): wt.path(c, 'nothing')\nns = Collection(mine, wt.collection('trees'))\n"
    )
    assert "inv trees.list shows them all" in project.inv("mine").err


def test_the_program_says_tasks_as_it_has_them_and_repeats_the_project(project, tmp_path):
    assert "worktree-tasks list shows them all" in project.program("path", "nothing").err
    done = project.program("--project", str(project.path), "path", "nothing", cwd=tmp_path)
    assert f"worktree-tasks --project {project.path} list shows them all" in done.err


def test_a_document_has_tasks_as_the_program_has_them_whoever_asked(project):
    for asked in (project.inv, project.program):
        error = asked("path", "nothing", "--json").json["error"]
        assert error["hint"] == "worktree-tasks list shows them all"


def test_the_program_that_is_in_no_directory_of_path_is_said_as_it_was_started(project):
    done = project.program("path", "nothing", env={"PATH": "/usr/bin:/bin"})
    assert f"{sys.executable} -m worktree_tasks list shows them all" in done.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_functions_say_themselves(project, open_shell, shell, tmp_path):
    record_worktrees(project, "pay")
    at = open_shell(shell, project.path, env=DEAD_ENGINE)
    assert "; wl shows them all" in at.run("wstart nothing").said
    assert "; wl shop shows them all" in at.run(f"cd {tmp_path}; wstart shop nothing").said
    prefixed = open_shell(shell, project.path, env=DEAD_ENGINE, prefix="g")
    assert "; gwl shows them all" in prefixed.run("gwstart nothing").said
    assert "gwr [[PROJECT] NAME]" in prefixed.run("gwr --help").said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_functions_bring_the_program_that_hints_name(project, open_shell, shell):
    at = open_shell(shell, project.path, env={"PATH": "/usr/bin:/bin"})
    assert at.run("worktree-tasks --version").code == 0
