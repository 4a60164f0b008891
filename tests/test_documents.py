"""The documents: what they name is there, and what is there they name."""

from __future__ import annotations

import ast
import builtins
import re
import runpy
from functools import cache
from itertools import chain
from pathlib import Path
from textwrap import dedent

import pytest

import worktree_tasks as wt
from worktree_tasks.configuration.settings import DEFAULTS
from worktree_tasks.interface.collection import program_collection

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = {path: path.read_text(encoding="utf-8") for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))}
OF_USERS = {path: text for path, text in DOCUMENTS.items() if path.parent != ROOT or path.name == "README.md"}
ERRORS = DOCUMENTS[DOCS / "errors.md"]
PAGES = runpy.run_path(str(ROOT / "ci" / "reference.py"))["pages"]
PACKAGE = Path(wt.__file__).parent
PROGRAM = program_collection()
TASKS = {name: PROGRAM[name] for name in PROGRAM.task_names}
SETTINGS = (DEFAULTS.keys() - {"services"}) | {f"services.{key}" for key in DEFAULTS["services"]}
FUNCTIONS = {"wt": ("new", "start"), "wl": ("list",), "wstart": ("start",), "wstop": ("stop",)}
FUNCTIONS |= {"wr": ("remove",), "wclean": ("clean",)}
# What the functions take beside the flags of their tasks.
OF_FUNCTIONS = {"--help", "--create", "--all"}


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
    typed = {
        name.replace("_", "-"): f"--no-{name}" if one.default is True else f"--{name.replace('_', '-')}"
        for name, one in found.items()
    }
    return typed | {f"not {name}": f"--{name}" for name, one in found.items() if hasattr(one, "undecided")}


def commands(text):
    """Yield the commands of a document that call a task: its possible names, and the words after it."""
    for line in text.splitlines():
        for code in [line.strip().removeprefix("$ ")] if line.startswith("    ") else codes(line):
            first, *words = re.sub('".*?"', "QUOTED", code).partition("  #")[0].split() or [""]
            if first in ("inv", "worktree-tasks") and words and not words[0].startswith("-"):
                yield code, (words[0].removeprefix("wt."),), words[1:]
            elif first in FUNCTIONS:
                yield code, FUNCTIONS[first], words
            elif re.fullmatch(r"wt\.[a-z-]+", first) and words:
                yield code, (first.removeprefix("wt."),), words


