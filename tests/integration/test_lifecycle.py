"""Start, stop, restart, list, path, run: whatever state main and the stack are in."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def tree(quiet_toy):
    """The worktree that these tests stop and start; its main runs the shared services only."""
    return quiet_toy.new("life")


@pytest.fixture
def disturbed_main(quiet_toy):
    """Bring main back after a test that took it down."""
    yield
    quiet_toy.compose("up", "--detach", "--wait", "db", "redis")


def networks_of(toy, service: str) -> set[str]:
    return set(toy.containers()[service]["NetworkSettings"]["Networks"])


def started(toy, tree) -> None:
    """See the whole stack run and answer, with main's services attached, and one db only."""
    assert toy.state_of("life") == "running"
    assert toy.get(tree["services"]["web"]["ports"][0]["published"])["SITE_URL"] == tree["url"]
    found = toy.get(toy.web + 1, "/lookup?name=db&name=redis&name=web&name=vite")
    assert all(len(answers[0]) == 1 for answers in found.values()), found
    network = f"{toy.name}_worktree_life"
    for service in ("db", "redis"):
        assert network in networks_of(toy, service)
    running = toy.docker("ps", "--format", '{{.Label "com.docker.compose.project"}} {{.Image}}').splitlines()
    assert [one.split()[0] for one in running if one.startswith(toy.name) and "postgres" in one] == [toy.name]


def test_stop_keeps_ports_and_containers_and_detaches_main(quiet_toy, tree):
    before = quiet_toy.identities(tree["compose_project"])
    mains = quiet_toy.identities()
    ports = quiet_toy.rows("port")
    done = quiet_toy.wt("stop", "life", "--json")
    assert "✓ network     db, redis detached\n" in done.err
    stopped = done.json
    assert (stopped["state"], stopped["slot"], stopped["url"]) == ("stopped", tree["slot"], tree["url"])
    after = quiet_toy.identities(tree["compose_project"])
    assert {service: one[0] for service, one in after.items()} == {s: one[0] for s, one in before.items()}
    assert quiet_toy.rows("port") == ports
    assert networks_of(quiet_toy, "db") == networks_of(quiet_toy, "redis") == {f"{quiet_toy.name}_default"}
    assert quiet_toy.identities() == mains
    again = quiet_toy.wt("stop", "life", "--json")
    assert again.json == stopped
    assert "✓ network     no shared services detached\n" in again.err


def test_start_brings_the_same_containers_back(quiet_toy, tree):
    quiet_toy.wt("stop", "life")
    before = quiet_toy.identities(tree["compose_project"])
    again = quiet_toy.wt("start", "life", "--json").json
    assert again == {**tree, "pending": []}
    after = quiet_toy.identities(tree["compose_project"])
    assert {service: one[0] for service, one in after.items()} == {s: one[0] for s, one in before.items()}
    started(quiet_toy, tree)
    quiet_toy.wt("start", "life")
    assert quiet_toy.identities(tree["compose_project"]) == after


def test_restart_starts_every_container_again(quiet_toy, tree):
    quiet_toy.wt("start", "life")
    before = quiet_toy.identities(tree["compose_project"])
    assert quiet_toy.wt("restart", "life", "--json").json == {**tree, "pending": []}
    after = quiet_toy.identities(tree["compose_project"])
    assert all(before[service][2] != after[service][2] for service in before)
    started(quiet_toy, tree)


@pytest.mark.parametrize("names", ["life", "LIFE", "path", "."])
def test_a_worktree_is_found_by_branch_folded_name_path_and_dot(quiet_toy, tree, names):
    name = {"path": tree["path"]}.get(names, names)
    cwd = quiet_toy.root / "life" / "app" if names == "." else quiet_toy.main
    assert quiet_toy.wt("path", name, cwd=cwd).out == f"{tree['path']}\n"
    assert quiet_toy.wt("path", name, "--json", cwd=cwd).json == {
        "schema": 1,
        "path": tree["path"],
        "on": None,
    }


