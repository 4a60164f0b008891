"""A worktree is made completely, however often it takes."""

from __future__ import annotations

import pytest
from harness.projects import Project

from worktree_tasks import git
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree


@pytest.fixture
def ran(project):
    """What git's hook leaves in a worktree: a line each time."""
    project.write(".git/hooks/post-checkout", "#!/bin/sh\necho ran >> ran\n").chmod(0o755)
    return "ran"


@pytest.fixture
def submodule(project, tmp_path):
    """A submodule that main has."""
    library = Project(tmp_path / "library")
    library.init()
    library.commit_file("README", "library\n", "Begin")
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib")
    project.git("commit", "--quiet", "--message", "Add lib")
    return "lib"


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_creation_is_finished_with_hook_and_submodules(
    shop, project, ran, submodule, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(git, "populate_submodules", interrupted)
        with pytest.raises(KeyboardInterrupt):
            add_worktree(shop, "x")
    made = add_worktree(shop, "x").record.path
    assert (made / submodule / "README").read_text() == "library\n"
    assert (made / ran).read_text() == "ran\n" * 2


def test_neither_hook_nor_submodules_are_touched_once_it_is_made(shop, project, ran, submodule):
    made = add_worktree(shop, "x").record.path
    Project(made / submodule).git("switch", "--quiet", "--orphan", "mine")
    add_worktree(shop, "x")
    assert (made / ran).read_text() == "ran\n"
    assert Project(made / submodule).git("branch", "--show-current") == "mine"


def test_no_hook_runs_where_none_is_wanted(shop, ran):
    shop.git_hooks = False
    assert not (add_worktree(shop, "x").record.path / ran).exists()


def test_a_failing_hook_is_told_and_the_worktree_stays(shop, project, told):
    project.write(".git/hooks/post-checkout", "#!/bin/sh\necho no modules >&2\nexit 3\n").chmod(0o755)
    made = add_worktree(shop, "x").record.path
    assert [line for line in told.lines if "no modules" in line]
    assert (made / "compose.yaml").exists()
