"""What words of a command line may name, as git's files and the state file tell it."""

from __future__ import annotations

from contextlib import closing

import pytest

from worktree_tasks.configuration.compose.recorded_decision import Decision
from worktree_tasks.machine import completion_names, known_projects
from worktree_tasks.store import open_store


@pytest.fixture
def home(project):
    with closing(open_store()) as store:
        known = store.remember(project.path / ".git", name="shop", main=project.path)
        for slug in ("auth", "pay"):
            record = store.create(
                known,
                branch=slug,
                name=lambda _, slug=slug: slug,
                path=lambda name: project.root / name,
                start_commit=None,
                made_branch=True,
                host="localhost",
            )
            store.record_decisions(record, {"web": Decision("own"), "db": Decision("shared")})
    return known_projects.known(str(project.path)).here


def test_services_are_those_that_were_decided_on_in_each_worktree(home):
    assert completion_names.services(home) == [
        ("auth", "db", "shared"),
        ("auth", "web", "own"),
        ("pay", "db", "shared"),
        ("pay", "web", "own"),
    ]


def test_a_state_file_that_cannot_be_read_tells_no_services(home):
    (known_projects.state_directory() / "state.sqlite3").write_bytes(b"nothing of the kind" * 99)
    assert completion_names.services(home) == []
    (known_projects.state_directory() / "state.sqlite3").unlink()
    assert completion_names.services(home) == []


def test_branches_are_those_that_git_lists(home, project):
    project.git("branch", "loose/one")
    project.git("pack-refs", "--all")
    project.git("branch", "later")
    assert completion_names.branches(home) == project.git("branch", "--format=%(refname:short)").split()


def test_branches_of_remotes_are_those_that_git_lists(home, project):
    head = project.git("rev-parse", "HEAD")
    for name in ("origin/main", "origin/pay/card", "fork/main"):
        project.git("update-ref", f"refs/remotes/{name}", head)
    project.git("pack-refs", "--all")
    project.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    project.git("update-ref", "refs/remotes/origin/later", head)
    assert completion_names.remote_branches(home) == [
        "fork/main",
        "origin/later",
        "origin/main",
        "origin/pay/card",
    ]


def test_branches_of_remotes_are_known_without_the_name_of_the_remote(home, project, tmp_path):
    for remote in ("origin", "their/fork"):
        project.git("clone", "--quiet", "--bare", ".", str(tmp_path / remote))
        project.git("-C", str(tmp_path / remote), "branch", f"{remote[0]}/x")
        project.git("remote", "add", remote, str(tmp_path / remote))
        project.git("fetch", "--quiet", remote)
    assert completion_names.all_branches(home) == ["main", "o/x", "t/x"]
    project.git("pack-refs", "--all")
    assert completion_names.all_branches(home) == ["main", "o/x", "t/x"]


def test_where_there_is_no_vault_there_are_no_restore_points(home):
    assert completion_names.restore_points(home) == []
