"""`clean` asks once on a terminal; nobody is asked where there is none."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from worktree_tasks.git import find_repository
from worktree_tasks.store import open_store

CLEAN = [sys.executable, "-m", "invoke", "clean"]


@pytest.fixture
def forgotten(project):
    """A worktree that somebody deleted by hand, which `clean` would let go of."""
    store = open_store()
    known = store.remember(find_repository(project.path).common_dir, name="shop", main=project.path)
    store.create(
        known, branch="forgotten", name=lambda _: "forgotten", path=lambda slug: project.root / slug,
        start_commit=None, made_branch=False, host="localhost",
    )  # fmt: skip
    store.close()
    return project


def answered(project, answer: bytes) -> tuple[int, str]:
    """Run `clean` on a terminal of its own, and give an answer to what it asks."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(CLEAN, cwd=project.path, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(ours, 1000)
        os.write(ours, answer)
        code = running.wait(60)
    os.close(ours)
    return code, said.decode()


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"yesterday\n", b"\x04"])
def test_anything_but_yes_changes_nothing(forgotten, answer):
    code, said = answered(forgotten, answer)
    assert code == 0
    assert "its directory is gone" in said
    assert len(open_records()) == 1


def open_records():
    store = open_store()
    try:
        return store.records()
    finally:
        store.close()


def test_without_a_terminal_it_needs_a_flag(forgotten):
    done = forgotten.inv("clean")
    assert done.code == 2
    assert "its directory is gone" in done.out
    assert "--yes" in done.err
    error = forgotten.inv("clean", "--json")
    assert (error.code, error.json["error"]["code"]) == (2, 2)
    assert len(open_records()) == 1


def test_to_look_and_to_find_nothing_to_do_need_no_flag_and_no_engine(forgotten, make_project):
    nowhere = {"DOCKER_HOST": "tcp://127.0.0.1:1"}
    done = forgotten.inv("clean", "--dry-run", "--json", env=nowhere)
    assert done.code == 0
    (row,) = done.json["worktrees"]
    assert (row["name"], row["remove"], row["removed"]) == ("forgotten", True, False)
    idle = make_project("idle").inv("clean", "--json", env=nowhere)
    assert (idle.code, idle.json["worktrees"]) == (0, [])


def test_without_an_engine_nothing_is_removed(forgotten):
    done = forgotten.inv("clean", "--yes", "--json", env={"DOCKER_HOST": "tcp://127.0.0.1:1"})
    assert done.code == 4
    assert len(open_records()) == 1
