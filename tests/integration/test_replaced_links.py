"""What runs in a worktree's containers can replace its `.git`; nothing that it names then runs here."""

from __future__ import annotations

import pytest
from harness.projects import Project

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = """\
services:
  web:
    image: redis:7
    volumes: [".:/src"]
    env_file: .env
"""
REFUSED = (
    ("new", "x", "--no-start"),
    ("start", "x"),
    ("write-env", "x"),
    ("write-compose", "x"),
    ("compose-up", "x"),
    ("remove", "x", "--force"),
)


@pytest.fixture
def project(make_project, tmp_path):
    made = make_project(f"linked-{tmp_path.name.lower().replace('_', '-')}", compose=COMPOSE)
    made.write(".gitignore", ".env\n")
    made.write(".env", "DEBUG=1\n")
    made.commit()
    assert made.inv("new", "x", "--no-start").code == 0
    yield made
    assert made.inv("remove", "x", "--force").code == 0


def test_no_task_runs_what_a_replaced_link_names(project, tmp_path):
    worktree, ran = project.root / "x", tmp_path / "ran"
    link = (worktree / ".git").read_text()
    (worktree / ".git").unlink()

    theirs = Project(worktree)
    theirs.git("init", "--quiet")
    theirs.git("add", ".")
    theirs.git("config", "core.fsmonitor", f"touch '{ran}'; false")
    theirs.git("ls-files", "x")
    assert ran.exists()
    ran.unlink()
    for words in REFUSED:
        done = project.inv(*words)
        assert (done.code, ran.exists()) == (3, False), (words, done.err)
        assert f"{worktree}/.git does not point to {project.path}/.git" in done.err
    assert "does not point to" in project.inv("doctor", "--fix").out
    assert project.inv("stop", "x").code == project.inv("compose-down", "x").code == 0
    assert not ran.exists()

    (worktree / ".git").rename(tmp_path / "aside")
    assert project.inv("doctor", "--fix").code == 0
    assert (worktree / ".git").read_text() == link
