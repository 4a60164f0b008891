"""A session of Claude Code on a real stack: its hooks make, start and remove worktrees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

# What of the toy has to be changed for its servers to fail at once.
BROKEN = {"server.py": "raise SystemExit(3)\n"}


def hook(toy, event, payload, **options):
    done = toy.program("claude-hook", event, stdin=json.dumps(payload), **options)
    assert "Traceback" not in done.err
    return done


def payload(toy, event, **more):
    """Return what Claude Code sends: more than we read."""
    session = {"session_id": "4f1c", "transcript_path": str(toy.folder / "t.jsonl"), "cwd": str(toy.main)}
    return {**session, "hook_event_name": event, **more}


def test_a_worktree_is_made_for_a_session_and_removed_after_it(quiet_toy):
    branch = quiet_toy.fresh()
    made = hook(quiet_toy, "create", payload(quiet_toy, "WorktreeCreate", name=branch))
    place = quiet_toy.root / branch
    assert (made.code, made.out) == (0, f"{place}\n"), made.err
    assert "✓ containers" in made.err
    assert quiet_toy.state_of(branch) == "running"

    begun = hook(quiet_toy, "session", payload(quiet_toy, "SessionStart", cwd=str(place), source="startup"))
    assert begun.code == 0, begun.err
    url = quiet_toy.listed()[branch]["url"]
    assert url in begun.out
    assert f"worktree-tasks run {branch} SERVICE COMMAND" in begun.out or "-m worktree_tasks run" in begun.out

    Path(place, "work").write_text("not committed")
    gone = payload(quiet_toy, "WorktreeRemove", worktree_path=str(place), cwd=str(place))
    refused = hook(quiet_toy, "remove", gone, cwd=place)
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == quiet_toy.program("remove", str(place), code=3).err
    Path(place, "work").unlink()
    removed = hook(quiet_toy, "remove", gone, cwd=place)
    assert removed.code == 0, removed.err
    assert not place.exists()
    assert quiet_toy.ours(branch) == []


def test_a_hook_that_is_called_twice_at_once_makes_one_worktree(quiet_toy):
    branch = quiet_toy.fresh()
    given = json.dumps(payload(quiet_toy, "WorktreeCreate", name=branch)).encode()
    argv = [sys.executable, "-m", "worktree_tasks", "claude-hook", "create"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    both = [subprocess.Popen(argv, cwd=quiet_toy.main, env=quiet_toy.env, **pipes) for _ in range(2)]
    for one in both:
        one.stdin.write(given)
        one.stdin.close()
        one.stdin = None
    ended = [one.communicate() for one in both]
    place = quiet_toy.root / branch
    assert [(one.returncode, out) for one, (out, _) in zip(both, ended, strict=True)] == [
        (0, f"{place}\n".encode())
    ] * 2, ended
    assert [one["branch"] for one in quiet_toy.listed().values()].count(branch) == 1
    quiet_toy.wt("remove", branch)


def test_a_stack_that_does_not_start_leaves_the_session_a_worktree_to_fix_it_in(quiet_toy):
    branch = quiet_toy.branch(quiet_toy.fresh("broken"), BROKEN)
    made = hook(quiet_toy, "create", payload(quiet_toy, "WorktreeCreate", name=branch))
    assert (made.code, made.out) == (0, f"{quiet_toy.root / branch}\n"), made.err
    assert "exited with code 3" in made.err
    begun = hook(quiet_toy, "session", payload(quiet_toy, "SessionStart", cwd=made.out.strip()))
    assert (begun.code, begun.out) == (1, "")
    quiet_toy.wt("remove", branch, "--force")


def test_a_session_takes_over_a_worktree_that_git_made(quiet_toy):
    branch = quiet_toy.fresh("plain")
    place = quiet_toy.folder / branch
    quiet_toy.git("worktree", "add", "--quiet", "-b", branch, str(place))
    (place / "deep").mkdir()
    begun = hook(quiet_toy, "session", payload(quiet_toy, "SessionStart", cwd=str(place / "deep")))
    assert begun.code == 0, begun.err
    assert quiet_toy.state_of(branch) == "running"
    quiet_toy.wt("stop", branch)
    again = hook(quiet_toy, "session", payload(quiet_toy, "SessionStart", cwd=str(place)), cwd=place)
    assert again.code == 0, again.err
    assert quiet_toy.state_of(branch) == "running"
    quiet_toy.wt("remove", branch)
