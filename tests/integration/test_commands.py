"""Logs, run, open, stop-all, adopt, hooks, the host setting and pull requests, on a real engine."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pexpect
import pytest
from harness.programs import wait_for
from harness.terminals import ended

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def tree(quiet_toy):
    """The worktree in whose services these tests run commands."""
    return quiet_toy.new("talk")


@pytest.fixture(scope="module")
def logged(quiet_toy):
    """A worktree whose worker has said three things, and says no more."""
    return talkative(quiet_toy, "logged")


def talkative(toy, name: str) -> str:
    """Make a worktree whose worker says three things."""
    toy.new(name)
    for number in range(3):
        say(toy, name, "worker", f"said-{number}")
    return name


def say(toy, name: str, service: str, text: str) -> None:
    """Have a service's log tell a line."""
    toy.wt("run", name, service, f"sh -c 'echo {text} > /proc/1/fd/1'")


def next_lines(following, count: int) -> list[str]:
    """Return the next lines of followed logs without the service's name."""
    lines = [following.stdout.readline() for _ in range(count)]
    if not all("|" in line for line in lines):
        os.killpg(following.pid, signal.SIGINT)
        pytest.fail(f"{lines}, then {following.communicate(timeout=30)}")
    return [line.split("|")[1].strip() for line in lines]


def hints(done) -> tuple[str, str]:
    """Return the line and the hint of a failed command."""
    assert "Traceback" not in done.err
    lines = done.err.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("✗"))
    return lines[at], next((line for line in lines[at:] if line.startswith("  → ")), "")


# Logs


def test_logs_show_each_line_with_its_services_name_and_end(quiet_toy, logged):
    # Nothing is followed without a terminal.
    done = quiet_toy.wt("logs", logged, "--service", "worker")
    assert [line.split("|")[1].strip() for line in done.out.splitlines()] == ["said-0", "said-1", "said-2"]
    assert {line.split("|")[0].strip() for line in done.out.splitlines()} == {"worker-1"}
    assert "\x1b" not in done.out


def test_logs_under_json_are_one_document_of_services_and_lines(quiet_toy, logged):
    done = quiet_toy.wt("logs", logged, "--service", "worker", "--service", "web", "--tail", "2", "--json")
    assert done.json == {
        "schema": 1,
        "lines": [{"service": "worker", "line": "said-1"}, {"service": "worker", "line": "said-2"}],
        "omitted": 0,
    }


def test_logs_go_on_until_ctrl_c_which_is_no_failure(quiet_toy):
    name = talkative(quiet_toy, quiet_toy.fresh("following"))
    following = quiet_toy.start("logs", name, "--service", "worker", "--follow")
    try:
        assert next_lines(following, 3) == ["said-0", "said-1", "said-2"]
        say(quiet_toy, name, "worker", "later")
        assert next_lines(following, 1) == ["later"]
    finally:
        os.killpg(following.pid, signal.SIGINT)
        _, err = following.communicate(timeout=30)
    assert following.returncode == 0, err
    assert "✗" not in err
    quiet_toy.wt("remove", name)