def test_tasks_work_from_inside_the_worktree_too(quiet_toy, tree):
    quiet_toy.wt("stop", ".", cwd=quiet_toy.root / "life")
    assert quiet_toy.wt("start", ".", "--json", cwd=quiet_toy.root / "life" / "app" / "deep").json == {
        **tree,
        "pending": [],
    }


def test_list_tells_all_of_main_and_worktrees_in_one_document(quiet_toy, tree):
    quiet_toy.wt("start", "life")
    found = quiet_toy.wt("list", "--json").json
    assert found.keys() == {"schema", "project", "main", "worktrees", "absent"}
    assert (found["schema"], found["project"]) == (1, quiet_toy.name)
    assert found["main"].keys() == {"path", "branch", "state", "services"}
    assert (found["main"]["path"], found["main"]["branch"]) == (str(quiet_toy.main), "main")
    assert found["main"]["services"]["db"]["health"] == "healthy"
    own = next(one for one in found["worktrees"] if one["name"] == "life")
    assert {**own, "schema": 1} == tree
    table = quiet_toy.wt("list", env={"COLUMNS": "200"}).out
    assert "life" in table
    assert tree["url"] in table


@pytest.mark.usefixtures("tree")
def test_list_sees_worktrees_that_others_made_and_directories_that_are_gone(quiet_toy):
    by_hand = quiet_toy.folder / "by-hand"
    quiet_toy.git("worktree", "add", "--quiet", "-b", "by-hand", str(by_hand))
    (by_hand / "compose.yaml").write_text("services: {}\n")
    (by_hand / "fresh.txt").touch()
    found = quiet_toy.listed()["by-hand"]
    assert (found["state"], found["slot"], found["services"]) == ("unmanaged", None, {})
    assert (found["changes"]["modified"], found["changes"]["untracked"]) == (1, 1)
    quiet_toy.git("worktree", "remove", "--force", str(by_hand))
    quiet_toy.git("branch", "-D", "by-hand")
    assert quiet_toy.listed().keys() == {"life"}


@pytest.mark.usefixtures("tree")
def test_run_passes_output_and_exit_code_through(quiet_toy):
    done = quiet_toy.wt("run", "life", "worker", "cat /code/app/deep/code.py")
    assert done.out == "answer = 42\n"
    ran = quiet_toy.wt("run", "life", "web", "printf '%s|' 'a b' \"$HOME\" '*'", "--json").json
    assert (ran["output"], ran["code"], ran["service"]) == ("a b|$HOME|*|", 0, "web")
    failed = quiet_toy.wt("run", "life", "web", "sh -c 'echo out; echo err >&2; exit 42'", code=42)
    assert failed.out == "out\n"
    assert "err" in failed.err
    assert "Traceback" not in failed.err
    assert quiet_toy.wt("run", "life", "web", "sh -c 'exit 7'", "--json", code=7).json["code"] == 7


@pytest.mark.usefixtures("tree")
def test_run_in_an_unknown_service_names_those_there_are(quiet_toy):
    done = quiet_toy.wt("run", "life", "nothing", "true", code=2)
    assert "web" in done.err
    assert "db" not in done.err.replace("✓", "")


def test_run_starts_a_stack_that_is_down(quiet_toy, tree):
    quiet_toy.wt("stop", "life")
    done = quiet_toy.wt("run", "life", "worker", "echo here")
    assert done.out.endswith("here\n")
    started(quiet_toy, tree)


