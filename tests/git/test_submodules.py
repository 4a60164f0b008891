from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.round_trips import round_trip

from worktree_tasks.errors import Refused
from worktree_tasks.git import (
    KnownFiles,
    Subject,
    add_worktree,
    changes,
    dirty_submodules,
    find_uncommitted,
    git_directory,
    populate_submodules,
    remove_worktree,
    restore_worktree,
    save,
)
from worktree_tasks.git.submodule_commits import lone_commits, submodules_with_lone_commits
from worktree_tasks.git.submodules import Submodule, submodules_of, update_argv
from worktree_tasks.git.worktree_entries import find_worktree

ALLOWED = ("-c", "protocol.file.allow=always")


@pytest.fixture
def nested(make, at):
    """A shop with a submodule `lib` that has a submodule `inner`, whose origins are gone afterwards."""
    inner, library, shop = make("inner"), make("library"), make("shop")
    library.git(*ALLOWED, "submodule", "--quiet", "add", str(inner.path), "inner")
    library.git("commit", "--quiet", "-m", "inner")
    shop.git(*ALLOWED, "submodule", "--quiet", "add", "--name", "the lib", str(library.path), "lib dir")
    shop.git(*ALLOWED, "submodule", "--quiet", "update", "--init", "--recursive")
    shop.git("commit", "--quiet", "-m", "lib")
    for origin in (inner, library):
        shutil.rmtree(origin.path)
    for each in ("lib dir", "lib dir/inner"):
        at(shop.path / each).identify()
    return shop


@pytest.fixture
def added(nested, tmp_path, at):
    add_worktree(nested.repo, tmp_path / "w", "x", start=nested.head, create=True)
    assert populate_submodules(nested.repo, tmp_path / "w") == ()
    for each in ("lib dir", "lib dir/inner"):
        at(tmp_path / "w" / each).identify()
    return at(tmp_path / "w")


def test_only_submodules_that_main_has_are_chosen():
    source = Path("/modules")
    chosen = submodules_of(
        {"a": "lib/a", "b": "lib/b", "c": "lib/c", "d=e": "d"},
        {"a": "u:a", "b": "u:b", "d=e": "u"},
        {"a": source / "a", "c": source / "c", "d=e": source},
    )
    assert chosen == (Submodule("a", "lib/a", "u:a", source / "a"),)


def test_argv_clones_from_the_main_checkout():
    one = Submodule("a", "-x", "https://example.org/a", Path("/modules/a"))
    assert update_argv((one,), init=True) == (
        "-c", "submodule.a.url=/modules/a", "submodule", "--quiet", "update", "--init", "--", "-x",
    )  # fmt: skip


def test_submodules_come_from_local_objects_also_nested_ones(added):
    assert (added.path / "lib dir" / "README").exists()
    assert (added.path / "lib dir" / "inner" / "README").exists()
    assert added.git("status", "--porcelain") == ""


def test_submodules_keep_their_origin(nested, added, at, tmp_path):
    for each in ("lib dir", "lib dir/inner"):
        theirs = at(added.path / each).git("remote", "get-url", "origin")
        assert theirs == at(nested.path / each).git("remote", "get-url", "origin")
        assert str(tmp_path / ("library" if each == "lib dir" else "inner")) == theirs
    assert nested.git("config", "submodule.the lib.url") == str(tmp_path / "library")


def test_submodule_that_main_never_initialised_stays_empty(nested, tmp_path):
    nested.git("submodule", "--quiet", "deinit", "--force", "--all")
    add_worktree(nested.repo, tmp_path / "w", "x", start=nested.head, create=True)
    assert populate_submodules(nested.repo, tmp_path / "w") == ()
    assert list((tmp_path / "w" / "lib dir").iterdir()) == []


def test_submodule_whose_commit_is_not_here_is_told_and_left_empty(nested, tmp_path, at):
    there = nested.git("rev-parse", "HEAD:lib dir")
    nested.git("update-index", "--cacheinfo", f"160000,{'1' * 40},lib dir")
    nested.git("commit", "--quiet", "-m", "ahead")
    add_worktree(nested.repo, tmp_path / "w", "x", start=nested.head, create=True)
    notes = populate_submodules(nested.repo, tmp_path / "w")
    assert len(notes) == 1
    assert "lib dir" in notes[0]
    assert list((tmp_path / "w" / "lib dir").iterdir()) == []
    # Nothing is left there that a later `git submodule update` would fail on.
    nested.git("update-index", "--cacheinfo", f"160000,{there},lib dir")
    nested.git("commit", "--quiet", "-m", "back")
    at(tmp_path / "w").git("reset", "--quiet", "--hard", "main")
    assert populate_submodules(nested.repo, tmp_path / "w") == ()
    assert (tmp_path / "w" / "lib dir" / "README").exists()


@pytest.mark.parametrize(
    ("clone", "place"), [("the lib", "lib dir"), ("the lib/modules/inner", "lib dir/inner")]
)
def test_what_a_killed_git_left_of_a_clone_is_replaced(nested, added, clone, place):
    """Without an index nothing was checked out; `git submodule update` itself would leave it so, or fail."""
    admin = git_directory(added.path) / "modules" / clone
    (admin / "index").rename(admin / "index.lock")
    (added.path / place / "README").unlink()
    assert populate_submodules(nested.repo, added.path) == ()
    assert added.git("status", "--porcelain") == ""
    assert (added.path / place / "README").exists()


def test_what_was_done_in_a_submodule_stays_when_it_is_populated_again(nested, added):
    added.write("lib dir/README", "mine\n")
    assert populate_submodules(nested.repo, added.path) == ()
    assert (added.path / "lib dir" / "README").read_text() == "mine\n"


