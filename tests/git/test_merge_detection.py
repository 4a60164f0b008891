from __future__ import annotations

import pytest

from worktree_tasks.git import Candidate, all_merged, no_commits_yet
from worktree_tasks.git.merge_detection import made_here
from worktree_tasks.git.scratch_objects import alternate
from worktree_tasks.git.squash_detection import mentions_revert

LINES = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def work(shop, tree):
    """A shop with a file of lines, and a branch `x` in a worktree; `start` is where it began."""
    shop.commit_file("lines", LINES)
    linked = tree(shop, "x")
    linked.start = shop.head
    return linked


def two_commits(work):
    work.commit_file("lines", LINES.replace("line 3\n", "line three\n"), "Say three")
    work.commit_file("new", "1\n", "Add new")


def squash(shop, message="x (#1)"):
    shop.git("merge", "--quiet", "--squash", "x")
    shop.git("commit", "--quiet", "-m", message)


def merged(checkout, tip, *, start, base="main", branch=None):
    """Return how a commit got into a base; `branch` is the one whose reflog counts."""
    commit = checkout.git("rev-parse", tip)
    return all_merged(checkout.repo, {tip: Candidate(commit, branch, start)}, base=base)[tip]


def ask(shop, start):
    return merged(shop, "x", start=start, branch="x")


# A branch that was not begun


@pytest.mark.parametrize("known", [True, False])
def test_fresh_branch_is_not_merged(shop, work, known):
    start = work.start if known else None
    assert ask(shop, start) is None
    assert no_commits_yet(shop.repo, branch="x", base="main", start=start)


@pytest.mark.parametrize("known", [True, False])
def test_fresh_branch_is_not_merged_when_main_moves_on(shop, work, known):
    shop.commit_file("a", "1")
    assert ask(shop, work.start if known else None) is None


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "command",
    [("merge", "--ff-only", "main"), ("rebase", "main"), ("reset", "--hard", "main"), ("pull", ".", "main")],
)
def test_fresh_branch_is_not_merged_after_following_main(shop, work, known, command):
    for number in range(2):
        shop.commit_file("a", str(number))
        work.git(*command)
        assert ask(shop, work.start if known else None) is None
    shop.commit_file("a", "last")
    assert ask(shop, work.start if known else None) is None
    assert no_commits_yet(shop.repo, branch="x", base="main", start=work.start if known else None)


def test_fresh_branch_is_not_merged_when_its_reflog_is_gone(shop, work):
    shop.commit_file("a", "1")
    work.git("merge", "--ff-only", "main")
    (shop.path / ".git" / "logs" / "refs" / "heads" / "x").unlink()
    assert ask(shop, work.start) is None
    assert ask(shop, None) is None


def test_branch_reset_to_before_its_commits_has_none(shop, work):
    two_commits(work)
    work.git("reset", "--quiet", "--hard", work.start)
    shop.commit_file("a", "1")
    assert ask(shop, work.start) is None
    work.git("reset", "--quiet", "--hard", "main")
    assert ask(shop, work.start) is None


def test_own_commits_are_not_no_commits(shop, work):
    two_commits(work)
    assert not no_commits_yet(shop.repo, branch="x", base="main", start=work.start)
    squash(shop)
    assert not no_commits_yet(shop.repo, branch="x", base="main", start=work.start)
    assert not no_commits_yet(shop.repo, branch="nope", base="main", start=None)


# Merged


def test_unmerged_commits_are_not_merged(shop, work):
    two_commits(work)
    assert ask(shop, work.start) is None
    shop.commit_file("a", "1")
    assert ask(shop, work.start) is None


@pytest.mark.parametrize("known", [True, False])
def test_main_at_the_same_commit(shop, work, known):
    two_commits(work)
    shop.git("merge", "--ff-only", "x")
    start = work.start if known else None
    assert ask(shop, start) == "same-commit"
    shop.commit_file("a", "1")
    assert ask(shop, start) == "ancestor"


@pytest.mark.parametrize("known", [True, False])
def test_merge_commit(shop, work, known):
    two_commits(work)
    shop.commit_file("a", "1")
    shop.git("merge", "--no-edit", "x")
    assert ask(shop, work.start if known else None) == "ancestor"


