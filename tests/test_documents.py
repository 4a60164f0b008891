"""The documents: what they name is there, and what is there they name."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import worktree_tasks as wt
from worktree_tasks.configuration.settings import DEFAULTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
PACKAGE = Path(wt.__file__).parent
TASKS = {name: wt.ns[name] for name in wt.ns.task_names}
SETTINGS = (DEFAULTS.keys() - {"services"}) | {f"services.{key}" for key in DEFAULTS["services"]}
# README says of these in one sentence which tasks have them.
COMMON = {"json", "quiet", "verbose", "hooks"}
FUNCTIONS = {"wt": ("new", "start"), "wl": ("list",), "wstart": ("start",), "wstop": ("stop",)}
FUNCTIONS |= {"wr": ("remove",), "wclean": ("clean",)}
# What the functions take beside the flags of their tasks.
OF_FUNCTIONS = {"--help", "--create", "--all"}
OF_PROGRAM = {"project", "list", "help", "version"}


def rows(text, heading):
    """Return the cells of each row of the tables that have a heading."""
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == heading:
            inside = True
        elif inside and set(cells[0]) != {"-"}:
            yield cells


def codes(text):
    return re.findall(r"`([^`]+)`", text)


@cache
def flags(task):
    """Return a task's flags as they are typed, by the parameter's name."""
    found = {one.name: one for one in TASKS[task].get_arguments() if not one.positional}
    return {
        name.replace("_", "-"): f"--no-{name}" if one.default is True else f"--{name.replace('_', '-')}"
        for name, one in found.items()
    }


def usages():
    """Return what README's table of tasks has of each: the task's name and the words after it."""
    for cells in rows(README, "task"):
        for usage in codes(cells[0]):
            name, _, words = usage.removeprefix("wt.").partition(" ")
            yield name, words


def commands():
    """Return the lines of README that call a task: the task's possible names, and the words after it."""
    for line in README.splitlines():
        for code in [line.strip().removeprefix("$ ")] if line.startswith("    ") else codes(line):
            first, *words = code.partition("  #")[0].split() or [""]
            if first in ("inv", "worktree-tasks") and words and not words[0].startswith("-"):
                yield code, (words[0].removeprefix("wt."),), words[1:]
            elif first in FUNCTIONS:
                yield code, FUNCTIONS[first], words
            elif first.startswith("wt.") and "(" not in first and words:
                yield code, (first.removeprefix("wt."),), words


def test_readme_tells_of_every_task_with_all_its_flags_and_of_no_other():
    told = dict(usages())
    assert set(told) == set(TASKS)
    for name, words in told.items():
        written = set(re.findall(r"--[a-z-]+", words))
        theirs = flags(name)
        assert written == {flag for parameter, flag in theirs.items() if parameter not in COMMON}, name


def test_readme_calls_tasks_by_names_and_flags_that_they_have():
    seen = list(commands())
    assert len(seen) > 20, "README shows commands"
    for code, names, words in seen:
        for name in names:
            assert name in TASKS, code
        theirs = set(chain.from_iterable(flags(name).values() for name in names)) | OF_FUNCTIONS
        assert {word for word in words if re.fullmatch(r"--[a-z-]+", word)} <= theirs, code


def test_readme_names_nothing_of_ours_that_is_not_there():
    known = {*TASKS, *wt.__all__, *DEFAULTS, "env"}
    for text in (README, ERRORS):
        found = {name.rstrip("-") for name in re.findall(r"\bwt\.([a-z][a-z_-]*)", text)}
        assert found - known == set()


@pytest.mark.parametrize("key", sorted(SETTINGS))
def test_readme_has_every_setting_with_its_default(key):
    told = {codes(cells[0])[0]: cells[1] for cells in rows(README, "key")}
    default = DEFAULTS.get(key)
    assert key in told
    if default:
        assert codes(told[key]) == [default]
    else:
        assert told[key], "in words"


def test_readme_has_no_setting_that_is_not_there():
    keys = {codes(cells[0])[0] for cells in rows(README, "key")}
    assert keys == SETTINGS


def test_every_shell_function_is_told_of():
    told = {codes(cells[0])[0].split()[0] for cells in rows(README, "type")}
    assert told == set(FUNCTIONS)


def test_the_help_of_every_task_has_an_example():
    assert [name for name, task in TASKS.items() if "Example" not in (task.__doc__ or "")] == []


def test_readmes_tasks_py_keeps_a_projects_own_tasks_and_lists_ours_behind_them(make_project):
    shown = next(
        text for text in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "from_module" in text
    )
    own = "".join(f"@task\ndef {name}(c):\n    print('own {name}')\n\n" for name in ("zebra", "build"))
    project = make_project(tasks=f"from invoke import task\n\n{own}{shown}")
    listed = [line.split()[0] for line in project.inv("--list").out.splitlines() if line.startswith("  ")]
    assert listed[:3] == ["build", "zebra", "wt.new"]
    assert project.inv("zebra").out == "own zebra\n"


def test_links_between_the_documents_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/errors.md", "docs/agents.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT / name).parent / link).exists(), f"{name}: {link}"


@cache
def raised():
    """Return the kinds of the errors that the source makes, and the places that give an error none."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    kinds, of_class, missing = set(), {"WorktreeTasksError": False, "Unclear": False}, []
    for _ in range(4):  # errors of errors of errors of errors
        for _, node in nodes:
            if isinstance(node, ast.ClassDef) and (bases := of_class.keys() & set(map(_called, node.bases))):
                own = [one.value.value for one in node.body if _assigns_kind(one)]
                kinds.update(own)
                of_class[node.name] = bool(own) or any(of_class[base] for base in bases)
    for path, node in nodes:
        if isinstance(node, ast.Call) and _called(node.func) in of_class:
            given = [one.value for one in node.keywords if one.arg == "kind"]
            kinds.update(text for one in given for text in _texts(one))
            if not given and not of_class[_called(node.func)]:
                missing.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    return kinds, missing


def _called(node):
    return getattr(node, "attr", None) or getattr(node, "id", None)


def _texts(node):
    """Return the words that an expression can be, where they stand in it."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) else []


def _assigns_kind(node):
    return isinstance(node, ast.Assign) and _called(node.targets[0]) == "kind"


def test_every_error_has_a_kind():
    assert raised()[1] == [], "give each of these a kind, as in Failure(…, kind='port-taken')"


def test_the_table_of_messages_has_a_row_for_every_kind_of_error_and_for_no_other():
    kinds = raised()[0]
    rows_of = [cells[0].strip("`") for cells in rows(ERRORS, "kind")]
    assert len(kinds) > 100, "errors are found in the source"
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", kind) for kind in kinds), (
        "words with dashes between them"
    )
    assert kinds - set(rows_of) == set(), "write a row for each of these into docs/errors.md"
    assert set(rows_of) - kinds == set(), "nothing raises these: take their rows out of docs/errors.md"
    assert len(rows_of) == len(set(rows_of)), "a kind has one row, with all its messages"


def test_every_message_of_readme_stands_in_the_whole_table_too():
    whole = {message for cells in rows(ERRORS, "kind") for message in codes(cells[1])}
    assert {message for cells in rows(README, "message") for message in codes(cells[0])} - whole == set()
