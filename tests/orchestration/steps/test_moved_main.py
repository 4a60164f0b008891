"""A project whose main checkout was moved is the same: git's directory has the keys of its worktrees."""

from __future__ import annotations

import shutil

import pytest

from worktree_tasks import git
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.orchestration.flows.doctor import directories
from worktree_tasks.orchestration.runtimes.runtime_table import load
from worktree_tasks.orchestration.steps.project import Project


@pytest.fixture
def shop_at(shop, told):
    """Open the project where its main checkout is by now, on the same store."""
    return lambda place: Project(
        git.find_repository(place), Settings(clean_min_age=0), shop.store, told, runtimes=load
    )


def test_the_records_of_a_moved_main_are_its_own(shop, tree, project, shop_at, told):
    made = tree("auth")
    place = project.path.rename(project.path.with_name("moved"))
    moved = shop_at(place)
    assert moved.records() == (made.record,)
    assert (moved.entry.id, moved.entry.main) == (shop.entry.id, place)
    assert any("was moved here from" in line for line in told.lines)
    (trouble,) = directories.look(moved).troubles
    trouble.repair()
    assert directories.look(moved).troubles == ()
    assert git.find_repository(made.record.path).main == place


def test_a_project_recorded_at_the_new_place_gives_way_when_it_has_no_worktree(shop, tree, project, shop_at):
    made = tree("auth")
    moved = shop_at(project.path.rename(project.path.with_name("moved")))
    shop.store.remember(moved.repository.common_dir, name="moved", main=moved.main)
    assert moved.records() == (made.record,)
    assert len(shop.store.projects()) == 1


def test_a_copy_of_main_is_another_project(shop, tree, project, shop_at):
    made = tree("auth")
    copy = project.path.with_name("copy")
    shutil.copytree(project.path, copy, symlinks=True)
    assert shop_at(copy).records() == ()
    assert shop.records() == (made.record,)


def test_main_and_its_worktrees_moved_together_are_found(shop, tree, project, shop_at):
    made = tree("auth")
    folder = project.path.parent / "elsewhere"
    folder.mkdir()
    moved = shop_at(project.path.rename(folder / project.path.name))
    root = made.record.path.parent.rename(folder / made.record.path.parent.name)
    assert [one.path for one in moved.records()] == [root / "auth"]
    assert made.record.key == moved.records()[0].key
    assert directories.look(moved).troubles == ()
