from __future__ import annotations

from pathlib import Path

import pytest

from worktree_tasks.errors import BadUse, Failure
from worktree_tasks.git import find_repository, repository_lookup


def test_main_checkout_is_found_from_its_root_and_from_a_subdirectory(shop):
    (shop.path / "a" / "b").mkdir(parents=True)
    for start in (shop.path, shop.path / "a" / "b"):
        found = find_repository(start)
        assert (found.main, found.common_dir, found.bare) == (shop.path, shop.path / ".git", False)


def test_main_checkout_is_found_from_inside_the_git_directory(shop):
    assert find_repository(shop.path / ".git" / "refs") == shop.repo


def test_main_checkout_is_found_from_a_linked_worktree_and_below_it(shop, tree):
    linked = tree(shop, "auth")
    (linked.path / "deep").mkdir()
    assert find_repository(linked.path) == shop.repo
    assert find_repository(linked.path / "deep") == shop.repo


def test_symbolic_links_are_resolved(shop, tree, tmp_path):
    linked = tree(shop, "auth")
    for name, target in (("a", shop.path), ("b", linked.path)):
        (tmp_path / name).symlink_to(target)
        assert find_repository(tmp_path / name) == shop.repo


@pytest.mark.parametrize("name", ["with space", "ünïcode", "new\nline", "tr ailing \n"])
def test_unusual_paths_are_found(make, tree, name):
    checkout = make(name)
    linked = tree(checkout, "auth")
    assert find_repository(linked.path).main == checkout.path


def test_exported_git_variables_do_not_redirect(shop, make, monkeypatch):
    other = make("other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert find_repository(shop.path).main == shop.path


def test_outside_of_a_repository_is_an_error_with_a_way_out(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Failure, match="is not in a git repository") as caught:
        find_repository(tmp_path / "empty")
    assert "cd into one" in caught.value.hint


def test_missing_directory_is_an_error(tmp_path):
    with pytest.raises(Failure, match="not found"):
        find_repository(tmp_path / "nowhere")


def test_separate_git_directory_belongs_to_its_checkout(make, tmp_path):
    checkout = make("shop", f"--separate-git-dir={tmp_path / 'store'}")
    found = find_repository(checkout.path)
    assert (found.main, found.common_dir, found.bare) == (checkout.path, tmp_path / "store", False)


def test_worktree_of_a_separate_git_directory_asks_for_the_setting(make, tree, tmp_path):
    checkout = make("shop", f"--separate-git-dir={tmp_path / 'store'}")
    linked = tree(checkout, "auth")
    with pytest.raises(BadUse) as caught:
        find_repository(linked.path)
    assert "wt.main" in caught.value.hint
    assert find_repository(linked.path, main=checkout.path).main == checkout.path


def test_submodule_is_its_own_main_checkout_also_from_its_worktree(make, tmp_path, at):
    library = make("library")
    shop = make("shop")
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "lib")
    sub = at(shop.path / "lib")
    assert sub.repo.main == sub.path
    assert sub.repo.common_dir == shop.path / ".git" / "modules" / "lib"
    sub.git("worktree", "add", "--quiet", "-b", "x", str(tmp_path / "lib-x"))
    assert find_repository(tmp_path / "lib-x") == sub.repo


@pytest.fixture
def bare(make, tmp_path, at):
    """A bare repository in `proj/.git`, as people keep it beside its worktrees."""
    source = make("source")
    source.git("branch", "auth")
    (tmp_path / "proj").mkdir()
    source.git("clone", "--quiet", "--bare", ".", str(tmp_path / "proj" / ".git"))
    return at(tmp_path / "proj")


def test_bare_repository_takes_the_only_worktree_of_its_default_branch(bare, at):
    bare.git("worktree", "add", "--quiet", "main-tree", "main")
    bare.git("worktree", "add", "--quiet", "auth-tree", "auth")
    for start in (bare.path, bare.path / "main-tree", bare.path / "auth-tree"):
        found = at(start).repo
        assert (found.main, found.common_dir, found.bare) == (
            bare.path / "main-tree",
            bare.path / ".git",
            True,
        )


def test_bare_repository_without_such_a_worktree_names_the_setting(bare):
    bare.git("worktree", "add", "--quiet", "auth-tree", "auth")
    with pytest.raises(BadUse, match="bare") as caught:
        find_repository(bare.path / "auth-tree")
    assert "wt.main" in caught.value.hint


def test_bare_repository_takes_the_main_checkout_it_is_told(bare):
    bare.git("worktree", "add", "--quiet", "main-tree", "main")
    bare.git("worktree", "add", "--quiet", "auth-tree", "auth")
    found = find_repository(bare.path / "main-tree", main=bare.path / "auth-tree")
    assert (found.main, found.bare) == (bare.path / "auth-tree", True)


@pytest.mark.parametrize("place", ["auth-tree", ".git/auth-tree"])
def test_bare_repository_takes_a_relative_main_checkout_wherever_one_is(bare, monkeypatch, place):
    bare.git("worktree", "add", "--quiet", "main-tree", "main")
    bare.git("worktree", "add", "--quiet", place, "auth")
    for start in (bare.path, bare.path / "main-tree", bare.path / place):
        monkeypatch.chdir(start)
        assert find_repository(start, main=Path("auth-tree")).main == bare.path / place
        with pytest.raises(BadUse, match=r"wt\.main: nowhere is not a checkout of"):
            find_repository(start, main=Path("nowhere"))


def test_a_plain_checkout_is_found_without_asking_git_and_as_git_says(shop, tree, monkeypatch):
    (shop.path / "a").mkdir()
    linked = tree(shop, "auth")
    for start in (shop.path, shop.path / "a", linked.path):
        found = repository_lookup._place_by_files(start)
        assert found is not None
        assert found == repository_lookup._asked_place(start)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.path))
    assert repository_lookup._place_by_files(shop.path / "a") is None


@pytest.mark.parametrize(
    "unusual",
    [
        ("config", "core.worktree", "../elsewhere"),
        ("config", "core.bare", "true"),
        ("config", "include.path", "more"),
        ("config", "extensions.worktreeConfig", "true"),
    ],
    ids=lambda words: words[1],
)
def test_git_is_asked_where_a_configuration_may_lead_elsewhere(shop, tree, unusual):
    (shop.path.parent / "elsewhere").mkdir()
    linked = tree(shop, "auth")
    shop.git(*unusual)
    starts = (shop.path, linked.path, shop.path / ".git", shop.path / ".git" / "refs", shop.path.parent)
    assert [repository_lookup._place_by_files(start) for start in starts] == [None] * len(starts)


def test_a_broken_link_is_left_to_git(shop, tree):
    linked = tree(shop, "auth")
    (linked.path / ".git").write_text("gitdir: /nowhere\n")
    assert repository_lookup._place_by_files(linked.path) is None
    with pytest.raises(Failure):
        find_repository(linked.path)


def test_main_checkout_of_another_repository_is_refused(bare, shop):
    with pytest.raises(BadUse, match="is not a checkout of"):
        find_repository(bare.path, main=shop.path)


def test_worktree_config_extension_is_understood(shop, tree):
    shop.git("config", "extensions.worktreeConfig", "true")
    linked = tree(shop, "auth")
    assert find_repository(linked.path).main == shop.path
