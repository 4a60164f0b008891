"""What doctor makes of records and traces that others change meanwhile, or that stand in two places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks import repository as git
from worktree_tasks.configuration.traces import Trace
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.doctor import records, unfinished


def test_what_another_command_finished_after_the_look_is_left_alone(site, tree):
    record = site.store.update(tree("auth"), state="removing")
    (trouble,) = unfinished.look(site).troubles
    ready = site.store.update(record, state="ready")
    trouble.mend()
    assert site.records() == (ready,)
    assert ready.path.is_dir()


def test_of_a_worktree_and_its_copy_the_one_that_git_marks_is_the_lost_one(site, tree, project, tmp_path):
    record = tree("auth")
    project.git("worktree", "add", "--quiet", "-b", "copy", str(tmp_path / "copy"))
    trees = {one.path: one for one in git.worktrees(site.repository)}
    copy, mine = trees[tmp_path / "copy"], trees[record.path]
    trace = Trace(key=record.key)
    for lost in ([(copy, trace), (mine, trace)], [(mine, trace), (copy, trace)]):
        assert records.distinct(site, lost) == [(mine, trace)]


def test_a_directory_that_another_record_has_is_told(site, tree):
    record = tree("auth")
    with pytest.raises(Failure, match="belongs to another worktree already"):
        site.store.readmit(replace(record, key="other"), ())