def slug(heading):
    """Return the anchor of a heading, as GitHub and MkDocs make it."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip("# ")).replace("`", "")
    return re.sub(r"[\s]", "-", re.sub(r"[^\w\s-]", "", text.lower()).strip())


def test_what_the_documents_have_from_the_source_is_what_the_source_says_now():
    stale = [str(path.relative_to(ROOT)) for path, text in PAGES().items() if DOCUMENTS.get(path) != text]
    assert stale == [], "run `inv table`"


def test_every_task_has_a_page_with_all_its_flags_and_nothing_else_has_one():
    pages = {path.stem: DOCUMENTS[path] for path in DOCS.glob("tasks/*.md")}
    assert pages.keys() - {"index"} == TASKS.keys()
    index = {
        codes(cells[0])[0].removeprefix("wt.").removeprefix("worktree-tasks ").split()[0]
        for cells in rows(pages["index"], "task")
    }
    assert index == TASKS.keys()
    for name in TASKS:
        written = {codes(cells[0])[0].split()[0] for cells in rows(pages[name], "flag")}
        assert written == set(flags(name).values()), name


def test_documents_call_tasks_by_names_and_flags_that_they_have():
    seen = [one for text in OF_USERS.values() for one in commands(text)]
    assert len(seen) > 100, "documents show commands"
    for code, names, words in seen:
        for name in names:
            assert name in TASKS, code
        theirs = set(chain.from_iterable(flags(name).values() for name in names)) | OF_FUNCTIONS
        assert {word for word in words if re.fullmatch(r"--[a-z-]+", word)} <= theirs, code


def test_documents_name_nothing_of_ours_that_is_not_there():
    known = {*wt.ns.task_names, *wt.__all__, *DEFAULTS, "env"}
    for path, text in OF_USERS.items():
        found = {name.rstrip("-") for name in re.findall(r"(?<!/)\bwt\.([a-z][a-z_-]*)", text)}
        assert found - known == set(), path


def test_contributing_calls_functions_that_are_there():
    blocks = re.findall(r"(?:^ {8}.*\n|^\n)+", DOCUMENTS[ROOT / "CONTRIBUTING.md"], re.MULTILINE)
    shown = (dedent(one).strip().replace("…", "...") for one in blocks)
    code = [ast.parse(one) for one in shown if one.startswith(("def ", "class ", "@"))]
    found = [node for one in code for node in ast.walk(one)]
    called = {one.func.id for one in found if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}
    texts = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    there = {name for text in texts for name in re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE)}
    assert "find_tree" in called
    assert called - there - set(dir(builtins)) == {"Size"}, "only the example's own type"


def test_the_table_of_settings_has_each_with_its_default_and_no_other():
    told = {codes(cells[0])[0]: cells[1] for cells in rows(DOCUMENTS[DOCS / "configuration.md"], "key")}
    assert told.keys() == SETTINGS
    for key, written in told.items():
        default = DEFAULTS.get(key)
        assert codes(written) == [default] if default else written, key


def test_python_has_every_function_that_the_package_has():
    headings = set(re.findall(r"^### wt\.(\w+)$", DOCUMENTS[DOCS / "python.md"], re.MULTILINE))
    assert headings == set(wt.__all__) - {"ns"}


def test_every_shell_function_is_told_of():
    told = {codes(cells[0])[0].split()[0] for cells in rows(DOCUMENTS[DOCS / "shell.md"], "type")}
    assert told == set(FUNCTIONS)


def test_the_help_of_every_task_has_an_example():
    assert [name for name, task in TASKS.items() if "Example" not in (task.__doc__ or "")] == []


def test_a_tasks_py_as_it_is_shown_keeps_a_projects_own_tasks_and_lists_ours_behind_them(make_project):
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENTS[DOCS / "install.md"], re.DOTALL)
    shown = next(text for text in blocks if "from_module" in text)
    own = "".join(f"@task\ndef {name}(c):\n    print('own {name}')\n\n" for name in ("zebra", "build"))
    project = make_project(tasks=f"from invoke import task\n\n{own}{shown}")
    listed = [line.split()[0] for line in project.inv("--list").out.splitlines() if line.startswith("  ")]
    assert listed[:3] == ["build", "zebra", "wt.new"]
    assert project.inv("zebra").out == "own zebra\n"


@pytest.mark.parametrize("path", sorted(DOCUMENTS), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(path):
    for link in re.findall(r"\]\(([^):]+)\)", DOCUMENTS[path]):
        name, _, anchor = link.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), link
        if anchor:
            headings = re.findall(r"^#+ .*$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), link


@cache
def raised():
    """Return the kinds of the errors that the source makes, and the places that give an error none."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    kinds, of_class, missing = set(), {"WorktreeTasksError": False}, []
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


def _pieces(text):
    """Return the pieces between values (`…`) and colons, which may come from several places of the source."""
    return {piece.strip(" '\"`") for piece in re.split("…|: ?|\n", text)}


def test_messages_in_the_table_are_worded_as_in_the_source():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]
    nodes = chain.from_iterable(ast.walk(tree) for tree in trees)
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    source = {""}.union(*map(_pieces, texts))
    messages = {message for cells in rows(ERRORS, "kind") for message in codes(cells[1])}
    changed = {one for one in messages if not _pieces(one) <= source}
    assert changed == set(), "write these into docs/errors.md as they are now"
