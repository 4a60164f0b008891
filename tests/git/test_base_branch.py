"""The branch that others start from: found by name, however many branches there are."""

from __future__ import annotations

import pytest

from worktree_tasks.errors import BadUse
from worktree_tasks.git import base_branch as module
from worktree_tasks.git import default_branch, default_commit, references


@pytest.fixture
def asked(monkeypatch):
    """The names of branches that were read; all of them where it is none."""
    names: list[tuple[str, ...]] = []
    read = references

    def noted(repo, *some):
        names.append(some)
        return read(repo, *some)

    monkeypatch.setattr(module, "references", noted)
    return names


def only(shop, branch):
    shop.git("branch", "--move", "main", branch)
    return branch


@pytest.mark.parametrize("name", ["main", "master", "trunk", "feature/trunk"])
def test_it_is_read_without_the_others(shop, asked, name):
    for number in range(3):
        shop.git("branch", f"other-{number}")
    only(shop, name)
    assert default_branch(shop.repo, None) == name
    assert default_commit(shop.repo, None) == shop.head
    assert asked
    assert all(asked)


def test_branches_below_a_usual_name_are_others(shop):
    only(shop, "trunk")
    shop.git("branch", "main/x")
    assert default_branch(shop.repo, None) == "trunk"


def test_what_origin_calls_its_default_comes_first_where_it_is_here(shop, clone, asked):
    shop.git("branch", "develop")
    shop.git("symbolic-ref", "HEAD", "refs/heads/develop")
    ours = clone(shop)
    ours.git("branch", "main", "origin/main")
    assert default_branch(ours.repo, None) == "develop"
    ours.git("switch", "--quiet", "main")
    ours.git("branch", "--delete", "--force", "develop")
    assert default_branch(ours.repo, None) == "main"
    assert asked
    assert all(asked)


def test_a_detached_head_without_a_usual_branch_is_its_commit(shop):
    only(shop, "trunk")
    shop.git("checkout", "--quiet", "--detach")
    assert default_branch(shop.repo, None) == shop.head


@pytest.mark.parametrize("name", ["develop", "origin/main", "v1", "HEAD"])
def test_what_is_configured_may_be_a_branch_here_or_there_a_tag_or_a_revision(shop, clone, asked, name):
    ours = clone(shop)
    ours.git("branch", "develop")
    ours.git("tag", "v1")
    assert default_branch(ours.repo, name) == name
    assert default_commit(ours.repo, name) == ours.head
    assert asked
    assert all(asked)


def test_what_is_configured_and_not_there_is_named(shop):
    with pytest.raises(BadUse, match="base 'nowhere' does not exist"):
        default_branch(shop.repo, "nowhere")


@pytest.mark.parametrize("configured", [None, "main", "v1"])
def test_it_is_the_same_as_among_all_branches(shop, configured):
    shop.git("tag", "v1")
    shop.git("branch", "master")
    assert default_branch(shop.repo, configured) == default_branch(
        shop.repo, configured, references(shop.repo)
    )
