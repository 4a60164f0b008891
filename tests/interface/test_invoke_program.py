"""The program: what it makes of words before Invoke reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from harness.programs import PROGRAM
from harness.projects import record_worktrees

FROM_PYTHON = (sys.executable, "-m", "worktree_tasks")


@pytest.mark.parametrize(
    "words",
    [
        ("--help", "start"),
        ("start", "--help"),
        ("start", "-h"),
        ("start", "auth-feature", "--help"),
    ],
)
def test_help_of_a_task_is_had_on_either_side_of_its_name(project, words):
    done = project.run(*FROM_PYTHON, *words)
    assert (done.code, done.err) == (0, "")
    assert "Bring a worktree's stack up" in done.out
    assert "--build" in done.out


def test_help_of_a_task_is_had_outside_of_any_project(project):
    done = project.run(*FROM_PYTHON, "new", "--help", cwd=Path("/"))
    assert done.code == 0, done.err
    assert "Example: worktree-tasks new auth-feature" in done.out


@pytest.mark.parametrize("words", [("wt.projects", "--json"), ("--project", ".", "wt.projects", "--json")])
def test_a_task_is_known_by_the_name_that_hints_have_for_it(project, words):
    done = project.run(*FROM_PYTHON, *words)
    assert (done.code, done.err) == (0, "")
    assert done.out == project.run(*FROM_PYTHON, "projects", "--json").out


def test_a_worktree_may_be_called_as_hints_name_a_task(project):
    done = project.run(*FROM_PYTHON, "path", "wt.list")
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ shop has no worktree called 'wt.list'")


def test_name_may_be_left_out_inside_a_worktree(project):
    record_worktrees(project, "auth", "web")
    inside = project.root / "auth"
    assert project.run(*FROM_PYTHON, "path", cwd=inside).out == f"{inside}\n"
    done = project.run(*FROM_PYTHON, "run", "nothing", "ls", "-l", cwd=inside)
    assert "auth" in done.err.splitlines()[0]
    done = project.run(*FROM_PYTHON, "path")
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ path needs NAME, since this is not a worktree")


def test_a_project_that_is_not_known_yet_is_found_by_its_directory(project):
    done = project.run(*FROM_PYTHON, "--project", str(project.path), "path", "auth", cwd=Path("/"))
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ shop has no worktree called 'auth'")


def test_a_project_that_is_neither_a_name_nor_a_directory_is_not_known(project):
    done = project.run(*FROM_PYTHON, "--project", "nowhere", "path", "auth", cwd=Path("/"))
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ no project is called 'nowhere'")


# What a repository may have in its root, under names that the program imports or that Invoke reads.
MODULES = ("invoke", "tasks", "git", "docker", "yaml", "rich", "typing", "json", "dotenv", "__future__")


@pytest.mark.parametrize("words", ["projects", "list", "plan x", "--as wl", "--candidates wt x"])
@pytest.mark.parametrize("program", [FROM_PYTHON, (PROGRAM,)])
def test_no_code_of_a_repository_runs_in_the_program(project, program, words):
    for name in MODULES:
        project.write(f"{name}.py", f"open({str(project.path / 'ran')!r}, 'a').write({name!r})\n")
    project.run(*program, *words.split())
    assert not (project.path / "ran").exists()


@pytest.mark.parametrize("name", ["invoke.yaml", "invoke.json"])
def test_the_program_reads_a_projects_settings_from_data(project, name):
    project.write(name, '{"wt": {"wait": "soon"}}')
    assert "setting wt.wait = 'soon'" in project.run(*FROM_PYTHON, "list").err


def test_settings_that_are_no_settings_are_an_error_in_one_line_and_soon(project):
    many = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    texts = {
        "wt: {wait: soon\n": "cannot be read as settings (line 2)",
        "wt: !!python/object/apply:os.getcwd []\n": "cannot be read as settings (line 1)",
        "wt: " + "[" * 20_000 + "]" * 20_000: "cannot be read as settings",
        f"a0: &a0 [x]\n{many}wt: {{root: *a11}}\n": "is too large",
        "wt: {env: &a [*a]}\n": "is too large",
        "x" * 2_000_000: "is too large",
    }
    for text, said in texts.items():
        project.write("invoke.yaml", text)
        done = project.run(*FROM_PYTHON, "list")
        assert (done.code, done.err.splitlines()[0]) == (2, f"✗ {project.path}/invoke.yaml {said}")
    (project.path / "invoke.yaml").unlink()
    os.mkfifo(project.path / "invoke.yaml")
    assert "invoke.yaml is not a file" in project.run(*FROM_PYTHON, "list").err


@pytest.mark.parametrize(
    ("text", "said"),
    {
        "- a": "invoke.yaml cannot be read as settings",
        "wt: [1]": "setting wt = [1] (from",
        "wt: {services: [web]}": "setting wt.services = ['web'] (from",
        "wt: {env: SITE}": "setting wt.env = 'SITE' (from",
        "wt: {wait: {a: 1}}": "setting wt.wait = {'a': 1} (from",
        "wt: {1: 2}": "setting wt.1 (from",
        "wt: {wait: 1" + "0" * 400 + "}": "setting wt.wait = 1000",
    }.items(),
)
def test_a_setting_of_another_shape_is_an_error_that_names_it(project, text, said):
    project.write("invoke.yaml", text)
    for words in (["plan", "auth"], ["start", "auth", "--no-hooks"]):
        done = project.run(*FROM_PYTHON, *words)
        assert (done.code, said in done.err.splitlines()[0], len(done.err.splitlines())) == (2, True, 2)


@pytest.mark.parametrize(
    "text", ["wt:", "wt: {services: , env: , hooks: , hosts: }", "1: 2\nwt: {env: {3: x}}"]
)
def test_a_setting_whose_lines_are_all_commented_out_counts_as_not_given(project, text):
    project.write("invoke.yaml", text)
    assert project.run(*FROM_PYTHON, "plan", "auth", "--json").json["branch"] == "auth"


def test_a_configuration_in_python_is_refused_where_it_is_asked_for(project):
    project.write("mine.py", f"open({str(project.path / 'ran')!r}, 'w')\n")
    done = project.run(*FROM_PYTHON, "--config", "mine.py", "list")
    assert (done.code, done.err.splitlines()[0]) == (
        2,
        "✗ --config mine.py is Python, which the program does not run",
    )
    assert not (project.path / "ran").exists()
