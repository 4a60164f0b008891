"""An agent's work by the Model Context Protocol on a real stack, with the official client and without one."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
from harness.clients import as_agent

pytestmark = pytest.mark.engine

SERVER = [sys.executable, "-m", "worktree_tasks", "mcp"]
VERSION = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def test_a_whole_session_of_an_agent(quiet_toy):
    branch = quiet_toy.fresh("agent")

    async def work(agent):
        planned = await agent.call("plan", branch=branch)
        assert planned["slot"] >= 1
        tree = await agent.call("new", branch=branch)
        assert (tree["branch"], tree["state"]) == (branch, "running")
        assert tree["slot"] == planned["slot"]
        steps = [line.split()[1] for line in agent.told if line.startswith("✓")]
        assert {"worktree", "ports", "containers"} <= set(steps)
        assert (await agent.call("start", name=branch))["url"] == tree["url"]

        ran = await agent.call("run", name=branch, service="worker", command="sh -c 'echo hello; pwd'")
        assert ran["output"].splitlines()[0] == "hello"
        await agent.call("run", name=branch, service="worker", command="sh -c 'echo working >/proc/1/fd/1'")
        said = await agent.call("logs", name=branch, service=["worker"], tail=5)
        assert [(one["service"], one["line"]) for one in said["lines"]] == [("worker", "working")]
        resources = (await agent.client.list_resources()).resources
        uri = next(str(one.uri) for one in resources if str(one.uri).endswith(f"/{branch}"))
        read = await agent.client.read_resource(f"{uri}/worker")
        assert read.contents[0].text == "worker | working\n"
        assert (await agent.call("database", name=branch))["mode"] == "shared"

        place = quiet_toy.root / branch
        (place / "work").write_text("done\n")
        refused = (await agent.answer("remove", name=branch))["error"]
        assert (refused["kind"], refused["code"]) == ("unsaved-work", 3)
        quiet_toy.commit("Work", cwd=place)
        listed = {one["branch"]: one for one in (await agent.call("list"))["worktrees"]}
        assert listed[branch]["changes"]["ahead"] == 1
        rows = {one["name"]: one for one in (await agent.call("clean"))["worktrees"]}
        assert rows[branch]["remove"] is False

        assert (await agent.call("stop", name=branch))["state"] == "stopped"
        quiet_toy.git("merge", "--quiet", branch)
        gone = await agent.call("remove", name=branch)
        assert (gone["branch"], gone["branch_deleted"]) == (branch, True)
        assert not place.exists()

    as_agent(quiet_toy, work)
    assert quiet_toy.ours(branch) == []


def test_a_command_that_fails_says_its_own_code(quiet_toy):
    branch = quiet_toy.fresh("code")
    quiet_toy.new(branch)

    async def work(agent):
        answer = await agent.answer("run", service="worker", command="sh -c 'exit 7'")
        assert 7 in (answer.get("code"), answer.get("error", {}).get("code"))

    # In a worktree its name may be left out.
    as_agent(quiet_toy, work, cwd=quiet_toy.root / branch)
    quiet_toy.wt("remove", branch)


@contextmanager
def begun(toy, branch):
    """Have a client ask for a worktree, and be told of a first step of it."""
    call = {"name": "new", "arguments": {"branch": branch}, "_meta": {"progressToken": 1}}
    requests = (
        {"id": 1, "method": "initialize", "params": VERSION},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": call},
    )
    with subprocess.Popen(
        SERVER, cwd=toy.main, env=toy.env, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        for one in requests:
            server.stdin.write(f"{json.dumps({'jsonrpc': '2.0', **one})}\n")
        server.stdin.flush()
        while json.loads(server.stdout.readline()).get("method") != "notifications/progress":
            continue
        yield server


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_half_made(quiet_toy):
    branch = quiet_toy.fresh("away")
    with begun(quiet_toy, branch) as server:
        server.stdin.close()
        assert server.wait(60) == 0
    left = quiet_toy.listed().get(branch)
    assert left is None or left["phase"] != "half-made"
    quiet_toy.new(branch)
    quiet_toy.wt("remove", branch)
    assert quiet_toy.ours(branch) == []


def test_what_a_killed_server_began_is_finished(quiet_toy):
    branch = quiet_toy.fresh("killed")
    with begun(quiet_toy, branch) as server:
        server.kill()
    quiet_toy.wait_for(lambda: quiet_toy.state_of(branch) == "running")
    quiet_toy.wt("remove", branch)
    assert quiet_toy.ours(branch) == []
