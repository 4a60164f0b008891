"""What doctor makes of records and traces that others change meanwhile, or that stand in two places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from harness.orphans import orphan, runs

from worktree_tasks import git
from worktree_tasks.configuration.findings import Finding
from worktree_tasks.configuration.traces import Trace
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.flows.doctor import directories, examined, locks, records, unfinished
from worktree_tasks.orchestration.flows.doctor.check import Check, Look, Trouble


def test_what_another_command_finished_after_the_look_is_left_alone(site, tree):
    record = site.store.update(tree("auth"), state="removing")
    (trouble,) = unfinished.look(site).troubles
    ready = site.store.update(record, state="ready")
    trouble.mend()
    assert site.records() == (ready,)
    assert ready.path.is_dir()


def test_a_removal_that_another_command_finished_after_the_look_is_mended(site, tree):
    record = site.store.update(tree("auth"), state="removing")
    (trouble,) = unfinished.look(site).troubles
    site.store.delete(record)
    trouble.mend()
    assert site.records() == ()


def test_what_was_half_made_and_is_removed_after_the_look_is_not_made_again(site, tree, project):
    record = site.store.update(tree("auth"), state="creating")
    (trouble,) = unfinished.look(site).troubles
    site.store.delete(record)
    project.git("worktree", "remove", str(record.path))
    trouble.mend()
    assert site.records() == ()
    assert not record.path.exists()


def test_what_had_no_directory_at_the_look_and_has_one_now_is_left_alone(site, tree, project):
    record = site.store.update(tree("auth"), state="creating")
    project.git("worktree", "remove", str(record.path))
    (trouble,) = unfinished.look(site).troubles
    project.git("worktree", "add", "--quiet", str(record.path), "auth")
    trouble.mend()
    assert site.records() == (record,)
    assert record.path.is_dir()


def test_a_lock_that_a_killed_command_left_is_found_and_freed_and_others_are_left_alone(site, tree):
    tree("auth"), tree("pay")
    check = Check("locks", locks.look, engine=False)
    with orphan(site.lock_file("auth")) as left, site.alone("pay"):
        (finding,) = examined(site, check, fix=False, answering=False).findings
        assert (finding.kind, finding.subject, finding.fixed) == ("lock", "auth", False)
        assert "auth stays locked by " in finding.what
        assert f"(pid {left}), left running by a command that was killed" in finding.what
        assert runs(left)
        mended = examined(site, check, fix=True, answering=False)
        assert mended.findings == (replace(finding, fixed=True),)
        assert not runs(left)
        assert site.locked("pay")
    assert examined(site, check, fix=False, answering=False).findings == ()


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


def test_without_marks_the_copy_that_is_elsewhere_than_its_containers_is_none_of_ours(
    site, tree, project, tmp_path
):
    record = tree("auth")
    project.git("worktree", "add", "--quiet", "-b", "copy", str(tmp_path / "copy"))
    trees = {one.path: one for one in git.worktrees(site.repository)}
    copy, mine = trees[tmp_path / "copy"], trees[record.path]
    of_docker = Trace(key="unmarked", directory=str(record.path))
    of_branch = Trace(key="unmarked", branch="auth")
    for trace in (of_docker, of_branch):
        for lost in ([(copy, trace), (mine, trace)], [(mine, trace), (copy, trace)]):
            assert records.distinct(site, lost) == [(mine, trace)]


FINDING = Finding("kind", "subject", "it is broken", "inv wt.mend")


def broken(*_: object) -> None:
    raise Failure("the disk is full", "make room")


@pytest.mark.parametrize("fix", [False, True])
def test_a_mending_that_fails_is_told_with_its_finding_also_when_records_are_a_copy(site, fix):
    check = Check("records", lambda _: Look("", (Trouble(FINDING, broken),)), recording=True)
    (finding,) = examined(site, check, fix=fix, answering=True).findings
    assert finding.what == "it is broken; it cannot be mended: the disk is full"
    assert (finding.fix, finding.fixed) == ("make room", False)


def test_a_second_look_that_fails_is_a_finding_beside_the_first(site):
    looks = iter([Look("", (Trouble(FINDING, lambda: None),))])
    check = Check("records", lambda _: next(looks, None) or broken())
    first, second = examined(site, check, fix=True, answering=True).findings
    assert first == FINDING
    assert (second.kind, second.what, second.fixed) == ("records", "the disk is full", False)


def test_of_stacks_that_tell_no_key_the_name_tells_copies_apart(site, tree, project, tmp_path):
    record = tree("auth")
    project.git("worktree", "add", "--quiet", "-b", "copy", str(tmp_path / "copy"))
    trees = {one.path: one for one in git.worktrees(site.repository)}
    trace, other = Trace(compose_project="shop-auth"), Trace(compose_project="shop-copy")
    copy, mine = trees[tmp_path / "copy"], trees[record.path]
    assert len(records.distinct(site, [(mine, trace), (copy, trace)])) == 1
    assert len(records.distinct(site, [(mine, trace), (copy, other)])) == 2
    whole = replace(trace, key=record.key)
    for lost in ([(copy, trace), (mine, whole)], [(mine, whole), (copy, trace)]):
        assert records.distinct(site, lost) == [(mine, whole)]


def test_a_damaged_link_of_a_worktree_is_a_finding_that_is_mended_by_gits_repair(site, tree, project):
    record = tree("auth")
    (record.path / ".git").write_text("gitdir: /nowhere\n")
    (trouble,) = directories.look(site).troubles
    assert (trouble.finding.kind, trouble.finding.subject) == ("directory", "auth")
    assert trouble.finding.fix.startswith("git -C ")
    assert trouble.finding.fix.endswith(" worktree repair")
    trouble.mend()
    assert directories.look(site).troubles == ()
    assert project.git("-C", str(record.path), "status", "--porcelain") == ""
