"""Which files say something, and which ever were there."""

from __future__ import annotations

import pytest

from worktree_tasks.command import CommandError
from worktree_tasks.git import had, mentioning


def test_files_that_mention_a_word_are_found_committed_or_not(work):
    work.write("a/migrations/1.py", 'CreateModel(name="Refund")\n')
    work.git("add", "a")
    work.git("commit", "--quiet", "--message", "Refund")
    work.write("b/migrations/2.py", "refund\n")
    work.write("b/migrations/3.py", "refunds, not the word\n")
    work.write("elsewhere.py", "refund\n")
    assert mentioning(work.path, "refund", ["**/migrations/**"]) == ("a/migrations/1.py", "b/migrations/2.py")
    assert mentioning(work.path, "-e", ["**/migrations/**"]) == ()
    with pytest.raises(CommandError):
        mentioning(work.path.parent, "refund", ["**/migrations/**"])


def test_what_a_branch_had_once_is_known_by_its_path_and_what_others_have_is_not(shop, work):
    first, second = "app/migrations/0001_initial.py", "app/migrations/0002_[paid].py"
    for path in (first, second):
        work.write(path, "")
    work.commit("Add migrations")
    work.git("mv", first, "app/migrations/0001_renamed.py")
    work.git("rm", "--quiet", second)
    work.commit("Squash")
    work.git("config", "log.showRoot", "false")
    asked = ("a.txt", first, second, "app/migrations/0003_never.py", "app/migrations/0002_p.py")
    assert had(work.path, asked) == {"a.txt", first, second}
    assert had(shop.path, asked) == {"a.txt"}
    assert had(work.path, ()) == frozenset()
