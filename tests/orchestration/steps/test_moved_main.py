"""A project whose main checkout was moved is the same: git's directory has the keys of its worktrees."""

from __future__ import annotations

import shutil

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.orchestration.flows.doctor import directories
from worktree_tasks.orchestration.steps.project import Site


@pytest.fixture
def site_at(site, told):
    """Open the project where its main checkout is by now, on the same store."""
    return lambda place: Site(git.find_repository(place), Settings(clean_min_age=0), site.store, told)


def test_the_records_of_a_moved_main_are_its_own(site, tree, project, site_at, told):
    record = tree("auth")
    place = project.path.rename(project.path.with_name("moved"))
    moved = site_at(place)
    assert moved.records() == (record,)
    assert (moved.project.id, moved.project.main) == (site.project.id, place)
    assert any("was moved here from" in line for line in told.lines)
    (trouble,) = directories.look(moved).troubles
    trouble.mend()
    assert directories.look(moved).troubles == ()
    assert git.find_repository(record.path).main == place


def test_a_project_recorded_at_the_new_place_gives_way_when_it_has_no_worktree(site, tree, project, site_at):
    record = tree("auth")
    moved = site_at(project.path.rename(project.path.with_name("moved")))
    site.store.remember(moved.repository.common_dir, name="moved", main=moved.main)
    assert moved.records() == (record,)
    assert len(site.store.projects()) == 1


def test_a_copy_of_main_is_another_project(site, tree, project, site_at):
    record = tree("auth")
    copy = project.path.with_name("copy")
    shutil.copytree(project.path, copy, symlinks=True)
    assert site_at(copy).records() == ()
    assert site.records() == (record,)


def test_main_and_its_worktrees_moved_together_are_found(site, tree, project, site_at):
    record = tree("auth")
    folder = project.path.parent / "elsewhere"
    folder.mkdir()
    moved = site_at(project.path.rename(folder / project.path.name))
    root = record.path.parent.rename(folder / record.path.parent.name)
    (trouble,) = directories.look(moved).troubles
    assert trouble.finding.kind == "moved"
    trouble.mend()
    assert [one.path for one in moved.records()] == [root / "auth"]
    assert directories.look(moved).troubles == ()
