"""git's own hooks: main's post-checkout hook runs in a new worktree, and a branch's never does."""

from __future__ import annotations

import pytest

from worktree_tasks.git import (
    add_worktree,
    populate_submodules,
    post_checkout,
    remove_worktree,
    run_post_checkout,
)


@pytest.fixture
def added(shop, tmp_path):
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    return tmp_path / "w"


def hook(checkout, text, folder=".git/hooks", name="post-checkout"):
    file = checkout.write(f"{folder}/{name}", f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_hook_runs_in_the_worktree_as_git_itself_would_call_it(shop, added):
    hook(shop, 'echo "$PWD $1 $2 $3" > "$PWD/seen"')
    assert run_post_checkout(shop.repo, added) == ()
    assert (added / "seen").read_text() == f"{added} {'0' * 40} {shop.head} 1\n"


def test_failing_hook_is_told(shop, added, capfd):
    hook(shop, "echo out; echo no modules >&2; exit 3")
    notes = run_post_checkout(shop.repo, added)
    assert len(notes) == 1
    assert "no modules" in notes[0]
    assert capfd.readouterr() == ("", "")


def test_a_relative_hooks_path_means_mains_hooks_and_never_the_branchs(shop, tmp_path):
    """Of all kinds: git runs `post-index-change` when it checks files out."""
    shop.git("switch", "--quiet", "--create", "strangers")
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        hook(shop, f"touch {tmp_path}/strangers", "tools/hooks", name)
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "--message", "Hooks")
    shop.git("switch", "--quiet", "main")
    shop.git("branch", "more", "strangers")
    shop.git("config", "core.hooksPath", "tools/hooks")
    assert post_checkout(shop.repo) is None
    add_worktree(shop.repo, tmp_path / "w1", "strangers", start=None, create=False)
    assert run_post_checkout(shop.repo, tmp_path / "w1") == ()
    mains = hook(shop, "pwd > seen", "tools/hooks")
    assert post_checkout(shop.repo) == mains
    add_worktree(shop.repo, tmp_path / "w2", "more", start=None, create=False)
    assert run_post_checkout(shop.repo, tmp_path / "w2") == ()
    assert (tmp_path / "w2" / "seen").read_text() == f"{tmp_path}/w2\n"
    remove_worktree(shop.repo, tmp_path / "w1", force=False)
    assert not (tmp_path / "strangers").exists()


def test_a_submodules_own_hooks_do_not_run_either(shop, make, tmp_path, nobodys_home):
    inner = make("inner")
    hook(inner, f"touch {tmp_path}/strangers", "hooks")
    inner.git("add", "--all")
    inner.git("commit", "--quiet", "--message", "Hooks")
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "lib")
    shop.git("commit", "--quiet", "--message", "Add lib")
    (nobodys_home / ".gitconfig").write_text("[core]\n\thooksPath = hooks\n[protocol]\n\tallow = always\n")
    add_worktree(shop.repo, tmp_path / "w", "x", start=shop.head, create=True)
    assert populate_submodules(shop.repo, tmp_path / "w") == ()
    assert (tmp_path / "w" / "lib" / "README").exists()
    assert not (tmp_path / "strangers").exists()
