"""Settings as a project writes them, read by real `inv` in a process of its own."""

from __future__ import annotations

import json

import pytest
from invoke.context import Context

from worktree_tasks.configuration.remote_caller import Caller
from worktree_tasks.interface.collection import ns
from worktree_tasks.interface.invoke_config import DataConfig
from worktree_tasks.interface.settings_from_invoke import is_dry_run, settings_for_others, settings_of

PRINT = """
import json
from dataclasses import asdict

from invoke.collection import Collection
from invoke.tasks import task

import worktree_tasks as wt
from worktree_tasks.interface.collection import ns as ours
from worktree_tasks.interface.settings_from_invoke import settings_of


def tell(c):
    found = asdict(settings_of(c, ours))
    print(json.dumps({key: found[key] for key in found}, default=str))


@task
def review(c):
    \"\"\"A project's own task.\"\"\"
    tell(c)


@task
def probe(c):
    \"\"\"A task that stands in our collection.\"\"\"
    tell(c)

"""
OWN, OURS = "review", "wt.probe"
WAYS = {
    "plain": "wt.ns.add_task(probe)\nns = Collection(review, wt)\n",
    "ns.configure before": (
        'wt.ns.configure({"wt": {"wait": 7, "services": {"own": ["vite"]}}})\n'
        "wt.ns.add_task(probe)\nns = Collection(review, wt)\n"
    ),
    "ns.configure of the project": (
        "wt.ns.add_task(probe)\nns = Collection(review, wt)\n"
        'ns.configure({"wt": {"wait": 7, "services": {"own": ["vite"]}}})\n'
    ),
    "collection(...)": (
        'trees = wt.collection(wait=7, services={"own": ["vite"]})\n'
        "trees.add_task(probe)\nns = Collection(review, trees)\n"
    ),
}


@pytest.fixture
def configured(project):
    def configure(way: str = "plain", yaml: str = ""):
        project.write("tasks.py", PRINT + WAYS[way])
        if yaml:
            project.write("invoke.yaml", yaml)
        return project

    return configure


def told(project, *tasks: str, **env: str) -> list[dict]:
    """Return what tasks print, one after the other in one process."""
    done = project.inv(*(tasks or (OWN, OURS)), env=env)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_nothing_configured_gives_the_defaults(configured):
    for found in told(configured()):
        assert (found["wait"], found["root"], found["own"]) == (60.0, "../{project}.worktrees", [])


@pytest.mark.parametrize("way", [way for way in WAYS if way != "plain"])
def test_what_tasks_py_configures_reaches_our_tasks_and_the_projects_own(configured, way):
    for found in told(configured(way)):
        assert (found["wait"], found["own"]) == (7.0, ["vite"])
        assert (found["host"], found["shared"]) == ("localhost", [])


@pytest.mark.parametrize("way", WAYS)
def test_invoke_yaml_wins_over_tasks_py_and_leaves_its_other_keys(configured, way):
    for found in told(configured(way, "wt:\n  wait: 9\n  services: {shared: [mail]}\n  fetch: true\n")):
        assert (found["wait"], found["shared"], found["fetch"]) == (9.0, ["mail"], True)
        assert found["own"] == ([] if way == "plain" else ["vite"])


@pytest.mark.parametrize("way", ["plain", "collection(...)"])
def test_the_environment_wins_over_files(configured, way):
    project = configured(way, "wt: {wait: 9, bind: 127.0.0.2}\n")
    env = {
        "INVOKE_WT_WAIT": "11",
        "INVOKE_WT_FETCH": "yes",
        "INVOKE_WT_SERVICES_SHARED": "mail, search",
        "INVOKE_WT_CLEAN_MIN_AGE": "5",
        "INVOKE_WT_FILES": "*.pem",
    }
    for found in told(project, **env):
        assert (found["wait"], found["fetch"], found["shared"]) == (11.0, True, ["mail", "search"])
        assert (found["clean_min_age"], found["files"], found["bind"]) == (5.0, ["*.pem"], "127.0.0.2")


