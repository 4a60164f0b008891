"""Tasks on another machine, as far as they get without one."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

WITHOUT_FABRIC = pytest.mark.skipif(
    find_spec("fabric") is not None, reason="Fabric is installed: ci/versions has both"
)


@WITHOUT_FABRIC
def test_a_machine_is_not_set_up_without_fabric_and_the_extra_that_brings_it_is_named(project):
    done = project.program("host-init", "box", "--yes", "--json", code=1)
    assert done.json["error"]["kind"] == "fabric-missing"
    assert done.json["error"]["hint"] == "pip install 'worktree-tasks[remote]'"


@pytest.mark.parametrize(
    "task", [("new", "x"), ("add-worktree", "x"), ("start", "x"), ("plan", "x"), ("doctor",), ("clean",)]
)
def test_a_task_on_a_machine_that_was_never_set_up_does_nothing_and_says_what_does(project, task):
    done = project.program(*task, "--on", "box", "--json", code=2)
    assert done.json["error"]["kind"] == "host-unknown"
    assert done.json["error"]["hint"] == "worktree-tasks host-init box --yes"
    assert project.git("branch", "--list") == "* main"


@pytest.mark.parametrize("name", ["-oProxyCommand=touch gone", "a b", "a;b", "ssh://", "$(id)", "a/b"])
def test_a_machine_that_ssh_would_take_for_something_else_is_wrong_use(project, name):
    called = f"wt.doctor(invoke.Context(), on={name!r}, json=True)"
    done = project.python(f"import invoke, worktree_tasks as wt\n{called}")
    assert '"kind": "bad-host"' in done.out


@pytest.mark.parametrize("key", ["on", "'on'"])
def test_a_setting_sends_tasks_to_a_machine_although_yaml_takes_its_name_for_true(project, key):
    project.write("invoke.yaml", f"wt: {{{key}: box, hosts: {{box: me@10.0.0.5}}}}\n")
    assert project.program("trash", "--json", code=2).json["error"]["kind"] == "host-unknown"
    told = project.program("hosts", "--json").json["hosts"]
    assert [(one["name"], one["ssh"], one["path"]) for one in told] == [("box", "me@10.0.0.5", None)]


@pytest.mark.parametrize(
    ("hosts", "key"),
    [("{box: 3}", "hosts.box"), ("{box: {port: '22'}}", "hosts.box.port")],
)
def test_a_setting_that_describes_no_machine_is_named_with_its_key(project, hosts, key):
    project.write("invoke.yaml", f"wt: {{hosts: {hosts}}}\n")
    error = project.program("hosts", "--json", code=2).json["error"]
    assert error["kind"] == "bad-setting"
    assert f"wt.{key} " in error["what"]
