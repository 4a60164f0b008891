"""Edits that the index does not show: as large as before, in the same second, and not looked at."""

from __future__ import annotations

import time

import pytest

from worktree_tasks.git.edited_files import edits


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_in_the_second_of_the_commit_is_seen_where_git_is_told_not_to_look(shop, flag):
    file = shop.write("a.txt", "one\n")
    shop.git("add", "a.txt")
    shop.git("update-index", flag, "a.txt")
    file.write_text("two\n")
    # From the next second on, only what the index says of its own time tells that it may have missed an edit.
    while int(time.time()) == int(file.stat().st_mtime):
        time.sleep(0.01)
    found = edits(shop.path)
    assert found.changed == {"a.txt"}
    assert found.gone == frozenset()
