from __future__ import annotations

from worktree_tasks.configuration.losses import Losses, named, spoken


def test_nothing_lost_is_told_in_no_words():
    assert spoken(Losses()) == ()
    assert named(Losses()) == ""


def test_every_loss_is_counted_and_named():
    losses = Losses(
        modified=3,
        untracked=2,
        commits=("1a2b3c4 Fix login",),
        operation="rebase",
        files=("a.py", "b.py", "c.py", "d.txt", "e\n.txt"),
        unsaved=(("data/dump.bin", 2 << 20), ("db", -1)),
    )
    assert spoken(losses) == (
        "3 modified",
        "2 untracked",
        "1 commit on no other branch or remote",
        "a rebase in progress",
        "2 ignored files too large or unreadable for a restore point (2.0 MiB)",
    )
    assert named(losses) == "a.py, b.py, c.py, d.txt, e\\n.txt; 1a2b3c4 Fix login; data/dump.bin, db"


def test_only_the_first_of_many_are_named():
    losses = Losses(modified=9, files=tuple(f"{number}.py" for number in range(9)))
    assert named(losses) == "0.py, 1.py, 2.py, 3.py, 4.py…"
