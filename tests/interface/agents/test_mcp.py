"""The MCP server, as far as it goes without an engine: its tools, its errors, its stdout and its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from harness.clients import as_agent
from harness.programs import wait_for
from harness.projects import record_worktrees
from mcp.shared.exceptions import MCPError

from worktree_tasks.errors import BadUse
from worktree_tasks.interface.agents.mcp_tools import TOOLS, input_schema, words_for
from worktree_tasks.interface.task_table import read_table

TABLE = read_table()
SERVER = [sys.executable, "-m", "worktree_tasks", "mcp"]
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.mark.parametrize("task", TOOLS)
def test_a_tool_takes_words_that_its_task_has_and_never_force(task):
    tool = TOOLS[task]
    words = {word.text.removeprefix("--").replace("-", "_") for word in TABLE[task]}
    assert {*tool.takes, *tool.needs} <= words
    assert {*tool.defaults} <= {*tool.takes}
    schema = input_schema(task, TABLE)
    assert schema["properties"].keys() == {*tool.takes}
    assert not {"force", "discard", "yes", "trust"} & schema["properties"].keys()


def test_the_words_of_a_call_can_be_taken_for_nothing_else():
    assert words_for("run", {"name": "-x", "service": "web", "command": "ls -l"}, TABLE) == [
        "run", "--name=-x", "--service=web", "--command=ls -l", "--json",
    ]  # fmt: skip
    assert words_for("logs", {"service": ["web", "db"]}, TABLE)[1:] == [
        "--tail=200", "--service=web", "--service=db", "--no-follow", "--json",
    ]  # fmt: skip
    assert words_for("clean", {}, TABLE) == ["clean", "--dry-run", "--json"]
    assert words_for(
        "new", {"branch": "a", "no_start": True, "build": False, "slot": 3, "base": None}, TABLE
    )[1:] == ["--branch=a", "--no-start", "--slot=3", "--json"]


@pytest.mark.parametrize(
    ("task", "given", "said"),
    [
        ("new", {}, "new needs branch"),
        ("new", {"branch": None}, "new needs branch"),
        ("new", {"branch": ["a"]}, "branch ['a'] cannot be used"),
        ("new", {"branch": "a\0b"}, "branch 'a\\x00b' cannot be used"),
        ("new", {"branch": "a", "slot": "x"}, "slot 'x' cannot be used"),
        ("new", {"branch": "a", "build": "yes"}, "build 'yes' cannot be used"),
        ("new", {"branch": "a", "own": [["web"]]}, "own ['web'] cannot be used"),
        ("remove", {"name": "a", "force": True}, "remove does not take force"),
        ("clean", {"yes": True}, "clean does not take yes"),
        ("list", {"all": True}, "list does not take all"),
    ],
)
def test_what_a_tool_does_not_take_is_told(task, given, said):
    with pytest.raises(BadUse) as seen:
        words_for(task, given, TABLE)
    assert seen.value.what == said
    assert seen.value.hint


def test_an_agent_sees_the_tools_and_gets_errors_with_their_hints(project):
    record_worktrees(project, "auth")

    async def work(agent):
        tools = (await agent.client.list_tools()).tools
        assert [one.name for one in tools] == [*TOOLS]
        assert {one.name for one in tools if one.annotations.read_only_hint} == {
            "list",
            "plan",
            "logs",
            "clean",
        }
        unknown = (await agent.answer("start", name="auht"))["error"]
        assert (unknown["kind"], unknown["code"]) == ("unknown-worktree", 2)
        assert "auth" in unknown["hint"]
        assert (await agent.answer("new", branch=".."))["error"]["kind"] == "bad-branch-name"
        assert (await agent.answer("new"))["error"]["hint"] == "give it branch"
        # Longer than any system lets a word of a command line be.
        long = (await agent.answer("run", name="auth", service="web", command="x" * (4 << 20)))["error"]
        assert (long["kind"], "cannot be started" in long["what"]) == ("program-failed", True)
        forced = await agent.answer("remove", name="auth", force=True)
        assert forced["error"]["kind"] == "not-understood"
        with pytest.raises(MCPError, match="no tool 'doctor'"):
            await agent.client.call_tool("doctor", {})

    as_agent(project, work)


def test_an_error_comes_with_what_there_is_of_the_result(project):
    record_worktrees(project, "auth")
    project = type(project)(project.path, {**project.env, **NO_ENGINE})

    async def work(agent):
        found = await agent.answer("list")
        assert (found["error"]["kind"], found["error"]["code"]) == ("engine-unreachable", 4)
        assert [one["name"] for one in found["worktrees"]] == ["auth"]
        resources = (await agent.client.list_resources()).resources
        assert [str(one.uri) for one in resources] == [
            "worktree-tasks://logs/main", "worktree-tasks://logs/auth",
        ]  # fmt: skip
        with pytest.raises(MCPError, match="auth has no containers"):
            await agent.client.read_resource("worktree-tasks://logs/auth")
        with pytest.raises(MCPError, match="no resource"):
            await agent.client.read_resource("file:///etc/passwd")
        with pytest.raises(MCPError, match="cannot be used"):
            await agent.client.read_resource("worktree-tasks://logs/%00")

    as_agent(project, work)


def test_after_its_worktree_is_removed_the_server_serves_the_project(project):
    record_worktrees(project, "auth", "pay")
    place = project.root / "auth"
    project = type(project)(project.path, {**project.env, **NO_ENGINE})

    async def work(agent):
        await agent.answer("list")
        project.git("worktree", "remove", str(place))
        found = await agent.answer("list")
        assert "pay" in [one["name"] for one in found["worktrees"]]
        assert (await agent.answer("stop"))["error"]["kind"] == "not-understood"

    as_agent(project, work, cwd=place)


def messages(*documents):
    return "".join(f"{json.dumps(one)}\n" for one in documents)


def test_stdout_has_the_protocol_alone_whatever_comes_in(project):
    calls = [{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list", "arguments": {}}}]
    broken = "this is no JSON\n\n[]\n"
    with subprocess.Popen(
        SERVER, cwd=project.path, env=project.env, text=True, bufsize=1,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as server:  # fmt: skip
        server.stdin.write(messages(INITIALIZE, INITIALIZED) + broken + messages(*calls))
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline())]
        while answers[-1].get("id") != 2:
            answers.append(json.loads(server.stdout.readline()))
        server.stdin.close()
        assert server.wait(60) == 0
        assert server.stdout.read() == ""
        assert "Traceback" not in server.stderr.read()
    assert all(one["jsonrpc"] == "2.0" for one in answers)
    assert answers[-1]["result"]["structuredContent"]["schema"] == 1


@pytest.mark.parametrize("number", [2, 15], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_ends_the_server_without_a_word(project, number):
    with subprocess.Popen(
        SERVER, cwd=project.path, env=project.env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as server:  # fmt: skip
        server.stdin.write(messages(INITIALIZE))
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == 1
        server.send_signal(number)
        assert server.wait(60) in (0, 128 + number)
        assert "Traceback" not in server.stderr.read()


def test_the_server_has_an_entry_point_of_its_own(project):
    code = "import sys; sys.argv[:] = ['x']; from worktree_tasks.interface.program import mcp; mcp()"
    done = project.run(sys.executable, "-c", code, stdin=messages(INITIALIZE))
    assert done.code == 0, done.err
    assert json.loads(done.out)["result"]["serverInfo"]["name"] == "worktree-tasks"


@pytest.mark.parametrize("missing", ["mcp", "mcp_types"])
def test_without_the_extra_it_says_how_to_get_it(project, tmp_path, missing):
    (tmp_path / "lacking").mkdir()
    (tmp_path / "lacking" / f"{missing}.py").write_text(f"raise ImportError('no {missing}')\n")
    path = os.pathsep.join((str(tmp_path / "lacking"), project.env["PYTHONPATH"]))
    done = project.program("mcp", env={"PYTHONPATH": path})
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == "✗ the MCP server needs the package mcp, version 2 or later"
    assert "worktree-tasks[mcp]" in done.err.splitlines()[1]


def test_a_client_that_goes_away_ends_the_server_and_the_call_that_it_made(project, tmp_path):
    started, ended = tmp_path / "started", tmp_path / "ended"
    # A docker that is slow, and says when it was interrupted.
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "docker").write_text(
        f"#!/bin/sh\ntrap 'touch {ended}; exit 130' INT TERM\ntouch {started}\nwhile :; do sleep 0.1; done\n"
    )
    (slow / "docker").chmod(0o755)
    env = {**project.env, "PATH": f"{slow}{os.pathsep}{project.env['PATH']}"}
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "new", "arguments": {"branch": "auth"}},
    }
    with subprocess.Popen(SERVER, cwd=project.path, env=env, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:  # fmt: skip
        server.stdin.write(messages(INITIALIZE, INITIALIZED, call))
        server.stdin.flush()
        wait_for(started.exists)
        server.stdin.close()
        assert server.wait(60) == 0
    assert ended.exists()
    assert not (project.root / "auth").exists()
    assert "auth" not in project.git("branch", "--list")