def test_clean_submodules_do_not_stop_removal(nested, added):
    remove_worktree(nested.repo, added.path, force=False)
    assert not added.path.exists()
    assert (nested.path / "lib dir" / "README").exists()


@pytest.mark.parametrize("inside", ["lib dir", "lib dir/inner"])
@pytest.mark.parametrize("name", ["README", "untracked"])
def test_change_in_a_submodule_counts_as_modified_and_stops_removal(nested, added, inside, name):
    added.write(f"{inside}/{name}", "mine\n")
    tree = find_worktree(nested.repo, added.path)
    assert changes(nested.repo, tree, base="main").modified == 1
    with pytest.raises(Refused, match="changes"):
        remove_worktree(nested.repo, added.path, force=False)


def test_commit_that_only_a_worktree_submodule_has_stops_removal(nested, added, at):
    sub = at(added.path / "lib dir")
    sub.commit_file("mine", "1")
    added.git("commit", "--quiet", "-am", "newer lib")
    tree = find_worktree(nested.repo, added.path)
    found = changes(nested.repo, tree, base="main")
    assert (found.modified, found.ahead, found.unpushed) == (0, 1, 2)
    with pytest.raises(Refused, match="only in its submodules"):
        remove_worktree(nested.repo, added.path, force=False)
    assert (sub.path / "mine").exists()
    remove_worktree(nested.repo, added.path, force=True)


def test_what_submodules_ignore_comes_back_with_the_worktree(nested, added):
    nested.exclude("unused")
    for inside in ("lib dir", "lib dir/inner"):
        exclude = Path(added.git("-C", inside, "rev-parse", "--git-path", "info/exclude"))
        (added.path / inside / exclude).write_text("*.db\nuploads/\n")
        added.write(f"{inside}/rows.db", f"rows of {inside}\n")
        added.write(f"{inside}/uploads/deep/a.png", "png\n")
    found = find_uncommitted(added.path, KnownFiles(nested.path))
    assert found.submodules == ("lib dir", "lib dir/inner")
    assert found.ignored == (
        "lib dir/inner/rows.db",
        "lib dir/inner/uploads/deep/a.png",
        "lib dir/rows.db",
        "lib dir/uploads/deep/a.png",
    )
    assert dirty_submodules(added.path, found.submodules) == ()
    tree = find_worktree(nested.repo, added.path)
    subject = Subject("w", added.path, git_directory(added.path), tree.head, tree.branch)
    point = save(nested.repo, subject, found, limit=1 << 20, notes={})
    remove_worktree(nested.repo, added.path, force=True)
    assert restore_worktree(nested.repo, point, added.path, branch="x", renamed={}) == ()
    for inside in ("lib dir", "lib dir/inner"):
        assert (added.path / inside / "rows.db").read_text() == f"rows of {inside}\n"
        assert (added.path / inside / "uploads" / "deep" / "a.png").read_text() == "png\n"
        assert (added.path / inside / "README").exists()


def test_files_in_the_directory_of_a_submodule_without_a_repository_are_seen_and_come_back(nested, added, at):
    added.git("submodule", "--quiet", "deinit", "--force", "lib dir")
    added.write("lib dir/deep/by hand", "mine\n")
    assert added.git("status", "--porcelain", "--ignored") == ""
    found = find_uncommitted(added.path, KnownFiles(nested.path))
    assert (found.unlisted, found.untracked) == (("lib dir",), ("lib dir/deep/by hand",))
    round_trip(nested, added.path)


def test_files_in_the_directory_of_a_submodules_submodule_count_as_its_changes(nested, added, at):
    at(added.path / "lib dir").git("submodule", "--quiet", "deinit", "--force", "inner")
    assert dirty_submodules(added.path, ("lib dir",)) == ()
    added.write("lib dir/inner/by hand", "mine\n")
    assert dirty_submodules(added.path, ("lib dir",)) == ("lib dir",)


def test_submodules_are_asked_also_in_a_worktree_that_was_moved_aside(nested, added, at):
    place = added.path.with_name(".aside")
    added.path.rename(place)
    found = find_uncommitted(place, KnownFiles(nested.path))
    assert dirty_submodules(place, found.submodules) == ()
    at(place).write("lib dir/inner/new.txt", "mine\n")
    assert dirty_submodules(place, found.submodules) == ("lib dir/inner",)


def test_commits_that_a_submodule_update_went_away_from_would_be_lost(nested, added, at):
    sub = at(added.path / "lib dir")
    places = nested.repo.common_dir, git_directory(added.path)
    assert submodules_with_lone_commits(*places, added.path) == ()
    left = sub.commit_file("mine", "1\n")
    added.git("submodule", "--quiet", "update", "lib dir")
    assert added.git("status", "--porcelain") == ""
    assert lone_commits(*places) == 0
    (found,) = submodules_with_lone_commits(*places, added.path)
    assert (found.path, found.commits) == ("lib dir", (left,))


def test_a_submodule_with_commits_of_its_own_is_named_by_its_path_even_if_its_directory_is_gone(
    nested, added, at
):
    sub = at(added.path / "lib dir" / "inner")
    kept = sub.commit_file("mine", "1\n")
    admin = git_directory(added.path)
    shutil.rmtree(added.path)
    (found,) = submodules_with_lone_commits(nested.repo.common_dir, admin, added.path)
    assert (found.path, found.commits) == ("lib dir/inner", (kept,))
    assert found.clone.is_dir()