TYPED = [
    ("fetch: true", "INVOKE_WT_FETCH", "no", False),
    ("plain: false", "INVOKE_WT_PLAIN", "yes", True),
    ("git_in_containers: no", "INVOKE_WT_GIT_IN_CONTAINERS", "rw", "rw"),
    ("trash_days: 5", "INVOKE_WT_TRASH_DAYS", "7", 7.0),
]
# Invoke's own program ends with an error of its own for these.
TYPED_OF_OURS = [
    ("wait: 30", "INVOKE_WT_WAIT", "1.5", 1.5),
    ("profiles: [mail]", "INVOKE_WT_PROFILES", "web, job", ("web", "job")),
    ("env: {http_proxy: a, HTTP_PROXY: b}", "INVOKE_WT_WAIT", "7", 7.0),
]


@pytest.mark.parametrize(("yaml", "variable", "text", "value"), TYPED)
def test_the_environment_wins_whatever_type_a_file_has(configured, yaml, variable, text, value):
    for found in told(configured(yaml=f"wt: {{{yaml}}}\n"), **{variable: text}):
        assert found[variable.removeprefix("INVOKE_WT_").lower()] == value


@pytest.mark.parametrize(("yaml", "variable", "text", "value"), [*TYPED, *TYPED_OF_OURS])
def test_the_program_reads_a_variable_as_it_is_written(project, monkeypatch, yaml, variable, text, value):
    project.write("invoke.yaml", f"wt: {{{yaml}}}\n")
    monkeypatch.setenv(variable, text)
    config = DataConfig(project_location=str(project.path))
    config.load_project()
    # As Invoke does before a task.
    config.load_shell_env()
    found = settings_of(Context(config), ns)
    assert getattr(found, variable.removeprefix("INVOKE_WT_").lower()) == value
    assert not is_dry_run(Context(config))


def test_an_address_of_this_machine_is_none_of_another(project):
    def sent(text: str) -> dict:
        project.write("invoke.yaml", text)
        config = DataConfig(project_location=str(project.path))
        config.load_project()
        return settings_for_others(Context(config), ns)

    assert sent("wt: {bind: 192.168.7.5, wait: 9, plain: true}\n") == {"bind": "127.0.0.1", "wait": 9}
    assert sent("wt: {wait: 9}\n") == {"wait": 9}
    # YAML has types that JSON has not.
    there = Caller.read(Caller("here", settings=sent("wt: {env: {DAY: 2026-01-02}}\n")).text())
    assert there.settings == {"env": {"DAY": "2026-01-02"}}


def test_the_program_reports_a_bad_variable_whatever_type_a_file_has(project):
    project.write("invoke.yaml", "wt: {wait: 30, profiles: [mail], env: {http_proxy: a, HTTP_PROXY: b}}\n")
    done = project.program("trash", env={"INVOKE_WT_WAIT": "soon", "INVOKE_WT_PROFILES": "mail"})
    assert (done.code, len(done.err.splitlines())) == (2, 2), done.err
    assert "setting wt.wait = 'soon' (from environment variable INVOKE_WT_WAIT)" in done.err


