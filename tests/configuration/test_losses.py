from __future__ import annotations

import pytest

from worktree_tasks.configuration.losses import Losses, named, remedy, spoken
from worktree_tasks.configuration.unsavable_files import LeftOut


def test_nothing_lost_is_told_in_no_words():
    assert spoken(Losses()) == ()
    assert named(Losses()) == ""


def test_every_loss_is_counted_and_named():
    losses = Losses(
        modified=3,
        untracked=2,
        commits=("1a2b3c4 Fix login",),
        dropped=("5d6e7f8 Try", "9a8b7c6 Do"),
        operation="rebase",
        files=("a.py", "b.py", "c.py", "d.txt", "e\n.txt"),
        repositories=("lib",),
        unsaved=(LeftOut("data/dump.bin", 2 << 20, "too large"), LeftOut("db", -1, "unreadable")),
    )
    assert spoken(losses) == (
        "3 modified",
        "2 untracked",
        "1 commit on no other branch or remote",
        "2 commits only in its reflog",
        "a rebase in progress",
        "1 nested repository with unsaved work",
        "2 files or directories too large or unreadable for a restore point (2.0 MiB)",
    )
    assert named(losses) == (
        "a.py, b.py, c.py, d.txt, e\\n.txt; 1a2b3c4 Fix login; 5d6e7f8 Try, 9a8b7c6 Do; "
        "lib; data/dump.bin, db"
    )


def test_only_the_first_of_many_are_named():
    losses = Losses(modified=9, files=tuple(f"{number}.py" for number in range(9)))
    assert named(losses) == "0.py, 1.py, 2.py, 3.py, 4.py…"


@pytest.mark.parametrize(
    ("losses", "way"),
    [
        (Losses(untracked=1, commits=("1a2b3c4 Fix",)), "commit, stash or delete it in /w/a"),
        (Losses(modified=1, operation="bisect"), "finish or end the bisect in /w/a"),
        (Losses(commits=("1a2b3c4 Fix",), dropped=("9a8b7c6 Try",)), "wt.remove a --keep-branch"),
        (Losses(repositories=("lib",)), "commit and push in lib, or move it out of /w/a"),
        (Losses(dropped=("9a8b7c6 Try", "5d6e7f8 It")), "git branch KEPT 9a8b7c6 keeps the latest"),
    ],
)
def test_the_remedy_is_that_of_the_loss(losses, way):
    said = remedy(losses, "a", "/w/a")
    assert way in said
    assert said.endswith("; or wt.remove a --force, which keeps a restore point")


LARGE = (LeftOut("data/dump.bin", 9, "too large"),)


@pytest.mark.parametrize(
    ("losses", "force", "command"),
    [
        (Losses(unsaved=LARGE), False, "wt.remove a --discard data/dump.bin"),
        (Losses(unsaved=LARGE), True, "wt.remove a --force --discard data/dump.bin"),
        (Losses(unsaved=LARGE, modified=1), False, "wt.remove a --force --discard data/dump.bin"),
    ],
)
def test_force_alone_is_never_the_remedy_for_what_cannot_be_saved(losses, force, command):
    assert f"; or {command} deletes it for good" in remedy(losses, "a", "/w/a", force=force)
