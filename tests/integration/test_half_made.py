"""What git was killed in the middle of is finished or taken away by whatever command comes next."""

from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.engine

# Begins a worktree as git does, then dies with the command that called it.
GIT = """\
#!/bin/sh
case " $* " in *" worktree add "*)
  for path; do case $path in /*) break;; esac; done
  admin=$({git} rev-parse --path-format=absolute --git-common-dir)/worktrees/$(basename "$path")
  mkdir -p "$admin" "$path"
  echo initializing > "$admin/locked"; echo "$path/.git" > "$admin/gitdir"
  echo "gitdir: $admin" > "$path/.git"; echo ../.. > "$admin/commondir"; printf '%040d\\n' 0 > "$admin/HEAD"
  kill -9 $PPID
  exit 1;;
esac
exec {git} "$@"
"""


@pytest.fixture
def deadly_path(lonely, tmp_path) -> str:
    """Return a PATH on which git dies while it adds a worktree."""
    file = tmp_path / "git"
    file.write_text(GIT.format(git=shutil.which("git")))
    file.chmod(0o755)
    return f"{tmp_path}:{lonely.env['PATH']}"


@pytest.mark.parametrize("task", ["new", "doctor", "remove"])
def test_a_worktree_whose_making_was_killed_inside_git_is_finished_or_removed(lonely, deadly_path, task):
    path = lonely.root / task
    lonely.wt("new", task, "--no-start", env={"PATH": deadly_path}, code=-9)
    assert f"{path}\nHEAD {'0' * 40}" in lonely.git("worktree", "list", "--porcelain")
    words = {"new": (task, "--no-start"), "doctor": ("--fix",), "remove": (task,)}[task]
    lonely.wt(task, *words)
    assert path.exists() == (task != "remove")
    assert "initializing" not in lonely.git("worktree", "list", "--porcelain")
    if task != "remove":
        assert lonely.git("status", "--porcelain", cwd=path) == ""
        lonely.wt("remove", task)
    assert lonely.git("worktree", "list").count("\n") == 0
    assert lonely.git("branch", "--list", task) == ""