def test_logs_have_colours_on_a_terminal(quiet_toy, logged):
    argv = quiet_toy.inv_argv("wt.logs", logged, "--service", "worker", "--tail", "1", "--no-follow")
    env = {key: value for key, value in quiet_toy.env.items() if key != "NO_COLOR"} | {
        "TERM": "xterm-256color"
    }
    out = pexpect.run(" ".join(argv), cwd=str(quiet_toy.main), env=env, timeout=60)
    assert b"\x1b[3" in out
    assert b"|" in out


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["logs", "tlak"], "did you mean talk?"),
        (["logs", "talk", "--service", "wokrer"], "did you mean worker?"),
        (["logs", "talk", "--since", "1d"], "10m"),
        (["logs", "talk", "--tail", "some"], "--tail 20"),
        (["run", "talk", "wbe", "true"], "did you mean web?"),
        (["run", "talk", "db", "true"], "exec db …` runs a command there"),
        (["run", "talk", "web", "'"], "close the quotes"),
        (["open", "talk", "--service", "vtie"], "did you mean vite?"),
        (["new", "x", "--pr", "some"], "--pr 3"),
        (["new", "x", "--pr", "0"], "use the number"),
        (["new", "x", "--pr", "1", "--base", "main"], "--base"),
        (["new", "x", "--pr", "1"], "git remote add origin"),
        (["new", "x", "--fetch"], "git remote add origin"),
        (["adopt", "/nowhere"], "git worktree list"),
        (["adopt", "/"], "git worktree list"),
        (["adopt", "."], "docker compose up"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_told_in_a_line_with_a_hint(quiet_toy, words, hint):
    done = quiet_toy.wt(*words, code=2)
    assert hint in hints(done)[1]


@pytest.mark.usefixtures("tree")
def test_what_goes_on_for_ever_is_no_document(quiet_toy):
    error = quiet_toy.wt("logs", "talk", "--json", "--follow", code=2).json["error"]
    assert error["hint"] == "leave out --json or --follow"


# Run


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("program", ["inv", "worktree-tasks"])
def test_run_passes_stdin_and_the_exit_code_through(quiet_toy, program):
    words = ("talk", "worker", "sh -c 'tr a-z A-Z; exit 7'")
    if program == "inv":
        done = quiet_toy.inv("wt.run", *words, stdin="from stdin")
    else:
        done = quiet_toy.program("run", *words, stdin="from stdin")
    assert (done.code, done.out) == (7, "FROM STDIN")


@pytest.mark.usefixtures("tree")
def test_how_a_command_ended_is_in_the_document_and_no_error_of_ours(quiet_toy):
    said = "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three; exit 3"
    done = quiet_toy.wt("run", "talk", "worker", f"sh -c '{said}'", "--json", code=3)
    assert done.json == {
        "schema": 1, "name": "talk", "service": "worker", "argv": ["sh", "-c", said], "code": 3,
        "output": "one\ntwo\nthree\n", "stdout": "one\nthree\n", "stderr": "two\n",
        "omitted": {"stdout": 0, "stderr": 0},
    }  # fmt: skip
    assert done.err == ""


@pytest.mark.usefixtures("tree")
def test_a_command_that_did_not_run_has_no_code_and_an_error_says_why(quiet_toy):
    done = quiet_toy.wt("run", "talk", "nothing", "true", "--json", code=2).json
    assert done.pop("error")["kind"] == "no-service"
    assert done == {"schema": 1, "code": None, "output": "", "stdout": "", "stderr": ""}


@pytest.mark.usefixtures("tree")
def test_an_interrupted_command_that_docker_lets_run_on_is_told_with_what_ends_it(quiet_toy):
    begun = quiet_toy.start(
        "run", "talk", "worker", "sh -c 'echo begun >/proc/1/fd/1; exec sleep 600'", "--json"
    )
    try:
        wait_for(lambda: "begun" in quiet_toy.wt("logs", "talk", "--service", "worker").out)
    finally:
        os.killpg(begun.pid, signal.SIGINT)
        out, _ = begun.communicate(timeout=30)
    error = json.loads(out)["error"]
    assert (error["kind"], error["what"]) == ("interrupted", "interrupted: sh may still run in worker")
    end = error["hint"].split("`")[1]
    assert quiet_toy.run(*end.split()).code == 0
    assert "600" not in quiet_toy.wt("run", "talk", "worker", "sh -c 'cat /proc/[0-9]*/cmdline'").out


@pytest.mark.usefixtures("tree")
def test_of_a_long_output_the_document_has_the_last_part_and_says_how_much_it_lacks(quiet_toy):
    done = quiet_toy.wt("run", "talk", "worker", "seq 200000", "--json").json
    lines = done["stdout"].splitlines()
    assert lines[-1] == "200000"
    assert lines == [str(number) for number in range(int(lines[0]), 200001)]
    assert done["omitted"] == {"stdout": len("".join(f"{n}\n" for n in range(1, int(lines[0])))), "stderr": 0}
    assert 0 < len(done["stdout"]) <= 1 << 20


@pytest.mark.usefixtures("tree")
def test_run_has_a_terminal_where_there_is_one_and_none_elsewhere(quiet_toy):
    command = "python3 -c 'import sys; print([one.isatty() for one in (sys.stdin, sys.stdout)])'"
    assert quiet_toy.wt("run", "talk", "worker", command).out == "[False, False]\n"
    child = pexpect.spawn(
        sys.executable, ["-m", "invoke", "wt.run", "talk", "worker", command],
        cwd=str(quiet_toy.main), env=quiet_toy.env, timeout=60,
    )  # fmt: skip
    child.expect_exact("[True, True]")
    assert ended(child)[0] == 0


@pytest.mark.usefixtures("tree")
def test_a_shell_in_a_service_is_used_as_on_a_terminal(quiet_toy):
    child = pexpect.spawn(
        sys.executable, ["-m", "invoke", "wt.run", "talk", "worker", "sh"],
        cwd=str(quiet_toy.main), env=quiet_toy.env, timeout=60,
    )  # fmt: skip
    child.expect("# ")
    child.sendline("echo $((40 + 2)); exit 5")
    child.expect("42")
    assert ended(child)[0] == 5


@pytest.mark.usefixtures("tree")
def test_run_works_with_a_closed_stdin(quiet_toy):
    argv = quiet_toy.inv_argv("wt.run", "talk", "worker", "cat")
    done = quiet_toy.run("timeout", "60", "sh", "-c", 'exec "$@" <&-', "sh", *argv)
    assert (done.code, done.out) == (0, ""), done.err


@pytest.mark.usefixtures("tree")
def test_run_starts_what_is_needed(quiet_toy):
    quiet_toy.wt("stop", "talk")
    assert quiet_toy.wt("run", "talk", "worker", "echo up").out == "up\n"
    assert quiet_toy.state_of("talk") == "running"
    quiet_toy.docker("rm", "--force", f"{quiet_toy.name}-talk-worker-1")
    assert quiet_toy.wt("run", "talk", "worker", "echo again").out == "again\n"


# Open


def test_open_prints_the_url_where_no_browser_is(quiet_toy, tree):
    env = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    assert quiet_toy.wt("open", "talk", env=env).out == f"{tree['url']}\n"
    vite = tree["services"]["vite"]["ports"][0]["url"]
    opened = quiet_toy.wt("open", "talk", "--service", "vite", "--json", env=env).json
    assert opened == {"schema": 1, "name": "talk", "url": vite, "opened": False}


def test_open_gives_the_url_to_the_browser_and_keeps_stdout(quiet_toy, tree, tmp_path):
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho noise\necho "$1" > {tmp_path}/seen\n')
    browser.chmod(0o755)
    opened = quiet_toy.wt("open", "talk", "--json", env={"BROWSER": str(browser)}).json
    assert opened["opened"]
    assert (tmp_path / "seen").read_text() == f"{tree['url']}\n"


@pytest.mark.usefixtures("tree")
def test_open_of_a_stopped_stack_says_how_to_start_it(quiet_toy):
    quiet_toy.wt("stop", "talk")
    assert hints(quiet_toy.wt("open", "talk", code=1))[1] == "  → inv wt.start talk"
    quiet_toy.wt("start", "talk")


# Main


@pytest.mark.usefixtures("tree")
def test_main_is_read_and_run_in_by_its_name_and_its_services_are_left_as_they_are(quiet_toy):
    mains = quiet_toy.identities()
    assert quiet_toy.wt("run", "main", "redis", "echo here").out == "here\n"
    words = ("logs", "main", "--service", "redis", "--tail", "1", "--no-follow")
    assert {one["service"] for one in quiet_toy.wt(*words, "--json").json["lines"]} == {"redis"}
    assert quiet_toy.wt(*words).out.startswith("redis-1")
    what, hint = hints(quiet_toy.wt("run", "main", "web", "true", code=2))
    assert what == "✗ main runs no service 'web'"
    assert f"`docker compose up --detach` in {quiet_toy.main} starts it" in hint
    assert f"{quiet_toy.web} does not answer" in hints(quiet_toy.wt("open", "main", code=1))[0]
    assert quiet_toy.identities() == mains


# Start and stop all


def test_stop_all_stops_every_stack_and_leaves_main_and_start_all_brings_them_back(quiet_toy, tree):
    quiet_toy.wt("stop-all")
    quiet_toy.wt("start", "talk")
    branch = quiet_toy.fresh("other")
    quiet_toy.new(branch)
    mains = quiet_toy.identities()
    ports = quiet_toy.rows("port")
    stopped = quiet_toy.wt("stop-all", "--json").json["stopped"]
    assert sorted((one["project"], one["name"], one["containers"]) for one in stopped) == sorted(
        (quiet_toy.name, name, 3) for name in ("talk", branch)
    )
    assert {quiet_toy.state_of("talk"), quiet_toy.state_of(branch)} == {"stopped"}
    assert quiet_toy.identities() == mains
    assert quiet_toy.rows("port") == ports
    assert quiet_toy.wt("stop-all", "--all", "--json").json["stopped"] == []
    assert "no stack was running" in quiet_toy.wt("stop-all").out
    started = quiet_toy.wt("start-all", "--json").json["started"]
    assert {one["project"] for one in started} == {quiet_toy.name}
    assert {"talk": 3, branch: 3}.items() <= {one["name"]: one["containers"] for one in started}.items()
    assert {quiet_toy.state_of("talk"), quiet_toy.state_of(branch)} == {"running"}
    assert "all stacks are up already" in quiet_toy.wt("start-all").out


# Adopt


@pytest.fixture
def plain(quiet_toy):
    """A worktree made with plain git, with an `.env` that a person copied and edited."""
    branch = quiet_toy.fresh("plain")
    path = quiet_toy.folder / branch
    quiet_toy.git("worktree", "add", "--quiet", "-b", branch, str(path))
    (path / ".env").write_text((quiet_toy.main / ".env").read_text() + "MINE=1\n")
    (path / "work.txt").write_text("work\n")
    return branch, path


def test_adopt_gives_a_plain_worktree_its_stack_and_keeps_its_files(quiet_toy, plain):
    branch, path = plain
    tree = quiet_toy.wt("adopt", str(path / "app"), "--json").json
    assert (tree["branch"], tree["path"], tree["state"]) == (branch, str(path), "running")
    seen = quiet_toy.get(tree["services"]["web"]["ports"][0]["published"])
    assert (seen["SITE_URL"], seen["MINE"]) == (tree["url"], "1")
    assert (path / "work.txt").read_text() == "work\n"
    main, mine = quiet_toy.env_of(quiet_toy.main), quiet_toy.env_of(path)
    assert {key for key in mine if mine[key] != main.get(key)} == {
        "WEB_PORT", "VITE_PORT", "SITE_URL", "CSRF_TRUSTED_ORIGINS", "CELERY_BROKER_URL", "MINE",
    }  # fmt: skip
    before = quiet_toy.identities(tree["compose_project"])
    again = quiet_toy.wt("adopt", ".", "--json", cwd=path).json
    assert again == tree
    assert quiet_toy.identities(tree["compose_project"]) == before
    assert hints(quiet_toy.wt("remove", branch, code=3))[0].count("work.txt") == 1
    (path / "work.txt").unlink()
    quiet_toy.wt("remove", branch)
    assert quiet_toy.git("branch", "--list", branch) != ""
    assert not path.exists()
    assert quiet_toy.ours(branch) == []


def test_adopt_can_leave_the_stack_down(quiet_toy, plain):
    tree = quiet_toy.wt("adopt", str(plain[1]), "--no-start", "--slot", "30", "--json").json
    assert (tree["state"], tree["slot"]) == ("created", 30)
    assert quiet_toy.wt("start", plain[0], "--json").json["state"] == "running"


def test_adopt_never_writes_over_somebodys_override(quiet_toy, plain):
    override = plain[1] / "compose.override.yaml"
    override.write_text("services: {}\n")
    quiet_toy.wt("adopt", str(plain[1]), "--no-start")
    assert override.read_text() == "services: {}\n"
    assert (plain[1] / "compose.worktree.yaml").is_file()
    values = quiet_toy.env_of(plain[1])
    assert [Path(one).name for one in values["COMPOSE_FILE"].split(":")][-2:] == [
        "compose.override.yaml", "compose.worktree.yaml",
    ]  # fmt: skip


def test_adopt_refuses_another_repositorys_worktree_and_a_detached_one(quiet_toy, tmp_path):
    quiet_toy.run("git", "init", "--quiet", str(tmp_path / "else"))
    assert "not a worktree of" in hints(quiet_toy.wt("adopt", str(tmp_path / "else"), code=2))[0]
    path = quiet_toy.folder / quiet_toy.fresh("detached")
    quiet_toy.git("worktree", "add", "--quiet", "--detach", str(path))
    assert "switch --create" in hints(quiet_toy.wt("adopt", str(path), code=2))[1]


# Hooks


@pytest.fixture
def hooked(quiet_toy):
    """Let main's configuration name hooks; afterwards it names none."""
    seen = quiet_toy.folder / "seen.txt"
    seen.unlink(missing_ok=True)

    def configure(**hooks: str | list[str]) -> Path:
        (quiet_toy.main / "invoke.yaml").write_text(json.dumps({"wt": {"hooks": hooks}}))
        return seen

    yield configure
    (quiet_toy.main / "invoke.yaml").unlink(missing_ok=True)


def note(moment: str) -> str:
    """Return a hook that notes its moment and the worktree's facts, and prints."""
    facts = f"{moment} $WT_NAME $WT_SLOT $WT_URL $PWD"
    return f"""sh -c 'echo {facts} >> "$WT_MAIN/../seen.txt"; echo told {moment}'"""


def test_hooks_run_at_their_moments_with_the_worktrees_facts(quiet_toy, hooked):
    seen = hooked(
        after_new=[note("after_new"), "true"],
        before_start=note("before_start"),
        before_remove=note("before_remove"),
    )
    branch = quiet_toy.fresh("hooked")
    done = quiet_toy.wt("new", branch, "--json")
    assert "told after_new" in done.err
    tree = done.json
    facts = f"{tree['name']} {tree['slot']} {tree['url']} {tree['path']}"
    quiet_toy.new(branch)
    quiet_toy.wt("restart", branch)
    quiet_toy.wt("start", branch, "--no-hooks")
    quiet_toy.wt("remove", branch)
    assert [line.removesuffix(f" {facts}") for line in seen.read_text().splitlines()] == [
        "before_start", "after_new", "before_start", "before_start", "before_remove",
    ]  # fmt: skip


def test_after_new_runs_once_also_without_a_start(quiet_toy, hooked):
    seen = hooked(after_new=note("after_new"))
    branch = quiet_toy.fresh("hooked")
    quiet_toy.new(branch, "--no-start")
    quiet_toy.wt("start", branch)
    assert seen.read_text().count("after_new") == 1


def test_after_new_runs_in_no_adopted_worktree_also_when_new_finishes_what_adopt_began(
    quiet_toy, hooked, plain
):
    seen = hooked(after_new=note("after_new"))
    branch, path = plain
    quiet_toy.wt("adopt", str(path), "--no-start", "--slot", "99999", code=2)
    assert [row["state"] for row in quiet_toy.rows("worktree") if row["branch"] == branch] == ["creating"]
    quiet_toy.new(branch, "--no-start")
    assert not seen.exists()


def test_a_failing_after_new_is_named_keeps_the_worktree_and_runs_again(quiet_toy, hooked):
    seen = hooked(after_new="sh -c 'exit 9'")
    branch = quiet_toy.fresh("hooked")
    what, hint = hints(quiet_toy.wt("new", branch, code=1))
    assert "after_new" in what
    assert "code 9" in what
    assert "--no-hooks" in hint
    assert quiet_toy.state_of(branch) == "running"
    hooked(after_new=note("after_new"))
    quiet_toy.new(branch)
    assert seen.read_text().count("after_new") == 1


def test_under_quiet_a_hook_is_heard_only_when_it_fails(quiet_toy, hooked):
    hooked(after_new=note("after_new"))
    branch = quiet_toy.fresh("hooked")
    assert quiet_toy.wt("new", branch, "--no-start", "--quiet").err == ""
    hooked(before_start="sh -c 'echo the reason; exit 4'")
    assert "\n    the reason\n" in quiet_toy.wt("start", branch, "--quiet", code=1).err


def test_a_failing_before_start_starts_nothing(quiet_toy, hooked):
    hooked(before_start="nowhere-at-all")
    branch = quiet_toy.fresh("hooked")
    assert "nowhere-at-all" in hints(quiet_toy.wt("new", branch, code=1))[0]
    assert quiet_toy.state_of(branch) == "created"
    quiet_toy.wt("start", branch, "--no-hooks")
    assert quiet_toy.state_of(branch) == "running"


def test_a_failing_before_remove_removes_nothing(quiet_toy, hooked):
    branch = quiet_toy.fresh("hooked")
    tree = quiet_toy.new(branch)
    hooked(before_remove="false")
    before = quiet_toy.identities(tree["compose_project"])
    assert "before_remove" in hints(quiet_toy.wt("remove", branch, code=1))[0]
    assert quiet_toy.identities(tree["compose_project"]) == before
    assert Path(tree["path"]).is_dir()
    quiet_toy.wt("remove", branch, "--no-hooks")
    assert quiet_toy.ours(branch) == []


@pytest.mark.parametrize("moment", ["after_new", "before_remove"])
def test_a_hook_may_call_our_own_commands(quiet_toy, hooked, moment):
    inv = f"{sys.executable} -m invoke"
    hooked(**{moment: [f"{inv} wt.run . worker 'touch /scratch/done'", f"{inv} wt.restart ."]})
    branch = quiet_toy.fresh("hooked")
    tree = quiet_toy.new(branch)
    if moment == "after_new":
        quiet_toy.wt("run", branch, "worker", "ls /scratch/done")
    quiet_toy.wt("remove", branch)
    assert not Path(tree["path"]).exists()


FUNCTIONS = """
from invoke import Collection
import worktree_tasks as wt


def seed(c, tree):
    print("printed", tree.name)
    c.run("echo ran")
    wt.run(c, tree.name, "worker", "echo inside")
    if tree.branch.startswith("broken"):
        raise ValueError("no seeds")


ns = Collection(wt.collection(hooks={"after_new": seed}))
"""


def test_a_function_gets_the_context_and_the_worktree(quiet_toy):
    tasks = quiet_toy.main / "tasks.py"
    before = tasks.read_text()
    tasks.write_text(FUNCTIONS)
    try:
        branch = quiet_toy.fresh("function")
        done = quiet_toy.wt("new", branch, "--json")
        assert done.json["name"] == branch
        assert [
            word for word in (f"printed {branch}", "ran", "inside") if word not in done.err.splitlines()
        ] == []
        done = quiet_toy.wt("new", quiet_toy.fresh("broken"), code=1)
        assert "seed: ValueError: no seeds" in hints(done)[0]
        assert "tasks.py:" in done.err
    finally:
        tasks.write_text(before)


# Host


def test_on_a_host_of_its_own_every_url_is_on_it(quiet_toy):
    branch = quiet_toy.fresh("host")
    tree = quiet_toy.new(branch, env={"INVOKE_WT_HOST": "{slug}.{project}.localhost"})
    host = f"{branch}.{quiet_toy.name}.localhost"
    urls = [port["url"] for one in tree["services"].values() for port in one["ports"]]
    assert urls
    assert all(url.startswith(f"http://{host}:") for url in [tree["url"], *urls])
    values = quiet_toy.env_of(Path(tree["path"]))
    assert values["SITE_URL"] == tree["url"]
    assert "//localhost:" not in "".join(values.values())
    assert quiet_toy.wt("open", branch, env={"BROWSER": "", "DISPLAY": ""}).out == f"{tree['url']}\n"


# Pull requests


def test_a_pull_request_runs_and_goes_without_force(quiet_toy, tmp_path):
    work = quiet_toy.branch(quiet_toy.fresh("theirs"), {"app/deep/code.py": "answer = 43\n"})
    quiet_toy.git("clone", "--quiet", "--bare", str(quiet_toy.main), str(tmp_path / "host.git"))
    quiet_toy.git("remote", "add", "origin", str(tmp_path / "host.git"))
    try:
        quiet_toy.git("push", "--quiet", "origin", f"{work}:refs/pull/5/head")
        quiet_toy.git("push", "--quiet", "origin", "--delete", work)
        quiet_toy.git("branch", "--delete", "--force", work)
        branch = quiet_toy.fresh("review")
        tree = quiet_toy.new(branch, "--pr", "5")
        assert (Path(tree["path"]) / "app/deep/code.py").read_text() == "answer = 43\n"
        assert quiet_toy.git("for-each-ref", "--format=%(upstream)", f"refs/heads/{branch}") == ""
        assert quiet_toy.new(branch, "--pr", "5") == tree
        done = quiet_toy.wt("new", quiet_toy.fresh("review"), "--pr", "99", code=2)
        assert "origin has no pull request 99" in hints(done)[0]
        quiet_toy.wt("remove", branch)
        assert quiet_toy.git("branch", "--list", branch) == ""
    finally:
        quiet_toy.git("remote", "remove", "origin")


# Dry runs


def dump(toy) -> list[str]:
    """Return all that stands in the state file."""
    file = Path(toy.env["XDG_STATE_HOME"], "worktree-tasks", "state.sqlite3")
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
        return list(db.iterdump())


def test_a_dry_run_shows_the_plan_of_a_new_worktree_and_makes_nothing(quiet_toy):
    listed = [one["name"] for one in quiet_toy.wt("list", "--json").json["worktrees"]]
    before = (quiet_toy.run("git", "for-each-ref").out, dump(quiet_toy))
    planned = quiet_toy.wt("plan", "dry-one", "--json").json
    for task in ("new", "add-worktree"):
        done = quiet_toy.wt(task, "dry-one", "--dry", "--json")
        assert done.json == planned
        assert "dry run: nothing was changed" in done.err
    assert quiet_toy.wt("new", "dry-one", "--slot", "23", "-R", "--json").json["slot"] == 23
    assert quiet_toy.wt("new", "dry-one", "--pr", "1", "--dry", code=2).out == ""
    quiet_toy.wt("clean", "--dry-run")
    quiet_toy.wt("clean", "--dry")
    assert (quiet_toy.run("git", "for-each-ref").out, dump(quiet_toy)) == before
    assert [one["name"] for one in quiet_toy.wt("list", "--json").json["worktrees"]] == listed


def test_a_worktree_that_has_a_slot_is_not_given_another(quiet_toy):
    made = quiet_toy.new("slotted")
    other = str(made["slot"] + 20)
    for words in (
        ("new", "slotted", "--slot", other, "--no-start"),
        ("new", "slotted", "--slot", other, "--dry"),
    ):
        done = quiet_toy.wt(*words, code=2)
        assert f"slot {other} was requested, but slotted has slot {made['slot']}" in done.err
    assert (
        quiet_toy.wt("new", "slotted", "--slot", str(made["slot"]), "--no-start", "--json").json["slot"]
        == made["slot"]
    )
