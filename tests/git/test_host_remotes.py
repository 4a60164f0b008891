"""Remotes on the user's own machines; here their repositories are beside ours."""

from __future__ import annotations

from harness.projects import Project

from worktree_tasks.git import host_remotes


def there(shop, tmp_path) -> Project:
    """A repository as on another machine: it has main's commit, and no tags."""
    far = Project(tmp_path / "far")
    far.init("--bare")
    host_remotes.set_remote(shop.repo, "wt-box", str(far.path))
    return far


def push(shop, *refspecs: str) -> bool:
    return host_remotes.push(shop.repo, "wt-box", refspecs, ssh=(), doing=lambda _: None)


def test_tags_here_outlive_a_fetch_from_a_machine_that_has_none_where_git_is_set_to_prune_them(
    shop, tmp_path
):
    there(shop, tmp_path)
    shop.git("tag", "v1")
    shop.git("config", "fetch.prune", "true")
    shop.git("config", "fetch.pruneTags", "true")
    assert push(shop, "refs/heads/main:refs/heads/main")
    host_remotes.fetch_branches(shop.repo, "wt-box", ssh=())
    assert shop.git("tag") == "v1"
    # So they do where the user fetches.
    shop.git("fetch", "--quiet", "--all")
    assert shop.git("tag") == "v1"


def test_a_remote_that_an_earlier_version_made_loses_no_tags_either(shop, tmp_path):
    there(shop, tmp_path)
    shop.git("tag", "v1")
    shop.git("config", "--unset", "remote.wt-box.pruneTags")
    shop.git("config", "fetch.pruneTags", "true")
    host_remotes.fetch_branches(shop.repo, "wt-box", ssh=())
    assert shop.git("tag") == "v1"


def test_a_push_sends_what_was_asked_for_whatever_pushes_to_servers_are_configured_to_do(shop, tmp_path):
    far = there(shop, tmp_path)
    shop.git("tag", "--annotate", "v1", "--message", "One")
    for key, value in (
        ("push.followTags", "true"),
        ("push.gpgSign", "true"),
        ("push.recurseSubmodules", "check"),
    ):
        shop.git("config", key, value)
    assert push(shop, "refs/heads/main:refs/heads/main")
    assert far.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