def test_merge_commit_of_a_branch_whose_reflog_is_gone(shop, work):
    two_commits(work)
    shop.git("merge", "--no-ff", "--no-edit", "x")
    (shop.path / ".git" / "logs" / "refs" / "heads" / "x").unlink()
    assert ask(shop, work.start) == "ancestor"
    assert merged(shop, work.head, start=work.start) == "ancestor"


def test_merge_commit_of_a_branch_that_began_with_somebodys_commits(shop, work):
    # As that of a pull request does: the first thing that its reflog tells of is the last commit.
    two_commits(work)
    shop.git("branch", "review", "x")
    shop.git("merge", "--quiet", "--no-ff", "--message", "Merge review", "review")
    assert merged(shop, "review", start=None, branch="review") == "ancestor"
    assert not no_commits_yet(shop.repo, branch="review", base="main", start=None)


def test_commit_without_a_branch_is_not_known_to_be_own_work(shop, work):
    two_commits(work)
    shop.git("merge", "--ff-only", "x")
    assert merged(shop, work.head, start=work.start) is None
    assert merged(shop, work.head, start=work.start, branch="x") == "same-commit"


def test_rebased_branch_that_main_took_is_merged(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    work.git("rebase", "--quiet", "main")
    shop.git("merge", "--ff-only", "x")
    assert ask(shop, work.start) == "same-commit"


def test_squash_merge(shop, work):
    two_commits(work)
    squash(shop)
    assert ask(shop, work.start) == "squash"


def test_squash_merge_when_main_had_moved_and_moves_on(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    squash(shop)
    shop.commit_file("a", "2")
    assert ask(shop, work.start) == "squash"


def test_squash_merge_when_main_goes_on_changing_the_same_lines(shop, work):
    two_commits(work)
    squash(shop)
    for word in ("THREE", "drei"):
        shop.commit_file("lines", LINES.replace("line 3\n", f"line {word}\n"))
    shop.commit_file("a", "1")
    assert ask(shop, work.start) == "squash"


def test_squash_merge_of_a_branch_that_had_merged_main(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    work.git("merge", "--quiet", "--no-edit", "main")
    work.commit_file("new", "2\n")
    squash(shop)
    shop.commit_file("a", "2")
    assert ask(shop, work.start) == "squash"


def test_one_more_commit_after_the_squash_is_kept(shop, work):
    two_commits(work)
    squash(shop)
    work.commit_file("more", "1")
    assert ask(shop, work.start) is None


def test_one_more_commit_to_the_same_lines_after_the_squash_is_kept(shop, work):
    two_commits(work)
    squash(shop)
    work.commit_file("new", "2\n")
    assert ask(shop, work.start) is None
    shop.commit_file("new", "3\n")
    assert ask(shop, work.start) is None


def test_reverted_squash_is_kept(shop, work):
    two_commits(work)
    squash(shop)
    shop.git("revert", "--no-edit", "HEAD")
    assert ask(shop, work.start) is None
    shop.commit_file("a", "1")
    assert ask(shop, work.start) is None


@pytest.mark.parametrize("message", [None, 'Revert "x (#1)"\n\nReverts shop#1', "Take it back"])
def test_reverted_squash_is_kept_when_main_goes_on_changing_the_same_lines(shop, work, message):
    two_commits(work)
    squash(shop)
    shop.git("revert", "--no-edit", "HEAD")
    if message:
        shop.git("commit", "--quiet", "--amend", "-m", message)
    shop.commit_file("lines", LINES.replace("line 3\n", "line drei\n"))
    assert ask(shop, work.start) is None


def test_squash_reverted_and_merged_again_is_merged(shop, work):
    two_commits(work)
    squash(shop)
    shop.git("revert", "--no-edit", "HEAD")
    shop.git("revert", "--no-edit", "HEAD")
    assert ask(shop, work.start) == "squash"


def test_half_reverted_squash_is_kept(shop, work):
    two_commits(work)
    squash(shop)
    shop.git("rm", "--quiet", "new")
    shop.git("commit", "--quiet", "-m", "Without new")
    assert ask(shop, work.start) is None


def test_rebase_merge(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    shop.git("cherry-pick", "main..x")
    assert ask(shop, work.start) == "patch"
    shop.commit_file("lines", LINES.replace("line 3\n", "line drei\n"))
    assert ask(shop, work.start) == "patch"


def test_rebase_merge_of_all_but_one_commit_is_kept(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    shop.git("cherry-pick", "x~1")
    assert ask(shop, work.start) is None


def test_rebase_merge_with_one_commit_reverted_is_kept(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    shop.git("cherry-pick", "main..x")
    shop.git("revert", "--no-edit", "HEAD")
    assert ask(shop, work.start) is None


def test_same_content_made_otherwise_is_the_same_tree(shop, work):
    two_commits(work)
    work.commit_file("third", "1\n")
    shop.commit_file("third", "1\n")
    shop.commit_file("lines", LINES.replace("line 3\n", "line three\n"))
    shop.commit_file("new", "0\n")
    shop.commit_file("new", "1\n")
    assert ask(shop, work.start) == "tree"
    shop.commit_file("a", "1")
    assert ask(shop, work.start) == "tree"


def test_whitespace_counts(shop, work):
    """Patch ids ignore white space, which in Python is the meaning."""
    work.commit_file("lines", LINES.replace("line 3\n", "    line 3\n"))
    shop.commit_file("lines", LINES.replace("line 3\n", "  line 3\n"))
    assert ask(shop, work.start) is None


def test_experiment_that_was_taken_back_is_kept(shop, work):
    two_commits(work)
    work.git("revert", "--no-edit", "HEAD", "HEAD~1")
    assert ask(shop, work.start) is None
    shop.commit_file("a", "1")
    assert ask(shop, work.start) is None


def test_empty_commits_are_merged_wherever_their_tree_is(shop, work):
    work.git("commit", "--quiet", "--allow-empty", "-m", "Run CI")
    assert ask(shop, work.start) == "tree"


def test_binary_and_renamed_files_are_compared(shop, work):
    work.write("image", "\0\1\2")
    work.git("add", "image")
    work.git("mv", "lines", "rows")
    work.git("commit", "--quiet", "-m", "Rename")
    shop.commit_file("a", "1")
    squash(shop)
    assert ask(shop, work.start) == "squash"
    shop.write("image", "\0\1\3")
    shop.git("commit", "--quiet", "-am", "image")
    shop.commit_file("b", "1")
    assert ask(shop, work.start) == "squash"


def test_deletion_is_compared(shop, work):
    work.git("rm", "--quiet", "README")
    work.git("commit", "--quiet", "-m", "Without README")
    assert ask(shop, work.start) is None
    squash(shop)
    shop.commit_file("a", "1")
    assert ask(shop, work.start) == "squash"


def test_squash_merge_on_a_remote_base(shop, clone, tree):
    ours = clone(shop)
    linked = tree(ours, "x")
    start = linked.head
    linked.commit_file("a", "1")
    linked.git("push", "--quiet", "origin", "x")
    squash(shop)
    ours.git("fetch", "--quiet")
    assert merged(ours, "x", base="origin/main", start=start, branch="x") == "squash"
    assert merged(ours, "x", start=start, branch="x") is None


# Errors, many, and nothing left behind


@pytest.mark.parametrize(("tip", "base"), [("x", "nope"), ("f" * 40, "main")])
def test_unknown_reads_as_not_merged(shop, work, tip, base):
    two_commits(work)
    assert merged(shop, tip, base=base, start=None) is None


def test_unrelated_history_is_not_merged(shop, work):
    work.git("checkout", "--quiet", "--orphan", "y")
    work.git("commit", "--quiet", "-m", "first")
    assert merged(shop, "y", start=None, branch="y") is None


def test_missing_commit_does_not_spoil_the_others(shop, work):
    two_commits(work)
    squash(shop)
    found = all_merged(
        shop.repo,
        {1: Candidate("f" * 40, None, None), 2: Candidate(work.head, "x", work.start)},
        base="main",
    )
    assert found == {1: None, 2: "squash"}
    assert all_merged(shop.repo, {1: Candidate(work.head, "x", None)}, base="nope") == {1: None}
    assert all_merged(shop.repo, {}, base="main") == {}


def test_cache_is_used_and_holds_what_commits_decide_only(shop, work, tree):
    two_commits(work)
    shop.git("merge", "--ff-only", "x")
    fresh = tree(shop, "fresh")
    cache = {}
    candidates = {
        "x": Candidate(work.head, "x", work.start),
        "fresh": Candidate(fresh.head, "fresh", None),
        "new": Candidate(fresh.head, "fresh", fresh.head),
    }
    for _ in range(2):
        found = all_merged(shop.repo, candidates, base="main", cache=cache)
        assert found == {"x": "same-commit", "fresh": None, "new": None}
    assert cache == {(work.head, shop.head): "same-commit"}
    other = ("a" * 40, shop.head)
    cache[other] = "squash"
    assert all_merged(shop.repo, {1: Candidate("a" * 40, None, None)}, base="main", cache=cache) == {
        1: "squash"
    }


def test_asking_writes_no_objects(shop, work):
    two_commits(work)
    shop.commit_file("a", "1")
    squash(shop)
    objects = shop.path / ".git" / "objects"
    before = sorted(objects.rglob("*"))
    assert ask(shop, work.start) == "squash"
    assert sorted(objects.rglob("*")) == before


@pytest.mark.parametrize("name", ["a:b", 'quo"te', "new\nline", "back\\slash", "ünïcode: x"])
def test_unusual_repository_paths_are_asked(make, tree, name):
    shop = make(name)
    linked = tree(shop, "x")
    start = linked.head
    linked.commit_file("b", "1")
    shop.commit_file("a", "1")
    squash(shop)
    assert ask(shop, start) == "squash"


def test_only_what_separates_is_quoted(tmp_path):
    assert alternate(tmp_path) == str(tmp_path)
    assert alternate(tmp_path / "a:b") == f'"{tmp_path}/a:b"'


def test_own_commits_are_told_from_a_reflog():
    rows = [
        "a1 commit: one", "b2 commit (amend): two", "c3 merge main: Fast-forward", "d4 reset: moving to main",
        "e5 rebase (finish): refs/heads/x onto e5", "f6 rebase (finish): refs/heads/x onto e5",
        "a7 cherry-pick: x",
        "b8 merge main: Merge made by the 'ort' strategy.",
        "c9 branch: Created from main", "d0 pull: Fast-forward",
    ]  # fmt: skip
    assert made_here(rows) == {"a1", "b2", "f6", "a7", "b8"}


def test_message_that_takes_a_commit_back_is_understood():
    landed = {"abcdef0123"}
    assert mentions_revert("x\n\nThis reverts commit abcdef0.", landed, ())
    assert not mentions_revert("x\n\nThis reverts commit 1234567.", landed, ())
    assert mentions_revert('Revert "Add x (#1)" (#2)', landed, ["Add x (#1)"])
    assert not mentions_revert("Add x", landed, ["Add x", ""])


@pytest.fixture(params=["ours", "theirs", "union", "a=b", "default"])
def driver(request, shop):
    """A merge driver for the file of lines, under which a conflict may add nothing."""
    name = request.param
    if name not in {"union", "default"}:
        shop.git("config", f"merge.{name}.driver", "cp %B %A" if name == "theirs" else "true")
    if name == "default":
        shop.git("config", "merge.default", "union")
    else:
        shop.commit_file(".gitattributes", f"lines merge={name}\n", "Merge lines in another way")
    return name


def test_work_that_a_merge_driver_would_drop_is_kept(shop, driver, tree):
    shop.commit_file("lines", LINES)
    work = tree(shop, "x")
    start = shop.head
    work.commit_file("lines", LINES.replace("line 3\n", ""), "Drop three")
    shop.commit_file("lines", LINES.replace("line 3\n", "line 3\nline 3b\n"), "Go on after three")
    assert ask(shop, start) is None, driver


def test_work_that_is_merged_is_so_with_a_merge_driver_too(shop, driver, tree):
    shop.commit_file("lines", LINES)
    work = tree(shop, "x")
    start = shop.head
    two_commits(work)
    squash(shop)
    assert ask(shop, start) == "squash", driver
