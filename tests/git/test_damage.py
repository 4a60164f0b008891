"""What a crash damaged of git's own files is named with the command that makes it again."""

from __future__ import annotations

import subprocess

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.git import git_directory
from worktree_tasks.git.program import git


def refused(work):
    with pytest.raises(CommandError) as told:
        git(work.path, "status", "--porcelain")
    return told.value.hint


@pytest.mark.parametrize("content", [b"junk", b"DIRC", b"\0" * 100])
def test_a_damaged_index_is_made_again_by_what_is_advised(work, content):
    work.write("new.txt", "mine\n")
    (git_directory(work.path) / "index").write_bytes(content)
    advised = refused(work).removeprefix("its index is damaged: ").partition(";")[0]
    for line in advised.split(", then "):
        subprocess.run(["sh", "-c", line], check=True, capture_output=True)
    assert work.git("status", "--porcelain").strip() == "?? new.txt"


@pytest.mark.parametrize("content", [b"", b"junk\n", b"\0" * 30])
def test_a_damaged_head_is_made_again_by_what_is_advised(work, content):
    head = git_directory(work.path) / "HEAD"
    before = head.read_bytes()
    head.write_bytes(content)
    advised = refused(work).removeprefix("its HEAD is damaged: ").partition(", with")[0]
    branch = before.decode().strip().removeprefix("ref: refs/heads/")
    subprocess.run(["sh", "-c", advised.replace("BRANCH", branch)], check=True)
    assert head.read_bytes() == before


def test_a_link_that_names_nothing_is_left_to_doctor(work):
    (work.path / ".git").write_text("gitdir: /nonexistent\n")
    assert "wt.doctor --fix" in refused(work)


def test_other_failures_have_no_such_hint(work):
    with pytest.raises(CommandError) as told:
        git(work.path, "rev-parse", "--verify", "nothing")
    assert told.value.hint == ""
