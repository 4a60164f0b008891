"""What was found out about commits holds for ever, unless their history can become another."""

from __future__ import annotations

import pytest

from worktree_tasks.git import all_changes, divergence, has_fixed_history, worktrees


@pytest.fixture
def runs(monkeypatch):
    """The arguments of what git is asked about distances."""
    seen: list[tuple[str, ...]] = []
    ask = divergence.git

    def noted(cwd, *words, **options):
        seen.append(words)
        return ask(cwd, *words, **options)

    monkeypatch.setattr(divergence, "git", noted)
    return seen


def counted(shop, known):
    found = all_changes(shop.repo, worktrees(shop.repo)[1:], base=shop.head, known=known)
    (one,) = found.values()
    return one.ahead, one.behind


def test_how_far_two_commits_are_apart_is_asked_once_and_new_commits_are_seen(shop, tree, runs):
    known: dict[tuple[str, str], tuple[int, int]] = {}
    work = tree(shop, "work")
    work.commit_file("a", "a\n")
    assert counted(shop, known) == (1, 0)
    first = [words for words in runs if words[0] == "merge-base"]
    assert counted(shop, known) == (1, 0)
    assert [words for words in runs if words[0] == "merge-base"] == first
    work.commit_file("b", "b\n")
    assert counted(shop, known) == (2, 0)
    shop.commit_file("c", "c\n")
    assert counted(shop, known) == (2, 1)
    work.git("reset", "--quiet", "--hard", "HEAD~2")
    assert counted(shop, known) == (0, 1)


def test_a_plain_history_is_fixed(shop):
    assert has_fixed_history(shop.repo)


def test_a_history_that_was_cut_off_is_not(shop, clone):
    shop.commit_file("a", "a\n")
    ours = clone(shop, "cut", "--depth=1", "--no-local")
    assert not has_fixed_history(ours.repo)
    ours.git("fetch", "--quiet", "--unshallow")
    assert has_fixed_history(ours.repo)


@pytest.mark.parametrize("packed", [False, True])
def test_one_in_which_a_commit_is_replaced_is_not(shop, packed):
    shop.commit_file("a", "a\n")
    shop.git("replace", "--graft", "HEAD")
    if packed:
        shop.git("pack-refs", "--all")
        (shop.path / ".git" / "refs" / "replace").rmdir()
    assert not has_fixed_history(shop.repo)
