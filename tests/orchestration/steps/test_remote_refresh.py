"""Where a worktree's branch starts after the remote was asked; no engine is needed for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from harness.projects import Project

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.orchestration.steps.remote_refresh import refresh
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree, plan_source


def git(cwd, *words: str) -> str:
    return Project(cwd).git(*words)


@pytest.fixture
def origin(project, tmp_path):
    """A bare remote that has gone on since main was pushed to it: a commit on main, and a pull request 12."""
    path = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(path))
    project.git("remote", "add", "origin", str(path))
    project.git("push", "--quiet", "--set-upstream", "origin", "main")
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(path), str(other))
    for key, value in (("user.name", "B"), ("user.email", "b@example.org")):
        git(other, "config", key, value)
    for target in ("refs/pull/12/head", "refs/heads/main"):
        (other / f"{target.replace('/', '-')}.txt").write_text("work\n")
        git(other, "add", "--all")
        git(other, "commit", "--quiet", "-m", target)
        git(other, "push", "--quiet", "origin", f"HEAD:{target}")
    return path


def test_a_pull_request_becomes_a_branch_that_tracks_nothing(shop, origin, project):
    fetched = refresh(shop, "review", fetch=False, number=12)
    made = add_worktree(shop, "review", fetched=fetched)
    assert git(made.record.path, "rev-parse", "HEAD") == git(origin, "rev-parse", "refs/pull/12/head")
    assert project.git("for-each-ref", "--format=%(upstream)", "refs/heads/review") == ""
    # Its commits are somebody's work, so that it is no branch "without commits yet".
    assert (made.record.made_branch, made.record.start_commit) == (True, None)


def test_a_pull_request_whose_branch_is_there_already_is_opened(shop, origin, project):
    project.git("fetch", "--quiet", "origin", "refs/pull/12/head:review")
    made = add_worktree(shop, "review", fetched=refresh(shop, "review", fetch=False, number=12))
    assert not made.record.made_branch
    assert git(made.record.path, "rev-parse", "HEAD") == git(origin, "rev-parse", "refs/pull/12/head")


def test_a_branch_of_other_work_is_not_taken_for_a_pull_request(shop, origin, project):
    project.git("switch", "--quiet", "--create", "review")
    project.write("mine.txt", "mine\n")
    project.commit()
    project.git("switch", "--quiet", "main")
    fetched = refresh(shop, "review", fetch=False, number=12)
    with pytest.raises(BadUse, match="is not pull request 12"):
        plan_source(shop, "review", None, fetched)


def test_a_worktree_of_one_pull_request_is_not_given_out_as_anothers(shop, origin, project):
    made = add_worktree(shop, "review", fetched=refresh(shop, "review", fetch=False, number=12))
    made.update(state="ready")
    again = refresh(shop, "review", fetch=False, number=12)
    assert plan_source(shop, "review", None, again).create is False
    project.git("push", "--quiet", "origin", "main:refs/pull/13/head")
    project.write("other.txt", "other\n")
    project.commit()
    project.git("push", "--quiet", "--force", "origin", "main:refs/pull/13/head")
    other = refresh(shop, "review", fetch=False, number=13)
    with pytest.raises(BadUse, match="is not pull request 13"):
        plan_source(shop, "review", None, other)


def test_a_pull_request_that_does_not_exist_makes_nothing(shop, origin, project):
    with pytest.raises(BadUse, match="has no pull request 99"):
        refresh(shop, "review", fetch=False, number=99)
    assert project.git("branch", "--format=%(refname:short)") == "main"


def test_fetching_starts_a_new_branch_at_the_remotes_base(shop, origin, project):
    made = add_worktree(shop, "work", fetched=refresh(shop, "work", fetch=True, number=None))
    assert git(made.record.path, "rev-parse", "HEAD") == git(origin, "rev-parse", "main")
    assert project.git("for-each-ref", "--format=%(upstream)", "refs/heads/work") == ""
    assert made.record.start_commit == git(origin, "rev-parse", "main")


def test_fetching_leaves_a_base_that_was_named_or_is_ahead(shop, origin, project):
    fetched = refresh(shop, "work", fetch=True, number=None)
    assert plan_source(shop, "work", "main", fetched).start == project.git("rev-parse", "main")
    project.write("mine.txt", "mine\n")
    project.commit()
    assert plan_source(shop, "work", None, fetched).start == project.git("rev-parse", "main")


def test_without_fetching_it_says_how_old_and_how_far_behind_the_base_is(shop, origin, project):
    assert "origin/main fetched just now" in plan_source(shop, "work", None).label
    project.git("fetch", "--quiet")
    assert "2 commits behind origin/main fetched just now" in plan_source(shop, "work", None).label


def test_a_remote_that_does_not_answer_fails_only_when_it_was_asked_for(shop, project, told):
    project.git("remote", "add", "origin", "/nowhere/at/all.git")
    with pytest.raises(Failure, match="fetching from origin"):
        refresh(shop, "work", fetch=True, number=None)
    shop.settings = replace(shop.settings, fetch=True)
    assert not refresh(shop, "work", fetch=False, number=None).fresh
    assert any("continuing with what is known here" in line for line in told.lines)


def test_without_a_remote_fetching_is_wrong_use(shop):
    with pytest.raises(BadUse, match="no remote to fetch from"):
        refresh(shop, "work", fetch=True, number=None)


def test_a_worktree_that_is_there_asks_no_remote(shop, project, tree):
    tree("there")
    project.git("remote", "add", "origin", "/nowhere/at/all.git")
    assert not refresh(shop, "there", fetch=True, number=12).fresh


def test_the_remote_of_the_base_may_have_a_slash_in_its_name(shop, origin, project, told):
    project.git("remote", "rename", "origin", "team/mates")
    project.git("remote", "add", "another", "/nowhere/at/all.git")
    made = add_worktree(shop, "work", fetched=refresh(shop, "work", fetch=True, number=None))
    assert "fetch: team/mates" in told.lines
    assert made.record.start_commit == git(origin, "rev-parse", "main")