@pytest.mark.parametrize("task", [OWN, OURS])
@pytest.mark.parametrize(
    ("way", "yaml", "env", "source"),
    [
        ("plain", "wt: {wait: soon}\n", {}, "invoke.yaml"),
        ("plain", "", {"INVOKE_WT_WAIT": "soon"}, "environment variable INVOKE_WT_WAIT"),
        ("plain", "wt: {wait: '5'}\n", {"INVOKE_WT_WAIT": "soon"}, "environment variable INVOKE_WT_WAIT"),
    ],
)
def test_a_bad_value_is_told_with_where_it_comes_from(configured, task, way, yaml, env, source):
    done = configured(way, yaml).inv(task, env=env)
    assert done.code == 2
    assert done.err.splitlines()[0].startswith("✗ setting wt.wait = 'soon' (from ")
    assert source in done.err.splitlines()[0]
    assert done.err.splitlines()[1].startswith("  → ")
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize("task", [OWN, OURS])
@pytest.mark.parametrize(
    ("variable", "complaint", "hint"),
    [
        (
            "HOOKS",
            "setting wt.hooks = 'x' (from environment variable {}) cannot be used",
            "wt.hooks is a mapping",
        ),
        ("ENV", "setting wt.env = 'x' (from environment variable {}) cannot be used", "wt.env is a mapping"),
        (
            "MIGRATE_SERVICE",
            "setting wt.migrate.service = 'x' (from environment variable {}) cannot be used",
            "wt.migrate is a mapping",
        ),
        (
            "SERVICES",
            "setting wt.services = 'x' (from environment variable {}) cannot be used",
            "set INVOKE_WT_SERVICES_OWN or INVOKE_WT_SERVICES_SHARED",
        ),
        (
            "ROT",
            "setting wt.rot (from environment variable {}) is not known",
            "the settings are root, main, ",
        ),
    ],
)
def test_a_variable_that_invoke_ignores_is_refused(configured, task, variable, complaint, hint):
    name = f"INVOKE_WT_{variable}"
    done = configured().inv(task, env={name: "x"})
    assert done.code == 2
    what, how = done.err.splitlines()
    assert what == f"✗ {complaint.format(name)}"
    assert how.startswith(f"  → {hint}")


@pytest.mark.parametrize("task", [OWN, OURS])
@pytest.mark.parametrize("way", ["plain", "collection(...)"])
@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("wt: {services: web}\n", "setting wt.services = 'web' (from "),
        ("wt: {ready: [1]}\n", "setting wt.ready = [1] (from "),
        ("wt: {hosts: 3}\n", "setting wt.hosts = 3 (from "),
        ("wt: {wait: {a: 1}}\n", "setting wt.wait = {'a': 1} (from "),
    ],
)
def test_a_value_of_another_shape_is_an_error_that_names_it_and_no_traceback(
    configured, task, way, yaml, said
):
    done = configured(way, yaml).inv(task)
    assert (done.code, done.err.splitlines()[0].startswith(f"✗ {said}")) == (2, True), done.err
    assert "invoke.yaml) cannot be used" in done.err.splitlines()[0]
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize("way", ["plain", "collection(...)"])
@pytest.mark.parametrize("yaml", ["wt: 5\n", "wt: [root]\n"])
def test_a_section_that_is_no_mapping_is_an_error_that_names_it(configured, way, yaml):
    for task in (OWN, OURS):
        done = configured(way, yaml).inv(task)
        assert (done.code, done.err.startswith("✗ setting wt = ")) == (2, True), done.err


@pytest.mark.parametrize("yaml", ["wt:\n", "wt: {services: , env: , hooks: , hosts: }\n"])
def test_what_is_commented_out_counts_as_not_given(configured, yaml):
    for found in told(configured("plain", yaml)):
        assert (found["own"], found["hosts"], found["wait"]) == ([], {}, 60)
    for found in told(configured("collection(...)", yaml)):
        assert (found["own"], found["hosts"], found["wait"]) == (["vite"], {}, 7)


def test_the_environment_wins_over_a_part_of_a_mapping_that_a_file_sets(configured):
    project = configured(yaml="wt: {migrate: {service: web, command: make}}\n")
    for found in told(project, INVOKE_WT_MIGRATE_COMMAND="make migrations"):
        assert found["migrate"] == {"service": "web", "command": "make migrations"}


def test_a_bad_value_of_the_file_that_the_command_line_names_is_told_to_come_from_there(configured):
    project = configured(yaml="wt: {wait: 9}\n")
    file = project.write("other.yaml", "wt: {wait: soon}\n")
    done = project.inv("--config", str(file), OURS, env={"INVOKE_WT_WAIT": "5"})
    assert done.code == 2
    assert f"setting wt.wait = 'soon' (from {file})" in done.err


