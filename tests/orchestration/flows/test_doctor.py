"""What doctor makes of records and traces that others change meanwhile, or that stand in two places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from harness.orphans import orphan, runs

from worktree_tasks import git
from worktree_tasks.configuration.doctor_findings import Finding
from worktree_tasks.configuration.record_traces import Trace
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.flows.doctor import (
    abandoned_locks,
    directories,
    env_files,
    examined,
    records,
    unfinished_worktrees,
)
from worktree_tasks.orchestration.steps.doctor_check import Check, CheckLook, Trouble
from worktree_tasks.orchestration.steps.env_file_writing import write_env


def test_what_another_command_finished_after_the_look_is_left_alone(shop, tree):
    made = tree("auth")
    made.update(state="removing")
    (trouble,) = unfinished_worktrees.look(shop).troubles
    made.update(state="ready")
    ready = made.record
    trouble.repair()
    assert shop.records() == (ready,)
    assert ready.path.is_dir()


def test_a_removal_that_another_command_finished_after_the_look_is_mended(shop, tree):
    made = tree("auth")
    made.update(state="removing")
    (trouble,) = unfinished_worktrees.look(shop).troubles
    shop.store.delete(made.record)
    trouble.repair()
    assert shop.records() == ()


def test_what_was_half_made_and_is_removed_after_the_look_is_not_made_again(shop, tree, project):
    made = tree("auth")
    made.update(state="creating")
    (trouble,) = unfinished_worktrees.look(shop).troubles
    shop.store.delete(made.record)
    project.git("worktree", "remove", str(made.record.path))
    trouble.repair()
    assert shop.records() == ()
    assert not made.record.path.exists()


def test_what_had_no_directory_at_the_look_and_has_one_now_is_left_alone(shop, tree, project):
    made = tree("auth")
    made.update(state="creating")
    project.git("worktree", "remove", str(made.record.path))
    (trouble,) = unfinished_worktrees.look(shop).troubles
    project.git("worktree", "add", "--quiet", str(made.record.path), "auth")
    trouble.repair()
    assert shop.records() == (made.record,)
    assert made.record.path.is_dir()


def test_a_lock_that_a_killed_command_left_is_found_and_freed_and_others_are_left_alone(shop, tree):
    tree("auth"), tree("pay")
    check = Check("locks", abandoned_locks.look, engine=False)
    with orphan(shop.locks.file("auth")) as left, shop.locks.alone("pay"):
        (finding,) = examined(shop, check, fix=False, answering=False).findings
        assert (finding.kind, finding.subject, finding.fixed) == ("lock", "auth", False)
        assert "auth is still locked by " in finding.what
        assert f"(pid {left}), left running by a command that was killed" in finding.what
        assert runs(left)
        fixed = examined(shop, check, fix=True, answering=False)
        assert fixed.findings == (replace(finding, fixed=True),)
        assert not runs(left)
        assert shop.locks.locked("pay")
    assert examined(shop, check, fix=False, answering=False).findings == ()


def test_of_a_worktree_and_its_copy_the_one_that_git_marks_is_the_lost_one(shop, tree, project, tmp_path):
    made = tree("auth")
    project.git("worktree", "add", "--quiet", "-b", "copy", str(tmp_path / "copy"))
    trees = {one.path: one for one in git.worktrees(shop.repository)}
    copy, mine = trees[tmp_path / "copy"], trees[made.record.path]
    trace = Trace(key=made.record.key)
    for lost in ([(copy, trace), (mine, trace)], [(mine, trace), (copy, trace)]):
        assert records.distinct(shop, lost) == [(mine, trace)]


def test_a_directory_that_another_record_has_is_told(shop, tree):
    made = tree("auth")
    with pytest.raises(Failure, match="belongs to another worktree already"):
        shop.store.readmit(replace(made.record, key="other"), ())


def test_without_marks_the_copy_that_is_elsewhere_than_its_containers_is_none_of_ours(
    shop, tree, project, tmp_path
):
    made = tree("auth")
    project.git("worktree", "add", "--quiet", "-b", "copy", str(tmp_path / "copy"))
    trees = {one.path: one for one in git.worktrees(shop.repository)}
    copy, mine = trees[tmp_path / "copy"], trees[made.record.path]
    of_docker = Trace(key="unmarked", directory=str(made.record.path))
    of_branch = Trace(key="unmarked", branch="auth")
    for trace in (of_docker, of_branch):
        for lost in ([(copy, trace), (mine, trace)], [(mine, trace), (copy, trace)]):
            assert records.distinct(shop, lost) == [(mine, trace)]


FINDING = Finding("kind", "subject", "it is broken", "inv wt.repair")


def broken(*_: object) -> None:
    raise Failure("the disk is full", "make room")


@pytest.mark.parametrize("fix", [False, True])
def test_a_mending_that_fails_is_told_with_its_finding_also_when_records_are_a_copy(shop, fix):
    check = Check("records", lambda _: CheckLook("", (Trouble(FINDING, broken),)), recording=True)
    (finding,) = examined(shop, check, fix=fix, answering=True).findings
    assert finding.what == "it is broken; the fix failed: the disk is full"
    assert (finding.fix, finding.fixed) == ("make room", False)


def test_a_second_look_that_fails_is_a_finding_beside_the_first(shop):
    looks = iter([CheckLook("", (Trouble(FINDING, lambda: None),))])
    check = Check("records", lambda _: next(looks, None) or broken())
    first, second = examined(shop, check, fix=True, answering=True).findings
    assert first == FINDING
    assert (second.kind, second.what, second.fixed) == ("records", "the disk is full", False)


def test_of_stacks_that_tell_no_key_the_name_tells_copies_apart(shop, tree, project, tmp_path):
    made = tree("auth")
    project.git("worktree", "add", "--quiet", "-b", "copy", str(tmp_path / "copy"))
    trees = {one.path: one for one in git.worktrees(shop.repository)}
    trace, other = Trace(compose_project="shop-auth"), Trace(compose_project="shop-copy")
    copy, mine = trees[tmp_path / "copy"], trees[made.record.path]
    assert len(records.distinct(shop, [(mine, trace), (copy, trace)])) == 1
    assert len(records.distinct(shop, [(mine, trace), (copy, other)])) == 2
    whole = replace(trace, key=made.record.key)
    for lost in ([(copy, trace), (mine, whole)], [(mine, whole), (copy, trace)]):
        assert records.distinct(shop, lost) == [(mine, whole)]


def test_a_damaged_link_of_a_worktree_is_a_finding_that_is_mended_by_gits_repair(shop, tree, project):
    made = tree("auth")
    (made.record.path / ".git").write_text("gitdir: /nowhere\n")
    (trouble,) = directories.look(shop).troubles
    assert (trouble.finding.kind, trouble.finding.subject) == ("directory", "auth")
    assert trouble.finding.fix.startswith("git -C ")
    assert trouble.finding.fix.endswith(" worktree repair")
    trouble.repair()
    assert directories.look(shop).troubles == ()
    assert project.git("-C", str(made.record.path), "status", "--porcelain") == ""


@pytest.mark.usefixtures("compose_program")
def test_an_env_file_that_the_settings_would_change_is_not_told_as_a_change_of_mains(shop, tree, project):
    env = project.write(".env", "SECRET=a\nSITE=b\n")
    made = tree("auth")
    made.update(compose_project="shop-auth", slot=1)
    write_env(made)
    assert env_files.look(shop).troubles == ()
    shop.settings = Settings(env={"SITE": "{slug}"})
    (trouble,) = env_files.look(shop).troubles
    mine = made.record.path / ".env"
    said = f"{mine} would have other values now for SITE, by the settings or the compose files"
    assert trouble.finding.what == said
    trouble.repair()
    assert mine.read_text() == "SECRET=a\nSITE=auth\n"
    assert env_files.look(shop).troubles == ()
    env.write_text("SECRET=c\nSITE=b\n")
    (trouble,) = env_files.look(shop).troubles
    assert trouble.finding.what.startswith("main's .env has changed since ")
