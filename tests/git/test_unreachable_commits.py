"""Which commits would go with a worktree's reflogs, and which of them somebody dropped."""

from __future__ import annotations

import pytest

from worktree_tasks.git import dropped_commits, git_directory, loose_commits
from worktree_tasks.git.unreachable_commits import left_by


@pytest.fixture
def start(work):
    return work.head


def found(work, **options):
    return loose_commits(work.repo, git_directory(work.path), **{"branch": "work", **options})


def dropped(work, start):
    loose = found(work)
    return dropped_commits(work.repo, loose, head=work.head, base="main", start=start, cache={})


def test_what_moved_away_from_a_commit_last_is_what_left_it():
    log = [
        ("a", "reset: moving to HEAD~1"),
        ("b", "commit (amend): B"),
        ("c", "commit: C"),
        ("a", "checkout"),
    ]
    assert left_by(log) == {"b": "reset: moving to HEAD~1", "c": "commit (amend): B", "a": "commit: C"}


def test_commits_that_a_reset_went_away_from_are_dropped(work, start):
    first, second = work.commit_file("a", "1\n", "First"), work.commit_file("a", "2\n", "Second")
    assert found(work).commits == ()
    work.git("reset", "--quiet", "--hard", start)
    assert set(found(work).commits) == {first, second}
    assert dropped(work, start) == (f"{second[:7]} Second", f"{first[:7]} First")


def test_commits_without_a_branch_that_were_switched_away_from_are_dropped(work, start):
    work.git("switch", "--quiet", "--detach")
    work.commit_file("try", "1\n", "Experiment")
    assert dropped(work, start) == ()
    work.git("switch", "--quiet", "work")
    assert [one.split(" ", 1)[1] for one in dropped(work, start)] == ["Experiment"]
    work.git("tag", "experiment", "HEAD@{1}")
    assert (found(work).commits, dropped(work, start)) == ((), ())


def test_an_amended_and_a_rebased_commit_are_loose_but_not_dropped(shop, work, start):
    old = [work.commit_file("a", "1\n", "First")]
    work.write("a", "2\n")
    work.git("commit", "--quiet", "--amend", "--all", "--no-edit")
    old.append(work.head)
    shop.commit_file("b", "main's\n")
    work.git("rebase", "--quiet", "main")
    assert set(found(work).commits) == set(old)
    assert dropped(work, start) == ()


def test_work_that_is_there_in_other_commits_is_not_dropped(shop, work, start):
    for number in (1, 2):
        work.commit_file("a", f"{number}\n")
    work.git("reset", "--quiet", "--soft", start)
    work.git("commit", "--quiet", "--message", "Both at once")
    assert (len(found(work).dropped), dropped(work, start)) == (1, ())
    shop.git("merge", "--quiet", "--squash", "work")
    shop.git("commit", "--quiet", "--message", "Squashed")
    work.git("reset", "--quiet", "--hard", "main")
    assert (len(found(work).dropped), dropped(work, start)) == (2, ())


def test_an_undone_rebase_drops_nothing(shop, work, start):
    work.commit_file("a", "1\n")
    shop.commit_file("b", "main's\n")
    work.git("rebase", "--quiet", "main")
    work.git("reset", "--quiet", "--hard", "ORIG_HEAD")
    assert (len(found(work).dropped), dropped(work, start)) == (1, ())


def test_the_reflog_of_a_branch_counts_only_when_the_branch_goes(shop, work, start):
    other = shop.git("commit-tree", "-m", "Elsewhere", "-p", start, f"{start}^{{tree}}")
    work.git("switch", "--quiet", "--detach")
    shop.git("branch", "--quiet", "--force", "work", other)
    shop.git("branch", "--quiet", "--force", "work", start)
    assert found(work, branch=None).commits == ()
    assert found(work).dropped == (other,)


@pytest.mark.parametrize("name", ["refs/worktree/mine", "refs/bisect/good-x", "refs/rewritten/onto"])
def test_what_only_references_of_the_worktree_name_is_loose(shop, work, start, name):
    commit = shop.git("commit-tree", "-m", "Kept", "-p", start, f"{start}^{{tree}}")
    work.git("update-ref", name, commit)
    assert (found(work).commits, found(work).dropped) == ((commit,), ())


def test_a_branch_without_commits_or_reflog_has_nothing_loose(work):
    work.git("switch", "--quiet", "--orphan", "empty")
    assert found(work, branch="nowhere").commits == ()


def test_entries_whose_commits_git_has_deleted_spoil_nothing(shop, work, start):
    first, second = work.commit_file("a", "1\n"), work.commit_file("a", "2\n")
    work.git("reset", "--quiet", "--hard", start)
    (shop.path / ".git" / "objects" / first[:2] / first[2:]).unlink()
    assert found(work).commits == ()
    third = work.commit_file("a", "3\n")
    work.git("reset", "--quiet", "--hard", start)
    assert found(work).commits == (third,)
    assert second not in found(work).commits