@pytest.mark.parametrize("task", [OWN, OURS])
@pytest.mark.parametrize("way", [way for way in WAYS if way != "plain"])
def test_a_bad_value_in_tasks_py_is_told_to_come_from_there(configured, way, task):
    project = configured(way)
    tasks = project.path / "tasks.py"
    tasks.write_text(
        tasks.read_text().replace('"wait": 7', '"wait": "soon"').replace("wait=7", 'wait="soon"')
    )
    done = project.inv(task)
    assert done.code == 2
    assert "setting wt.wait = 'soon' (from ns.configure in tasks.py)" in done.err


@pytest.mark.parametrize("task", [OWN, OURS])
def test_the_users_own_file_counts_too(configured, nobodys_home, task):
    (nobodys_home / ".invoke.yaml").write_text("wt: {wait: 13, bind: nowhere}\n")
    done = configured().inv(task)
    assert done.code == 2
    assert f"setting wt.bind = 'nowhere' (from {nobodys_home}/.invoke.yaml)" in done.err
    (nobodys_home / ".invoke.yaml").write_text("wt: {wait: 13}\n")
    assert told(configured(), task)[0]["wait"] == 13.0
    assert told(configured(yaml="wt: {wait: 9}\n"), task)[0]["wait"] == 9.0


@pytest.mark.parametrize("task", [OWN, OURS])
def test_an_unknown_key_is_told_with_those_that_are_known(configured, task):
    done = configured(yaml="wt: {rot: x}\n").inv(task)
    assert done.code == 2
    assert "setting wt.rot (from " in done.err
    assert "invoke.yaml" in done.err
    assert "root" in done.err


def test_configuring_one_collection_leaves_another_as_it_is(project):
    ways = (
        'one = wt.collection("one", wait=7)\ntwo = wt.collection("two", host="x.localhost")\n'
        "one.add_task(probe)\ntwo.add_task(probe)\nns = Collection(review, one, two)\n"
    )
    project.write("tasks.py", PRINT + ways)
    ((first,), (second,)) = (told(project, task) for task in ("one.probe", "two.probe"))
    assert (first["wait"], first["host"]) == (7.0, "localhost")
    assert (second["wait"], second["host"]) == (60.0, "x.localhost")


HOOKS = """
import json

from invoke import Collection, task

import worktree_tasks as wt
from worktree_tasks.interface.session import Session


def seed(c, tree):
    pass


@task
def tell(c):
    with Session(c, json=False) as session:
        hooks = session.project.settings.hooks
    print(json.dumps({key: [getattr(one, "func", one) for one in found] for key, found in hooks.items()},
                     default=lambda one: one.__name__))
    assert all(one.args == (c,) for found in hooks.values() for one in found if callable(one))


trees = wt.collection(hooks={"after_new": seed})
ns = Collection(tell, trees)
"""


def test_hooks_are_functions_of_tasks_py_with_the_context_bound(project):
    project.write("tasks.py", HOOKS)
    done = project.inv("tell")
    assert (done.code, done.out) == (0, '{"after_new": ["seed"]}\n'), done.err


def test_commands_come_from_mains_configuration_never_from_the_branchs(project):
    project.write("tasks.py", HOOKS)
    project.write("invoke.yaml", "wt: {hooks: {before_start: from-main}}\n")
    project.commit()
    project.git("worktree", "add", "--quiet", "-b", "evil", str(project.root / "evil"))
    (project.root / "evil" / "invoke.yaml").write_text("wt: {hooks: {before_start: evil}, wait: 7}\n")
    done = project.inv("tell", cwd=project.root / "evil")
    assert done.code == 0, done.err
    assert done.json["before_start"] == ["from-main"]


def test_a_branch_cannot_add_a_hook_where_main_has_no_configuration(project):
    project.write("tasks.py", HOOKS)
    project.commit()
    project.git("worktree", "add", "--quiet", "-b", "evil", str(project.root / "evil"))
    (project.root / "evil" / "invoke.yaml").write_text("wt: {hooks: {before_start: evil}}\n")
    done = project.inv("tell", cwd=project.root / "evil")
    assert (done.code, done.out) == (0, '{"after_new": ["seed"]}\n'), done.err
