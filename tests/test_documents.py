"""The documents: what they name is there, and what is there they name."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain, product
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
OF_PROGRAM = {"project", "list", "help", "version"}
ANYTHING = "\N{HORIZONTAL ELLIPSIS}"


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
        theirs = set(chain.from_iterable(flags(name).values() for name in names)) | {"--help"}
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


def test_links_between_the_documents_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/errors.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT / name).parent / link).exists(), f"{name}: {link}"


@cache
def messages():
    """Return all messages of errors in the source."""
    return tuple(_messages())


def _messages():
    """Yield where errors are made with which words, values written as an ellipsis.

    One whose words all come from elsewhere, such as git's or the system's, has none of its own to look up.
    """
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    classes = {"WorktreeTasksError", "Unclear"}
    for _ in range(3):  # errors of errors of errors
        for tree in trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and {_called(base) for base in node.bases} & classes:
                    classes.add(node.name)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _makes(node, classes, path):
                for text in _texts(node.args[0]):
                    if re.search("[a-z]{2}", text):
                        yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text


def _called(node):
    return getattr(node, "attr", None) or getattr(node, "id", None)


def _makes(call, classes, path):
    # An error class of its own words hands them to its base.
    base = ast.unparse(call.func) == "super().__init__" and path.name in ("errors.py", "session.py")
    return base or _called(call.func) in classes


def _texts(node):
    """Return what a message can be; one that is chosen on the spot can be several."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(chosen) for chosen in product(*map(_texts, parts))]
        case ast.BinOp(left=one, op=ast.Add(), right=other):
            return ["".join(chosen) for chosen in product(_texts(one), _texts(other))]
        case ast.FormattedValue(value=ast.IfExp() as choice) | (ast.IfExp() as choice):
            return [*_texts(choice.body), *_texts(choice.orelse)]
        case _:
            return [ANYTHING]


def patterns(text):
    for cells in rows(text, "message"):
        yield from codes(cells[0])


def matches(pattern, message):
    parts = map(re.escape, pattern.split(ANYTHING))
    return re.fullmatch(".*".join(parts), message) is not None


def test_every_error_has_a_row_in_the_table_of_messages():
    known = list(patterns(ERRORS))
    made = messages()
    assert len(made) > 100, "errors are found in the source"
    assert [one for one in made if not any(matches(pattern, one[1]) for pattern in known)] == []


@pytest.mark.parametrize("document", [README, ERRORS], ids=["README.md", "docs/errors.md"])
def test_every_row_of_the_table_of_messages_is_an_error(document):
    made = [text for _, text in messages()]
    for pattern in patterns(document):
        assert re.search("[a-z]{2}", pattern), f"{pattern} would match anything"
        assert any(matches(pattern, one) for one in made), pattern


def test_every_message_of_readme_stands_in_the_whole_table_too():
    assert set(patterns(README)) - set(patterns(ERRORS)) == set()
