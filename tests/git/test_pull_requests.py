"""Pull and merge requests, from a bare repository that shows them as GitHub and GitLab do."""

from __future__ import annotations

import pytest

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.git import fetch_pull_request, main_remote
from worktree_tasks.git.fetching import ask_remote


@pytest.fixture
def host(shop, tmp_path, at):
    """A bare repository with a pull request 12 and a merge request 7, on no branch."""
    tips = {}
    for ref in ("refs/pull/12/head", "refs/merge-requests/7/head"):
        shop.git("checkout", "--quiet", "--detach", "main")
        tips[ref] = shop.commit_file(ref.replace("/", "-"), "work\n")
        shop.git("update-ref", ref, tips[ref])
    shop.git("checkout", "--quiet", "main")
    shop.git("clone", "--quiet", "--mirror", str(shop.path), str(tmp_path / "host.git"))
    return at(tmp_path / "host.git"), tips


@pytest.fixture
def ours(host, clone):
    return clone(host[0])


@pytest.mark.parametrize(
    ("number", "ref"),
    [(12, "refs/pull/12/head"), (7, "refs/merge-requests/7/head")],
    ids=["github", "gitlab"],
)
def test_its_commit_comes_without_a_branch_of_its_own(ours, host, number, ref):
    found = fetch_pull_request(ours.repo, number, seconds=30)
    assert (found.number, found.remote, found.commit) == (number, "origin", host[1][ref])
    assert ours.git("branch", "--format=%(refname:short)") == "main"
    assert ours.git("rev-parse", f"refs/remotes/pull/origin/{number}") == host[1][ref]


def test_one_that_was_rebased_is_fetched_anew(ours, host, shop):
    fetch_pull_request(ours.repo, 12, seconds=30)
    tip = shop.commit_file("other", "1")
    shop.git("push", "--quiet", "--force", str(host[0].path), f"{tip}:refs/pull/12/head")
    assert fetch_pull_request(ours.repo, 12, seconds=30).commit == tip


def test_one_that_does_not_exist_is_told_with_how_to_list_them(ours):
    with pytest.raises(BadUse, match="origin has no pull request 99") as told:
        fetch_pull_request(ours.repo, 99, seconds=30)
    assert "git ls-remote origin" in told.value.hint
    assert ours.git("for-each-ref", "refs/remotes/pull") == ""


def test_without_a_remote_it_says_which_is_missing(shop):
    with pytest.raises(BadUse, match="no remote"):
        fetch_pull_request(shop.repo, 1, seconds=30)


def test_a_remote_that_cannot_be_reached_is_a_failure(shop):
    shop.git("remote", "add", "origin", "/nowhere/at/all.git")
    with pytest.raises(Failure, match="fetching from origin"):
        fetch_pull_request(shop.repo, 1, seconds=30)


def test_beside_a_fork_the_project_itself_is_asked(ours):
    assert main_remote(ours.repo) == "origin"
    ours.git("remote", "add", "upstream", "/elsewhere.git")
    assert main_remote(ours.repo) == "upstream"


def test_an_only_remote_of_any_name_is_asked_and_none_of_several(ours):
    ours.git("remote", "rename", "origin", "hub")
    assert main_remote(ours.repo) == "hub"
    ours.git("remote", "add", "lab", "/elsewhere.git")
    assert main_remote(ours.repo) is None


def test_names_are_never_options(ours):
    with pytest.raises(BadUse):
        ask_remote(ours.repo, "origin", ["--upload-pack=x"], seconds=30)
