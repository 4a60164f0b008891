"""What containers need of git's directory is told by the files that git itself goes by."""

from __future__ import annotations

import pytest

from worktree_tasks.git import shared_directory


def test_a_worktree_tells_where_its_directory_is_and_what_it_shares(shop, tree):
    linked = tree(shop, "auth")
    common = shop.repo.common_dir
    found = shared_directory(shop.repo, linked.path)
    assert (found.common, found.own) == (str(common), "worktrees/auth")
    assert found.link == str(common / "worktrees" / "auth")
    assert (found.alternates, found.submodules, found.secrets) == ((), (), False)
    assert found.place_for("/app") == str(common)


def test_one_that_is_not_there_yet_would_have_its_name(shop, tmp_path):
    found = shared_directory(shop.repo, tmp_path / "soon")
    assert found.link == f"{found.common}/worktrees/soon"


def test_directories_of_objects_are_told_that_lie_elsewhere_and_are_there(shop, tree, tmp_path):
    linked = tree(shop, "auth")
    other, third = tmp_path / "other" / "objects", tmp_path / "third" / "objects"
    for folder in (other / "info", third):
        folder.mkdir(parents=True)
    (other / "info" / "alternates").write_text("../../third/objects\n")
    own = shop.repo.common_dir / "objects" / "info" / "alternates"
    own.write_text(f"{other}\n/nowhere/objects\n../modules/lib/objects\n")
    (shop.repo.common_dir / "modules" / "lib" / "objects").mkdir(parents=True)
    assert shared_directory(shop.repo, linked.path).alternates == (str(other), str(third))


@pytest.mark.parametrize("name", ["config", "config.worktree"])
def test_secrets_in_the_configuration_are_seen(shop, tree, name):
    linked = tree(shop, "auth")
    with (shop.repo.common_dir / name).open("a") as file:
        file.write('[remote "origin"]\n\turl = https://me:hunter2@example.org/shop.git\n')
    assert shared_directory(shop.repo, linked.path).secrets


def test_the_keys_of_git_crypt_are_secrets(shop, tree):
    linked = tree(shop, "auth")
    (shop.repo.common_dir / "git-crypt" / "keys").mkdir(parents=True)
    assert shared_directory(shop.repo, linked.path).secrets
