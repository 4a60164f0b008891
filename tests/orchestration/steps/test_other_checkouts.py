"""A look at a project's other checkouts: side by side, in order, and not for longer than there is time."""

from __future__ import annotations

import threading
import time

import pytest

from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.steps.other_checkouts import seen_elsewhere

DEADLINE = 30.0


@pytest.fixture
def checkouts(tree):
    """The directories of three worktrees, by name."""
    return {name: tree(name).record.path for name in ("here", "one", "other")}


def test_all_but_the_own_checkout_are_looked_at_side_by_side_and_main_is_first(shop, checkouts):
    meet = threading.Barrier(3, timeout=DEADLINE)

    def look(root):
        meet.wait()
        return root.name

    found = seen_elsewhere(shop, checkouts["here"], look)
    assert [(entry.path, seen) for entry, seen in found] == [
        (root, root.name) for root in (shop.main, checkouts["one"], checkouts["other"])
    ]


def test_a_checkout_that_git_cannot_read_hides_no_other(shop, checkouts):
    def look(root):
        if root == shop.main:
            raise Failure("git failed")
        return root.name

    assert [seen for _, seen in seen_elsewhere(shop, checkouts["here"], look)] == ["one", "other"]


def test_once_the_time_is_up_the_rest_is_left_out(shop, checkouts):
    looked = []
    assert seen_elsewhere(shop, checkouts["here"], looked.append, deadline=time.monotonic() - 1) == []
    assert looked == []