@pytest.mark.usefixtures("tree")
def test_plan_tells_the_rules_and_touches_nothing(quiet_toy):
    before = (
        quiet_toy.ours(),
        quiet_toy.rows("worktree"),
        quiet_toy.git("branch"),
        quiet_toy.files(quiet_toy.main),
    )
    plan = quiet_toy.wt("plan", "planned", "--json").json
    roles = {one["name"]: one["role"] for one in plan["services"]}
    assert roles == {"db": "shared", "redis": "shared", "web": "own", "vite": "own", "worker": "own"}
    assert all(one["reason"] for one in plan["services"])
    assert {one["published"] for one in plan["ports"]} == {quiet_toy.web + 2, quiet_toy.vite + 2}
    assert (plan["slot"], plan["compose_project"]) == (2, f"{quiet_toy.name}-planned")
    assert plan["files"] == [".env"]
    assert {"WEB_PORT", "VITE_PORT", "SITE_URL", "CSRF_TRUSTED_ORIGINS"} <= {
        one["key"] for one in plan["env"]
    }
    done = quiet_toy.wt("plan", "planned")
    assert "a$b#c" not in done.out + done.err + json.dumps(plan)
    assert "t%24oy" not in done.out + done.err + json.dumps(plan)
    assert (
        quiet_toy.ours(),
        quiet_toy.rows("worktree"),
        quiet_toy.git("branch"),
        quiet_toy.files(quiet_toy.main),
    ) == before


@pytest.mark.usefixtures("tree")
def test_the_plan_is_what_new_does(quiet_toy):
    plan = quiet_toy.wt("plan", "kept", "--json").json
    made = quiet_toy.new("kept", "--no-start")
    assert (made["slot"], made["path"], made["compose_project"]) == (
        plan["slot"],
        plan["path"],
        plan["compose_project"],
    )
    quiet_toy.wt("start", "kept")
    quiet_toy.wt("stop", "kept")
    mains, mine = quiet_toy.env_of(quiet_toy.main), quiet_toy.env_of(quiet_toy.root / "kept")
    differing = {key for key in mains.keys() | mine.keys() if mains.get(key) != mine.get(key)}
    assert {one["key"] for one in plan["env"]} == differing
    quiet_toy.wt("remove", "kept")


@pytest.mark.parametrize("document", [["stop", "nobody"], ["path", "nobody"], ["start", "nobody"]])
@pytest.mark.usefixtures("tree")
def test_an_error_is_one_document_too(quiet_toy, document):
    done = quiet_toy.wt(*document, "--json", code=2)
    error = done.json["error"]
    assert (error["code"], "nobody" in error["what"], bool(error["hint"])) == (2, True, True)
    assert "Traceback" not in done.err


def test_start_after_the_override_and_env_were_deleted_writes_them_again(quiet_toy, tree):
    quiet_toy.wt("start", "life")
    override, env = (quiet_toy.root / "life" / name for name in ("compose.override.yaml", ".env"))
    texts = override.read_text(), env.read_text()
    before = quiet_toy.identities(tree["compose_project"])
    override.unlink()
    env.unlink()
    quiet_toy.wt("start", "life")
    assert (override.read_text(), env.read_text()) == texts
    assert quiet_toy.identities(tree["compose_project"]) == before


@pytest.mark.usefixtures("tree")
def test_start_keeps_what_a_person_edited_in_env(quiet_toy):
    env = quiet_toy.root / "life" / ".env"
    text = env.read_text()
    env.write_text(text.replace("DEBUG=1", "DEBUG=0") + "MINE=1\n")
    quiet_toy.wt("start", "life")
    assert toy_env(quiet_toy)["DEBUG"] == "0"
    assert toy_env(quiet_toy)["MINE"] == "1"
    env.write_text(text)
    quiet_toy.wt("start", "life")


def toy_env(toy) -> dict[str, str]:
    return toy.get(toy.web + 1)


def test_start_after_the_network_was_deleted_by_hand(quiet_toy, tree):
    network = f"{quiet_toy.name}_worktree_life"
    quiet_toy.wt("stop", "life")
    quiet_toy.docker("network", "rm", network)
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)


def test_start_after_a_container_was_removed_by_hand(quiet_toy, tree):
    quiet_toy.wt("start", "life")
    quiet_toy.docker("rm", "--force", f"{tree['compose_project']}-web-1")
    assert quiet_toy.state_of("life") == "partial"
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)


