"""The package as a whole: what it is called, what it loads, and a copy of it under another name."""

from __future__ import annotations

import ast
import os
import re
import shutil
from pathlib import Path

import pytest

import worktree_tasks as wt

PACKAGE = Path(wt.__file__).parent
HEAVY = ("docker", "git", "rich", "yaml", "dotenv", "requests")


def loaded(project, code):
    report = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = project.python(f"{code}\n{report}")
    assert done.code == 0, done.err
    return set(done.out.splitlines()[-1].split())


def test_the_collection_is_called_wt():
    assert wt.ns.name == "wt"


def test_every_exported_name_is_there():
    assert [name for name in wt.__all__ if not hasattr(wt, name)] == []


def test_every_task_is_exported_under_its_name():
    names = {name.replace("-", "_") for name in wt.ns.task_names}
    assert names <= set(wt.__all__)


def test_no_module_directly_under_the_package_bears_a_tasks_name():
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules & {name.replace("-", "_") for name in wt.ns.task_names} == set()


def test_every_task_takes_json_and_begins_its_help_with_a_short_line():
    for name in wt.ns.task_names:
        task = wt.ns[name]
        first = (task.__doc__ or "").splitlines()[0]
        assert 0 < len(first) < 60, name
        assert first.endswith("."), name
        assert "json" in {argument.name for argument in task.get_arguments()}, name


def test_importing_the_package_loads_nothing_heavy(project):
    of_invoke = loaded(project, "import invoke")
    assert (loaded(project, "import worktree_tasks") - of_invoke) & set(HEAVY) == set()


def test_importing_the_package_does_not_load_invoke_before_a_task_is_asked_for(project):
    assert "invoke" not in loaded(project, "import worktree_tasks")
    assert "invoke" in loaded(project, "from worktree_tasks import new")


@pytest.mark.engine
def test_listing_and_path_load_no_sdk(project, engine_answers):
    assert project.inv("new", "x", "--no-start").code == 0
    code = (
        "import worktree_tasks as wt\n"
        "from invoke.context import Context\n"
        "assert [tree.name for tree in wt.list(Context()).worktrees] == ['x']\n"
        "assert wt.path(Context(), 'x').is_dir()\n"
    )
    assert loaded(project, code) & {"docker", "git", "requests"} == set()


def test_a_copy_vendored_under_another_name_lists_its_tasks(project):
    shutil.copytree(PACKAGE, project.path / "vendored", ignore=shutil.ignore_patterns("__pycache__"))
    project.write(
        "tasks.py", "import vendored\nfrom invoke.collection import Collection\nns = Collection(vendored)\n"
    )
    done = project.inv("--list")
    assert done.code == 0, done.err
    assert "wt.new" in done.out
    names = project.python("import vendored, sys; print('worktree_tasks' in sys.modules)")
    assert names.out.strip() == "False"


def test_the_version_is_a_literal_that_a_copy_keeps():
    assert re.search(r'^__version__ = "\d+\.\d+\.\d+"$', (PACKAGE / "__init__.py").read_text(), re.MULTILINE)


def test_what_is_tested_is_the_wheel_where_one_was_built():
    wheel = os.environ.get("WT_TEST_WHEEL")
    assert wheel is None or PACKAGE.is_relative_to(wheel)


def test_no_name_that_a_package_exports_is_also_one_of_its_modules():
    # Importing the module would put it in the place of what is exported.
    for init in PACKAGE.rglob("__init__.py"):
        tables = (
            node.args[1]
            for node in ast.walk(ast.parse(init.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "exporting"
        )
        names = " ".join(text for table in tables for text in ast.literal_eval(table).values())
        assert {*names.split()} & {module.stem for module in init.parent.iterdir()} == set(), init


def test_no_two_classes_share_a_name():
    defined: dict[str, list[str]] = {}
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                defined.setdefault(node.name, []).append(str(module.relative_to(PACKAGE)))
    assert {name: where for name, where in defined.items() if len(where) > 1} == {}


# They say nothing of what a function returns or does.
_EMPTY = re.compile(
    r"_(of|told|left|said|done|all|one|asked|given|seen|made|own|taken|same|do|here|there|known|new)"
)


def test_no_helper_has_a_name_that_says_nothing():
    empty = [
        f"{module.relative_to(PACKAGE)}: {node.name}"
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and _EMPTY.fullmatch(node.name)
    ]
    assert empty == []
