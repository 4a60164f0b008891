"""`agents-init` shows what it changes, asks, and keeps what is somebody else's."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

from worktree_tasks.configuration.agents.agent_files import RECIPES

PATHS = [one.path for one in RECIPES]
COMMENTED = '{\n  // tools that we trust\n  "permissions": {"allow": ["Bash"]}\n}\n'


def files_of(folder):
    """Return every file of a checkout, git's excepted, with its bytes and mode."""
    every = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode) for path in every}


def test_it_writes_once_what_it_shows_and_takes_it_out_again(project):
    before = files_of(project.path)
    dry = project.program("--dry", "agents-init", code=0)
    assert files_of(project.path) == before
    done = project.program("agents-init", "--yes", code=0)
    assert done.out.startswith(dry.out)
    assert all(f"+++ b/{path}\n" in done.out for path in PATHS)
    assert files_of(project.path).keys() - before.keys() == set(PATHS)
    assert "nothing to change" in project.program("agents-init", code=0).out
    project.program("agents-init", "--remove", "--yes", code=0)
    assert files_of(project.path) == before
    assert not (project.path / ".codex").exists()


def test_it_writes_nothing_where_nobody_can_be_asked(project):
    done = project.program("agents-init")
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ nothing was done: confirmation needs a terminal")
    assert "+++ b/.claude/settings.json" in done.out
    assert not (project.path / "AGENTS.md").exists()
    document = project.program("agents-init", "--json").json
    assert document["error"]["kind"] == "answer-needed"


def test_its_document_has_every_file_with_what_changes(project):
    document = project.program("agents-init", "--json", "--yes", code=0).json
    assert (document["root"], document["written"]) == (str(project.path), True)
    assert {one["path"]: one["change"] for one in document["files"]} == dict.fromkeys(PATHS, "make")
    again = project.program("agents-init", "--json", code=0).json
    assert {one["change"] for one in again["files"]} == {"none"}
    assert again["written"] is False


def test_on_a_terminal_it_shows_the_change_and_asks(project):
    for answer, written in ((b"n\n", False), (b"y\n", True)):
        ours, theirs = pty.openpty()
        argv = [sys.executable, "-m", "worktree_tasks", "agents-init"]
        with subprocess.Popen(
            argv, cwd=project.path, env=project.env, stdin=theirs, stdout=theirs, stderr=theirs
        ) as running:
            os.close(theirs)
            said = b""
            while b"[y/N]" not in said:
                said += os.read(ours, 4096)
            assert b"claude-hook create" in said
            os.write(ours, answer)
            assert running.wait(60) == 0
        os.close(ours)
        assert (project.path / "AGENTS.md").exists() is written


def test_settings_with_comments_are_refused_and_no_file_is_touched(project):
    settings = project.write(".claude/settings.json", COMMENTED)
    before = files_of(project.path)
    for words in (("agents-init", "--yes"), ("agents-init", "--yes", "--remove")):
        done = project.program(*words, code=3)
        first = "✗ .claude/settings.json stays as it is: line 2: a comment"
        assert done.err.splitlines()[0] == first
        assert files_of(project.path) == before
    assert '"command": "worktree-tasks claude-hook create"' in project.program("agents-init", "--yes").err
    assert settings.read_text() == COMMENTED


def test_settings_with_keys_that_nobody_knows_keep_every_byte(project):
    theirs = '{"zeta": {"a":[1,  2]}, "alpha": "\\u00e4", "hooks": {"Stop": []}}'
    settings = project.write(".claude/settings.json", theirs)
    settings.chmod(0o600)
    project.program("agents-init", "--yes", code=0)
    made = settings.read_text()
    assert made.startswith(theirs.removesuffix("}}"))
    assert json.loads(made)["hooks"].keys() == {"Stop", "WorktreeCreate", "SessionStart", "WorktreeRemove"}
    assert settings.stat().st_mode & 0o777 == 0o600
    project.program("agents-init", "--yes", "--remove", code=0)
    assert settings.read_text() == theirs


def test_a_link_to_another_file_of_the_checkout_is_written_through(project):
    project.write("CLAUDE.md", "# Mine\n")
    (project.path / "AGENTS.md").symlink_to("CLAUDE.md")
    project.program("agents-init", "--yes", code=0)
    assert (project.path / "AGENTS.md").is_symlink()
    assert (project.path / "CLAUDE.md").read_text().startswith("# Mine\n\n<!-- worktree-tasks: begin")


@pytest.mark.parametrize("link", ["AGENTS.md", ".claude"])
def test_a_link_that_leads_out_of_the_checkout_is_refused(project, tmp_path, link):
    (tmp_path / "outside").mkdir()
    (project.path / link).symlink_to(tmp_path / "outside")
    done = project.program("agents-init", "--yes", code=3)
    assert "is a symbolic link to" in done.err
    assert list((tmp_path / "outside").iterdir()) == []


def test_it_writes_into_the_worktree_that_one_stands_in(project):
    project.git("worktree", "add", "--quiet", "-b", "agents", str(project.root / "agents"))
    project.program("agents-init", "--yes", code=0, cwd=project.root / "agents")
    assert (project.root / "agents" / "AGENTS.md").exists()
    assert not (project.path / "AGENTS.md").exists()


def test_outside_of_a_repository_it_says_so(project):
    done = project.program("agents-init", "--yes", cwd=project.path.parent)
    assert (done.code, "is not in a git repository" in done.err) == (1, True)