def test_a_container_that_was_half_replaced_when_compose_was_killed_does_not_stop_start(quiet_toy):
    branch = quiet_toy.fresh("replaced")
    tree = quiet_toy.new(branch)
    old = quiet_toy.containers(tree["compose_project"])["web"]
    labels = [f"--label={key}={value}" for key, value in old["Config"]["Labels"].items()]
    half = f"{old['Id'][:12]}_{old['Name'].removeprefix('/')}"
    replaces = f"--label=com.docker.compose.replace={old['Name'].removeprefix('/')}"
    quiet_toy.docker("create", "--name", half, *labels, replaces, old["Config"]["Image"], "true")
    env = quiet_toy.root / branch / ".env"
    env.write_text(env.read_text() + "EDITED=1\n")
    again = quiet_toy.wt("start", branch, "--json").json
    assert again["state"] == "running"
    assert quiet_toy.containers(tree["compose_project"])["web"]["Name"] == old["Name"]
    assert quiet_toy.get(quiet_toy.web + tree["slot"])["EDITED"] == "1"
    quiet_toy.wt("remove", branch, "--force")
    assert quiet_toy.ours(branch) == []


@pytest.mark.usefixtures("disturbed_main")
@pytest.mark.parametrize("stopped", [False, True], ids=["stack-running", "stack-stopped"])
def test_start_after_main_was_stopped(quiet_toy, tree, stopped):
    quiet_toy.wt("stop" if stopped else "start", "life")
    ids = {service: one[0] for service, one in quiet_toy.identities().items()}
    quiet_toy.compose("stop")
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)
    assert {service: one[0] for service, one in quiet_toy.identities().items()} == ids
    assert all(one["State"]["Running"] for one in quiet_toy.containers().values())


@pytest.mark.usefixtures("disturbed_main")
def test_start_after_main_was_taken_down_starts_only_the_shared_services(quiet_toy, tree):
    quiet_toy.wt("stop", "life")
    quiet_toy.compose("down")
    assert quiet_toy.containers() == {}
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)
    assert quiet_toy.containers().keys() == {"db", "redis"}


@pytest.mark.usefixtures("disturbed_main")
def test_start_after_main_went_down_and_up_beside_a_running_stack(quiet_toy, tree):
    quiet_toy.wt("start", "life")
    quiet_toy.run("docker", "compose", "down")
    quiet_toy.compose("up", "--detach", "--wait", "db", "redis")
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)


@pytest.mark.usefixtures("disturbed_main")
def test_start_after_db_was_recreated(quiet_toy, tree):
    quiet_toy.wt("start", "life")
    quiet_toy.compose("up", "--detach", "--wait", "--force-recreate", "--no-deps", "db")
    assert f"{quiet_toy.name}_worktree_life" not in networks_of(quiet_toy, "db")
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)


@pytest.mark.usefixtures("disturbed_main")
@pytest.mark.parametrize("task", ["ensure-main", "start"])
def test_main_starts_after_a_network_vanished_while_it_was_down(quiet_toy, tree, task):
    network = f"{quiet_toy.name}_worktree_life"
    quiet_toy.wt("start", "life")
    quiet_toy.compose("stop")
    for one in quiet_toy.containers(tree["compose_project"]).values():
        quiet_toy.docker("rm", "--force", one["Id"])
    quiet_toy.docker("network", "rm", network)
    quiet_toy.wt(task, *(["life"] if task == "start" else []))
    assert all(one["State"]["Running"] for one in quiet_toy.containers().values())
    quiet_toy.wt("start", "life")
    started(quiet_toy, tree)


@pytest.mark.usefixtures("disturbed_main", "tree")
def test_the_last_stop_leaves_main_running_and_able_to_restart(quiet_toy):
    quiet_toy.wt("start", "life")
    mains = quiet_toy.identities()
    quiet_toy.wt("stop", "life")
    assert quiet_toy.identities() == mains
    quiet_toy.compose("stop")
    quiet_toy.docker("network", "rm", f"{quiet_toy.name}_worktree_life")
    quiet_toy.compose("start", "db", "redis")
    assert all(one["State"]["Running"] for one in quiet_toy.containers().values())
