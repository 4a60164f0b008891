"""At the terminal: exit codes, one clear line with a hint, one JSON document, and nothing half-made."""

from __future__ import annotations

import sys

import pytest

DEAD_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def complaint(done, code):
    """See a command fail as it should, and return its line and its hint."""
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    lines = done.err.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("✗"))
    assert lines[at + 1].startswith("  → ")
    return lines[at], lines[at + 1]


def nothing_made(project):
    assert not project.root.exists() or not list(project.root.iterdir())
    assert project.git("branch", "--format=%(refname:short)") == "main"
    assert project.git("worktree", "list").count("\n") == 0
    assert project.git("status", "--porcelain") == ""


def test_outside_a_repository_it_says_where_one_is_needed(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tasks.py").write_text("from worktree_tasks import ns\n")
    what, _ = complaint(project.inv("new", "x", cwd=elsewhere), 1)
    assert str(elsewhere) in what


def test_without_a_compose_file_it_names_the_setting(make_project):
    project = make_project(compose=None)
    _, hint = complaint(project.inv("new", "x"), 2)
    assert "wt.compose" in hint
    nothing_made(project)


@pytest.mark.engine
def test_an_unparsable_compose_file_is_named_with_composes_own_words(make_project, engine_answers):
    project = make_project(compose="services:\n  web: [broken\n")
    what, _ = complaint(project.inv("new", "x"), 2)
    assert "compose.yaml" in what
    nothing_made(project)


@pytest.mark.engine
def test_unknown_keys_in_a_compose_file_are_told_in_one_line(make_project, engine_answers):
    project = make_project(compose="services:\n  web: {image: x, prots: [1]}\n")
    what, _ = complaint(project.inv("new", "x"), 2)
    assert "prots" in what
    nothing_made(project)


@pytest.mark.parametrize("task", [("new", "x"), ("list",), ("plan", "x"), ("smoke",), ("ensure-main",)])
def test_without_an_engine_the_exit_code_is_4(project, compose_program, task):
    what, hint = complaint(project.inv(*task, env=DEAD_ENGINE), 4)
    assert "Docker" in what
    assert "Docker" in hint
    nothing_made(project)


@pytest.mark.parametrize(
    "name",
    [
        "--upload-pack=x",
        "-x",
        "../../x",
        "a;touch pwned x",
        "two words",
        "a..b",
        "x.lock",
        "@{-1}",
        "a\tb",
        "x" * 251,
        "",
    ],
)
def test_a_hostile_or_impossible_branch_name_is_refused_before_anything_happens(project, name):
    code = (
        "import sys, worktree_tasks as wt\n"
        "from invoke.context import Context\n"
        "from invoke.exceptions import Exit\n"
        "try: wt.new(Context(), sys.argv[1])\n"
        "except Exit as error: print(error.message, file=sys.stderr); sys.exit(error.code)\n"
    )
    done = project.run(sys.executable, "-c", code, name)
    complaint(done, 2)
    nothing_made(project)
    assert not (project.path / "pwned").exists()


@pytest.mark.engine
def test_a_port_above_65535_is_refused_with_nothing_made(make_project, engine_answers):
    project = make_project(compose="services:\n  web: {build: ., ports: ['65535:80']}\n")
    what, _ = complaint(project.inv("new", "x", "--no-start"), 1)
    assert "65535" in what
    nothing_made(project)


@pytest.mark.engine
def test_a_slot_that_is_no_number_or_no_slot_is_refused(project, engine_answers):
    complaint(project.inv("new", "x", "--slot", "many", "--no-start"), 2)
    complaint(project.inv("new", "x", "--slot", "0", "--no-start"), 2)
    nothing_made(project)


def test_a_database_mode_that_does_not_exist_yet_is_refused(project):
    what, hint = complaint(project.inv("new", "x", "--database", "clone"), 2)
    assert "clone" in what
    assert "shared" in hint


def test_a_directory_in_the_way_is_refused_and_left_alone(project, compose_program, engine_answers):
    (project.root / "x").mkdir(parents=True)
    (project.root / "x" / "precious").write_text("mine")
    what, hint = complaint(project.inv("new", "x", "--no-start"), 3)
    assert str(project.root / "x") in what
    assert "wt.adopt" not in hint or "move" in hint
    assert (project.root / "x" / "precious").read_text() == "mine"
    assert project.git("branch", "--format=%(refname:short)") == "main"


def test_the_branch_of_the_main_checkout_is_refused(project, engine_answers):
    what, _ = complaint(project.inv("new", "main", "--no-start"), 2)
    assert "main" in what


def test_a_branch_that_is_checked_out_elsewhere_names_where(project, tmp_path, engine_answers):
    project.git("worktree", "add", "--quiet", "-b", "busy", str(tmp_path / "busy"))
    what, _ = complaint(project.inv("new", "busy", "--no-start"), 2)
    assert str(tmp_path / "busy") in what


def test_an_unknown_name_tells_the_near_ones(project, engine_answers):
    assert project.inv("new", "login-page", "--no-start").code == 0
    _, hint = complaint(project.inv("path", "login-pag"), 2)
    assert "login-page" in hint


def test_json_errors_are_one_document_on_stdout(project):
    done = project.inv("path", "nothing", "--json")
    error = done.json["error"]
    assert error["code"] == done.code == 2
    assert done.err == ""


def test_a_setting_that_cannot_be_used_names_key_value_and_source(project):
    project.write("invoke.yaml", "wt:\n  wait: soon\n")
    what, _ = complaint(project.inv("list"), 2)
    assert "wt.wait" in what
    assert "'soon'" in what
    assert "invoke.yaml" in what
    what, _ = complaint(project.inv("list", env={"INVOKE_WT_WAIT": "later"}), 2)
    assert "'later'" in what
    assert "INVOKE_WT_WAIT" in what


def test_settings_reach_a_projects_own_task_that_calls_ours(make_project, engine_answers):
    project = make_project(
        tasks=(
            "import worktree_tasks as wt\n"
            "from invoke import Collection, task\n"
            "@task\n"
            "def mine(c): print('PLACE', wt.new(c, 'x', start=False).path)\n"
            "ns = Collection(mine, wt)\n"
        )
    )
    project.write("invoke.yaml", "wt:\n  root: ../apart\n")
    assert f"PLACE {project.path.parent}/apart/x" in project.inv("mine").out
    assert project.inv("wt.new", "y", "--no-start", env={"INVOKE_WT_ROOT": "../other"}).code == 0
    assert (project.path.parent / "other" / "y").is_dir()


@pytest.mark.engine
def test_a_project_without_env_files_is_not_told_of_their_values(project, engine_answers):
    done = project.inv("new", "x", "--no-start")
    assert done.code == 0, done.err
    assert next(line for line in done.err.splitlines() if line.startswith("✓ files")).endswith("no env files")


@pytest.mark.engine
def test_a_value_for_an_env_file_that_main_does_not_have_is_in_the_plan_and_in_the_new_one(
    project, engine_answers
):
    project.write("invoke.yaml", 'wt:\n  env: {TEST_DATABASE: "test_{slug}"}\n')
    planned = project.inv("plan", "x", "--json").json["env"]
    assert {one["file"] for one in planned} == {".env"}
    values = {one["key"]: one["new"] for one in planned}
    assert (values.keys(), values["TEST_DATABASE"]) == ({"TEST_DATABASE", "WEB_PORT"}, "test_x")
    done = project.inv("new", "x", "--no-start")
    assert "✓ files       .env (2 values point to this worktree)" in done.err.splitlines()
    written = (project.root / "x" / ".env").read_text().splitlines()
    assert {f"{key}={value}" for key, value in values.items()} <= {*written}
